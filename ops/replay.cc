// subledger replay
#include "connectors/rocksdb/store_directory.h"
#include "ops/arguments.h"
#include "ops/check_stores.h"
#include "ops/commands.h"
#include "ops/lanes.h"
#include "ops/replaying.h"
#include "ops/signals.h"
#include "ops/store_digests.h"

namespace subledger::ops {
namespace {

/// "3:1042,4:17": the last record of each partition named.
Attempt<void> read_offsets(std::string_view text, ReplayLogOptions& options, int32_t partitions) {
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    const std::optional<Source> last = parse_source(one);
    if (!last || last->offset == INT64_MAX) {
      return failure(ExitCode::usage,
                     "--to is neither PARTITION:OFFSET[,PARTITION:OFFSET] nor a time such as "
                     "2014-11-02T10:15:00Z");
    }
    if (last->partition >= partitions) {
      return failure(ExitCode::not_found, "there is no partition " + std::to_string(last->partition) +
                                              "; the log has 0 to " + std::to_string(partitions - 1));
    }
    if (!options.ends.emplace(last->partition, last->offset + 1).second) {
      return failure(ExitCode::usage, "--to names partition " + std::to_string(last->partition) + " twice");
    }
  }
  return {};
}

Attempt<void> check_ends(const ReplayedLog& log, const ReplayLogOptions& options) {
  if (options.ends.empty()) return {};
  const auto reader = log.log->open_reader(Topic::events);
  if (!reader) return failure_of(reader.error());
  for (const auto& [partition, end] : options.ends) {
    const auto range = (*reader)->range(Topic::events, partition);
    if (!range) return failure_of(range.error());
    if (end <= range->end) continue;
    return failure(ExitCode::not_found, "partition " + std::to_string(partition) + " has no offset " +
                                            std::to_string(end - 1) + "; its log ends before " +
                                            std::to_string(range->end));
  }
  return {};
}

Attempt<ReplayLogOptions> options_of(const Invocation& call, const ReplayedLog& log) {
  ReplayLogOptions options;
  options.lanes = lanes_of(call.configuration(), log.partitions);
  if (!call.has("--to")) return options;
  options.recorded_until = parse_time(call.text("--to"));
  if (options.recorded_until) return options;
  if (auto read = read_offsets(call.text("--to"), options, log.partitions); !read) {
    return tl::unexpected<Failure>(read.error());
  }
  if (auto checked = check_ends(log, options); !checked) return tl::unexpected<Failure>(checked.error());
  return options;
}

/// Before anything is started.
Attempt<void> check_target(const RocksdbStoreOptions& stores) {
  if (has_instance(stores.directory)) {
    return failure(ExitCode::unreachable, "an engine works in " + stores.directory +
                                              "; a replay needs another directory, name it with --into");
  }
  return check_stores(stores);
}

Attempt<ExitCode> replay_into(const Invocation& call) {
  if (!call.has("--into")) return failure(ExitCode::usage, "no directory is given; use --into DIR");
  auto named = variation_of(call);
  if (!named) return tl::unexpected<Failure>(named.error());
  const auto log = open_replayed_log(call.configuration());
  if (!log) return tl::unexpected<Failure>(log.error());
  auto options = options_of(call, *log);
  if (!options) return tl::unexpected<Failure>(options.error());
  RocksdbStoreOptions stores = log->stores_in(call.text("--into"));
  stores.replay = named->name;
  if (auto checked = check_target(stores); !checked) return tl::unexpected<Failure>(checked.error());
  options->variation = std::move(named->variation);
  const StopSignals signals;
  ReplayProgress observer("replaying");
  RocksdbStoreFactory factory(stores);
  const auto report = replay_log(*log->log, factory, *options, observer, signals.stop());
  if (!report) return failure_of(report.error());
  tell(counted(report->records, "record") + " replayed in " + duration_text(observer.progress().seconds()) +
       " (" + grouped(observer.progress().rate()) + "/s)");
  if (!report->complete) {
    return failure(ExitCode::interrupted, "interrupted; the same command goes on from here");
  }
  const auto printed = print_digests(call, stores.directory);
  if (!printed) return tl::unexpected<Failure>(printed.error());
  return ExitCode::done;
}

}  // namespace

Command replay_command() {
  Command command;
  command.name = "replay";
  command.summary = "rebuild the state from the log, beside the live store";
  command.details =
      "Reads the log only, also while the engine runs; writes stores into DIR, and prints their digests. "
      "Ended\n"
      "early, by SIGINT or by a crash, the same command goes on where it was. What it has made, the "
      "commands\n"
      "with --store can read. --to names the last record of partitions, as `digest` prints it, and those "
      "not\n"
      "named are replayed to their end; or a recorded time. A catalog counts as published at the log's "
      "start, "
      "in\n"
      "place of the version of its name; `run` does not go on from what --subscriber or --catalog has made.";
  command.options = {{"--into", "DIR", "the directory of the stores to be made, or to be gone on with"},
                     {"--to", "P:OFFSET,...|TIME", "replay up to these records, or to this recorded time"},
                     {"--subscriber", "MSISDN", "replay this subscriber's records and the catalogs only"},
                     {"--catalog", "FILE", "replay with this catalog; any number", true}};
  command.settings = {"log", "topic_prefix", "lanes", "wait_ms", "log_level", "log_format"};
  command.run = &replay_into;
  return command;
}

}  // namespace subledger::ops
