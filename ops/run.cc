// subledger run
#include <algorithm>

#include "connectors/rocksdb/store_directory.h"
#include "ops/check_stores.h"
#include "ops/commands.h"
#include "ops/lanes.h"
#include "ops/open_log.h"
#include "ops/run_observer.h"
#include "ops/signals.h"
#include "ops/stop_limit.h"

namespace subledger::ops {
namespace {

Attempt<EngineOptions> options_of(const Invocation& call, const std::string& directory, int32_t partitions) {
  const Configuration& configuration = call.configuration();
  EngineOptions options;
  options.group = configuration.text("group");
  options.instance = configuration.text("instance");
  if (options.instance.empty()) {
    const Result<std::string> name = instance_name(directory);
    if (!name) return failure_of(name.error());
    options.instance = *name;
  }
  options.lanes = lanes_of(configuration, partitions);
  options.chunk_records = static_cast<std::size_t>(configuration.integer("chunk_records"));
  options.chunk_ms = static_cast<int>(configuration.integer("chunk_ms"));
  options.until_end = call.has("--until-end");
  return options;
}

Failure stopped_failure(const RunObserver& observer) {
  Failure failure{ExitCode::failed, ""};
  for (const auto& [partition, why] : observer.stopped()) {
    failure.message += "partition " + std::to_string(partition) + " is stopped: " + why.message + "\n";
    failure.code = std::max(failure.code, failure_of(why).value().code);
  }
  failure.message += "the other partitions are not affected; mend the cause and start again";
  return failure;
}

void sum_up(const EngineReport& report, const Progress& progress) {
  const double seconds = progress.seconds();
  const auto rate = static_cast<uint64_t>(static_cast<double>(report.records) / seconds);
  tell(counted(report.records, "record") + " applied, " + grouped(report.outputs) + " written, in " +
       duration_text(seconds) + " (" + grouped(rate) + "/s)");
}

Attempt<ExitCode> run_until_stopped(Log& log, StoreFactory& stores, const EngineOptions& options) {
  const StopSignals signals;
  const StopLimit limit(signals.stop());
  RunObserver observer(options.until_end);
  const Result<EngineReport> report = run_engine(log, stores, options, observer, signals.stop());
  if (!report) {
    if (report.error().kind != Fault::Kind::fenced) return failure_of(report.error());
    return failure(ExitCode::failed, "another instance took over under the name '" + options.instance +
                                         "', so this one has ended: " + report.error().message);
  }
  sum_up(*report, observer.progress());
  if (!observer.stopped().empty()) return tl::unexpected<Failure>(stopped_failure(observer));
  if (!signals.stop()) return ExitCode::done;
  const bool service_ended = signals.terminated() && !options.until_end;
  return service_ended ? ExitCode::done : ExitCode::interrupted;
}

Attempt<ExitCode> run_ledger(const Invocation& call) {
  const Attempt<std::string> directory = call.configuration().required("store");
  if (!directory) return tl::unexpected<Failure>(directory.error());
  const auto log = open_log(call.configuration());
  if (!log) return tl::unexpected<Failure>(log.error());
  const auto partitions = (*log)->partitions();
  if (!partitions) return failure_of(partitions.error());
  const auto identity = (*log)->identity();
  if (!identity) return failure_of(identity.error());
  RocksdbStoreOptions store_options;
  store_options.directory = *directory;
  store_options.log_identity = *identity;
  store_options.partitions = *partitions;
  if (auto checked = check_stores(store_options); !checked) return tl::unexpected<Failure>(checked.error());
  const auto options = options_of(call, *directory, *partitions);
  if (!options) return tl::unexpected<Failure>(options.error());
  RocksdbStoreFactory stores(std::move(store_options));
  return run_until_stopped(**log, stores, *options);
}

}  // namespace

Command run_command() {
  Command command;
  command.name = "run";
  command.summary = "run the engine: apply events, write charges, access records and rejects";
  command.details =
      "SIGTERM and SIGINT end it within 10 seconds: the chunk under way is finished and the stores are "
      "written.\n"
      "The exit code is then 0 after SIGTERM and 130 after SIGINT; with --until-end it is 130 after either,\n"
      "since the end was not reached. Where the log or a disk does not answer in that time, it ends with 1.\n"
      "A partition that cannot go on is stopped and named, the others go on, and the exit code is 1, or 5\n"
      "where its store cannot be opened. Of two running instances with one name, the later fences the\n"
      "earlier, which ends with 1.";
  command.options = {{"--until-end", "", "stop once everything present at the start is applied"}};
  command.settings = {
      "log",      "topic_prefix",       "store",   "group",     "instance",  "lanes", "chunk_records",
      "chunk_ms", "session_timeout_ms", "wait_ms", "log_level", "log_format"};
  command.run = &run_ledger;
  return command;
}

}  // namespace subledger::ops
