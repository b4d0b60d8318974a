// subledger digest
#include "ops/commands.h"
#include "ops/store_digests.h"

namespace subledger::ops {
namespace {

Attempt<ExitCode> show_digests(const Invocation& call) {
  const Attempt<std::string> directory = call.configuration().required("store");
  if (!directory) return tl::unexpected<Failure>(directory.error());
  const auto printed = print_digests(call, *directory);
  if (!printed) return tl::unexpected<Failure>(printed.error());
  return ExitCode::done;
}

}  // namespace

Command digest_command() {
  Command command;
  command.name = "digest";
  command.summary = "print the digest of each partition's state";
  command.details =
      "Equal states have equal digests on any machine. 'offset' is that of the last applied record, absent "
      "where\n"
      "there is none.";
  command.settings = {"store"};
  command.run = &show_digests;
  return command;
}

}  // namespace subledger::ops
