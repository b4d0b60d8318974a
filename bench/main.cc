// The bench program: one measure, one line of JSON. The harness `ops/bench` runs it in turns and compares.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>

#include "bench/benches.h"
#include "ops/logging.h"

namespace subledger::bench {
namespace {

struct Options {
  LogChoice log;
  PureOptions pure;
  RowsOptions rows;
  EngineRunOptions engine;
  PassthroughOptions passthrough;
  LatencyOptions latency;
  RestartOptions restart;
  int32_t partitions = 4;
  int lanes = 2;
  bool keep_events = false;
};

void add_workload(CLI::App* to, Options& options) {
  to->add_option("--seed", options.pure.workload.seed, "of the workload")->capture_default_str();
  to->add_option("--events", options.pure.events)->capture_default_str();
  to->add_option("--subscribers", options.pure.workload.subscribers)->capture_default_str();
  to->add_option("--zipf", options.pure.workload.zipf, "exponent of popularity; 0: uniform")
      ->capture_default_str();
  to->add_flag("--enrol", options.pure.workload.enrol,
               "each subscriber's activation first, beside the events");
}

void set_properties(const std::vector<std::string>& given, LogChoice& log) {
  for (const std::string& property : given) {
    const auto equals = property.find('=');
    if (equals == std::string::npos) give_up("--property takes NAME=VALUE, not '" + property + "'");
    log.properties[property.substr(0, equals)] = property.substr(equals + 1);
  }
}

void add_log(CLI::App* to, Options& options) {
  to->add_option("--log", options.log.url, "kafka://HOST:PORT or sqlite:FILE")->required();
  to->add_option("--topic-prefix", options.log.topic_prefix)->capture_default_str();
  to->add_option_function<std::vector<std::string>>(
      "--property", [&options](const std::vector<std::string>& given) { set_properties(given, options.log); },
      "NAME=VALUE of librdkafka, of readers and writers; may be given again");
}

void add_engine(CLI::App* to, Options& options) {
  add_log(to, options);
  to->add_option("--store", options.engine.store, "a directory that does not exist")->required();
  to->add_option("--group", options.engine.group)->capture_default_str();
  to->add_option("--lanes", options.lanes)->capture_default_str();
  to->add_option("--chunk-ms", options.engine.chunk_ms)->capture_default_str();
}

void add_passthrough(CLI::App* to, Options& options) {
  to->add_option("--out-prefix", options.passthrough.out_prefix, "of the topics that take the records");
  to->add_option("--value-bytes", options.passthrough.value_bytes)->capture_default_str();
  to->add_flag("--headers", options.passthrough.headers, "nine headers a record, as charges have");
}

Report fill_log(const Options& options) {
  const auto log = open(options.log);
  const auto begun = Clock::now();
  fill(*log, options.partitions, options.pure.workload, options.pure.events);
  Report report;
  report["records"] = options.pure.events + static_cast<uint64_t>(options.partitions);
  report["seconds"] = seconds_between(begun, Clock::now());
  return report;
}

Report clear_log(const Options& options) {
  clear(options.log, options.keep_events);
  return Report::object();
}

/// What several measures have in common goes to each.
void share(Options& options) {
  if (options.pure.workload.enrol) options.pure.events += options.pure.workload.subscribers;
  options.rows.pure = options.pure;
  options.rows.store = options.engine.store;
  options.rows.partitions = options.partitions;
  options.engine.log = options.log;
  options.passthrough.log = options.log;
  options.restart.log = options.log;
  options.rows.lanes = options.engine.lanes = options.passthrough.lanes = options.lanes;
  options.latency.engine = options.engine;
  options.latency.passthrough = options.passthrough;
  options.latency.workload = options.pure.workload;
  options.latency.workload.charged_only = true;
  options.latency.partitions = options.partitions;
}

using Measure = std::function<Report(const Options&)>;

void add_pure_measures(CLI::App& app, Options& options, Measure& chosen) {
  CLI::App* apply = app.add_subcommand("apply", "the pure fold on one core");
  add_workload(apply, options);
  apply->callback([&] { chosen = [](const Options& with) { return measure_apply(with.pure); }; });
  CLI::App* codec = app.add_subcommand("codec", "decoding and encoding alone, on one core");
  add_workload(codec, options);
  codec->callback([&] { chosen = [](const Options& with) { return measure_codec(with.pure); }; });
  CLI::App* rows = app.add_subcommand("rows", "RocksDB alone: an event's rows in sorted batches");
  add_workload(rows, options);
  rows->add_option("--store", options.engine.store, "a directory that does not exist")->required();
  rows->add_option("--partitions", options.partitions)->capture_default_str();
  rows->add_option("--lanes", options.lanes)->capture_default_str();
  rows->callback([&] { chosen = [](const Options& with) { return measure_rows(with.rows); }; });
}

void add_log_measures(CLI::App& app, Options& options, Measure& chosen) {
  CLI::App* fill = app.add_subcommand("fill", "not a measure: makes topics, writes the workload into them");
  add_log(fill, options);
  add_workload(fill, options);
  fill->add_option("--partitions", options.partitions)->capture_default_str();
  fill->callback([&] { chosen = &fill_log; });
  CLI::App* clear = app.add_subcommand("clear", "not a measure: deletes all topics of a prefix");
  add_log(clear, options);
  clear->add_flag("--keep-events", options.keep_events, "and makes the outputs anew");
  clear->callback([&] { chosen = &clear_log; });
  CLI::App* engine = app.add_subcommand("engine", "end to end: log, RocksDB, transactions");
  add_engine(engine, options);
  engine->add_option("--warm", options.engine.warm, "records before the clock starts")->capture_default_str();
  engine->add_flag("--unchecked", options.engine.unchecked, "does not read the result back");
  engine->callback([&] { chosen = [](const Options& with) { return measure_engine(with.engine); }; });
  CLI::App* replay = app.add_subcommand("replay", "rebuilds the store of an earlier engine run's group");
  add_engine(replay, options);
  replay->callback([&] { chosen = [](const Options& with) { return measure_replay(with.engine); }; });
  CLI::App* pass = app.add_subcommand("passthrough", "consume, produce, commit, without any state");
  add_log(pass, options);
  add_passthrough(pass, options);
  pass->add_option("--group", options.passthrough.group)->capture_default_str();
  pass->add_option("--lanes", options.lanes)->capture_default_str();
  pass->callback([&] { chosen = [](const Options& with) { return measure_passthrough(with.passthrough); }; });
}

void add_time_measures(CLI::App& app, Options& options, Measure& chosen) {
  CLI::App* latency = app.add_subcommand("latency", "from an event that is due to its committed charge");
  add_engine(latency, options);
  add_passthrough(latency, options);
  latency->add_flag("--engine,!--passthrough", options.latency.through_engine, "which of the two");
  latency->add_option("--seed", options.pure.workload.seed)->capture_default_str();
  latency->add_option("--subscribers", options.pure.workload.subscribers)->capture_default_str();
  latency->add_option("--partitions", options.partitions)->capture_default_str();
  latency->add_option("--rate", options.latency.per_second, "events a second")->capture_default_str();
  latency->add_option("--warm-seconds", options.latency.warm_seconds)->capture_default_str();
  latency->add_option("--seconds", options.latency.seconds)->capture_default_str();
  latency->callback([&] { chosen = [](const Options& with) { return measure_latency(with.latency); }; });
  CLI::App* restart = app.add_subcommand("restart", "SIGKILL under load to the first new charge");
  add_log(restart, options);
  restart->add_option("--after", options.restart.after, "charges before the kill")->capture_default_str();
  restart->add_option("command", options.restart.command, "path and words of a command")->required();
  restart->callback([&] { chosen = [](const Options& with) { return measure_restart(with.restart); }; });
}

void add_peer_checks(CLI::App& app, Options& options, Measure& chosen) {
  CLI::App* wanted = app.add_subcommand("peer-reference", "not a measure: what the peers' charges must be");
  add_workload(wanted, options);
  wanted->callback([&] { chosen = [](const Options& with) { return measure_peer_reference(with.pure); }; });
  CLI::App* given =
      app.add_subcommand("peer-charges", "not a measure: the charges that a peer put on a topic");
  add_log(given, options);
  given->callback([&] { chosen = [](const Options& with) { return measure_peer_charges(with.log); }; });
}

}  // namespace
}  // namespace subledger::bench

int main(int count, char** values) {
  using namespace subledger::bench;
  Options options;
  Measure chosen;
  CLI::App app("Measures subledger; prints one line of JSON.");
  add_pure_measures(app, options, chosen);
  add_log_measures(app, options, chosen);
  add_time_measures(app, options, chosen);
  add_peer_checks(app, options, chosen);
  app.require_subcommand(1);
  CLI11_PARSE(app, count, values);
  subledger::ops::set_up_logging("error", "text");
  share(options);
  std::printf("%s\n", chosen(options).dump().c_str());
  return 0;
}
