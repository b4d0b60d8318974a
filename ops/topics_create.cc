// subledger topics create
#include "ops/commands.h"
#include "ops/open_log.h"

namespace subledger::ops {
namespace {

Attempt<ExitCode> create_topics(const Invocation& call) {
  const Configuration& configuration = call.configuration();
  const auto log = open_log(configuration);
  if (!log) return tl::unexpected<Failure>(log.error());
  const auto partitions = static_cast<int32_t>(configuration.integer("partitions"));
  if (const Result<void> made = (*log)->create_topics(partitions); !made) return failure_of(made.error());
  const std::string& prefix = configuration.text("topic_prefix");
  tell("topics " + prefix + "events, " + prefix + "charges, " + prefix + "access, " + prefix +
       "rejects are there, with " + counted(static_cast<uint64_t>(partitions), "partition") + " each");
  return ExitCode::done;
}

}  // namespace

Command topics_create_command() {
  Command command;
  command.group = "topics";
  command.name = "create";
  command.summary = "create the four topics of a log";
  command.details =
      "Topics that are there with as many partitions are left as they are; with another number it is an "
      "error:\n"
      "the state depends on it, so it is fixed for ever. Many partitions cost little and leave room to grow.";
  command.settings = {"log",     "topic_prefix", "partitions", "replication_factor",
                      "wait_ms", "log_level",    "log_format"};
  command.run = &create_topics;
  return command;
}

}  // namespace subledger::ops
