// The bench program: one measure, one line.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "bench/benches.h"

int main(int count, char** values) {
  subledger::BenchOptions options;
  CLI::App app(
      "Measures subledger; prints events, seconds, events a second, counts and a hash of the result.");
  const auto common = [&options](CLI::App* bench) {
    bench->add_option("--seed", options.seed, "of the workload")->capture_default_str();
    bench->add_option("--events", options.events)->capture_default_str();
    bench->add_option("--subscribers", options.subscribers)->capture_default_str();
    bench->add_option("--zipf", options.zipf, "exponent of popularity; 0: uniform")->capture_default_str();
  };
  CLI::App* apply = app.add_subcommand("apply", "the pure fold on one core");
  common(apply);
  CLI::App* engine = app.add_subcommand("engine", "end to end: log, RocksDB, transactions");
  common(engine);
  engine->add_option("--log", options.log, "kafka://HOST:PORT or sqlite:FILE without topics")->required();
  engine->add_option("--store", options.store, "an empty directory")->required();
  engine->add_option("--partitions", options.partitions)->capture_default_str();
  engine->add_option("--lanes", options.lanes)->capture_default_str();
  engine->add_option("--chunk-ms", options.chunk_ms)->capture_default_str();
  app.require_subcommand(1);
  CLI11_PARSE(app, count, values);
  const subledger::BenchResult result =
      *apply ? subledger::bench_apply(options) : subledger::bench_engine(options);
  std::printf(
      "%s events=%llu seconds=%.3f events_per_second=%.0f accepted=%llu duplicates=%llu rejected=%llu "
      "hash=%s\n",
      *apply ? "apply" : "engine", static_cast<unsigned long long>(result.events), result.seconds,
      static_cast<double>(result.events) / result.seconds,
      static_cast<unsigned long long>(result.counts.accepted),
      static_cast<unsigned long long>(result.counts.duplicates),
      static_cast<unsigned long long>(result.counts.rejected), result.hash.c_str());
  return 0;
}
