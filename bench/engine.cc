// The engine end to end on a real log, and its rebuilding of a store.
#include <atomic>
#include <cstdio>
#include <filesystem>

#include "bench/benches.h"
#include "bench/engine_run.h"
#include "connectors/rocksdb/rocksdb_store.h"

namespace subledger::bench {
namespace {

RocksdbStoreOptions store_options(Log& log, const EngineRunOptions& options) {
  RocksdbStoreOptions store;
  store.directory = options.store;
  store.log_identity = must(log.identity());
  store.partitions = must(log.partitions());
  return store;
}

void add_store(Report& report, Log& log, const EngineRunOptions& options) {
  RocksdbStoreFactory stores(store_options(log, options));
  const StoredState state = stored_state(stores, must(log.partitions()));
  add_state(report, state);
  report["store_bytes_per_event"] =
      static_cast<double>(directory_bytes(options.store)) / static_cast<double>(state.counts.records);
}

}  // namespace

void WatchedRun::partition_ready(int32_t, int64_t, int64_t) { ++ready_; }

void WatchedRun::partition_stopped(int32_t partition, const Fault& why) {
  give_up("partition " + std::to_string(partition) + " stopped: " + why.message);
}

void WatchedRun::position_found(int32_t partition, int64_t) {
  give_up("partition " + std::to_string(partition) +
          " has outputs of another group: nothing would be emitted");
}

void WatchedRun::waiting(int lane, const std::string& why) {
  std::fprintf(stderr, "lane %d waits: %s\n", lane, why.c_str());
}

void WatchedRun::chunk_committed(int, uint64_t records, uint64_t) {
  ++transactions_;
  if (counts_ == Counts::chunks) committed_.add(records);
}

void WatchedRun::replayed(int32_t partition, uint64_t records) {
  if (counts_ != Counts::replayed) return;
  const std::scoped_lock lock(mutex_);
  uint64_t& so_far = replayed_[partition];
  committed_.add(records - so_far);
  so_far = records;
}

void WatchedRun::run(const EngineRunOptions& options, bool until_end, const std::atomic<bool>& stop) {
  const auto log = open(options.log);
  std::filesystem::create_directories(options.store);
  RocksdbStoreFactory stores(store_options(*log, options));
  EngineOptions engine;
  engine.group = options.group;
  engine.instance = "bench-" + options.group;
  engine.lanes = options.lanes;
  engine.chunk_ms = options.chunk_ms;
  engine.until_end = until_end;
  must(run_engine(*log, stores, engine, *this, stop));
}

Report measure_engine(const EngineRunOptions& options) {
  const auto log = open(options.log);
  const std::vector<int64_t> before = ends_of(*log, Topic::charges);
  Report report;
  Committed committed(options.warm);
  WatchedRun run(committed, WatchedRun::Counts::chunks);
  const std::atomic<bool> stop{false};
  run.run(options, true, stop);
  committed.finish(report);
  report["transactions"] = run.transactions();
  report["peak_memory"] = peak_memory();
  if (options.unchecked) return report;
  report["hash"] = hash_charges(*log, before);
  add_store(report, *log, options);
  return report;
}

Report measure_replay(const EngineRunOptions& options) {
  if (std::filesystem::exists(options.store)) give_up(options.store + " exists; name an empty directory");
  Report report;
  Committed committed(options.warm);
  WatchedRun run(committed, WatchedRun::Counts::replayed);
  const std::atomic<bool> stop{false};
  run.run(options, true, stop);
  committed.finish(report);
  if (run.transactions() != 0) give_up("the group had not committed all of the log: nothing to compare with");
  report["peak_memory"] = peak_memory();
  add_store(report, *open(options.log), options);
  return report;
}

}  // namespace subledger::bench
