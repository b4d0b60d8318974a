// The engine end to end: events in a real log, state in RocksDB, charges out, each in a transaction with its
// position.
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "bench/benches.h"
#include "bench/workload.h"
#include "connectors/rocksdb/rocksdb_store.h"
#include "engine/digest.h"
#include "engine/engine.h"
#include "engine/meta.h"
#include "events/partitioner.h"
#include "ops/open_log.h"
#include "projections/rows.h"

namespace subledger {
namespace {

class Failures : public EngineObserver {
 public:
  void partition_ready(int32_t, int64_t, int64_t) override {}
  void partition_released(int32_t) override {}
  void partition_stopped(int32_t partition, const Fault& why) override {
    std::fprintf(stderr, "partition %d stopped: %s\n", partition, why.message.c_str());
    std::exit(1);
  }
  void position_found(int32_t, int64_t) override {}
  void waiting(int lane, const std::string& why) override {
    std::fprintf(stderr, "lane %d waits: %s\n", lane, why.c_str());
  }
  void chunk_committed(int, uint64_t, uint64_t) override { ++transactions; }
  void backlog(int32_t, int64_t) override {}
  void replayed(int32_t, uint64_t) override {}

  std::atomic<uint64_t> transactions{0};
};

template <class Value, class Error>
Value must(tl::expected<Value, Error> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(1);
  }
  if constexpr (!std::is_void_v<Value>) return *std::move(result);
}

void ingest(Log& log, const BenchOptions& options) {
  Workload workload({options.seed, options.subscribers, options.zipf});
  const auto writer = must(log.open_writer(false));
  const auto append = [&](const WorkloadRecord& made, int32_t partition) {
    NewRecord record;
    record.topic = Topic::events;
    record.partition = partition;
    record.key = made.key;
    record.value = made.value;
    must(writer->append(record));
  };
  const WorkloadRecord catalog = workload.catalog();
  for (int32_t partition = 0; partition < options.partitions; ++partition) append(catalog, partition);
  for (uint64_t i = 0; i < options.events; ++i) {
    const WorkloadRecord& made = workload.next();
    append(made, partition_of(made.key, options.partitions));
  }
  must(writer->flush());
}

/// Over what does not depend on the log's clock or offsets, in any order of partitions.
std::string hash_charges(Log& log, const BenchOptions& options) {
  const auto reader = must(log.open_reader(Topic::charges));
  SetHash sum;
  for (int32_t partition = 0; partition < options.partitions; ++partition) {
    const OffsetRange range = must(reader->range(Topic::charges, partition));
    must(reader->seek(Topic::charges, partition, range.first));
    while (!reader->passed(partition, range.end)) {
      const auto records = must(reader->poll(100, 10'000));
      for (const LogRecord& record : records) {
        std::byte bytes[4096];
        std::pmr::monotonic_buffer_resource scratch(bytes, sizeof bytes);
        const auto charge = decode_charge(*record.value, scratch);
        if (!charge) std::exit(1);
        std::string row;
        append_money(row, charge->amount);
        append_money(row, charge->from_bonus);
        append_money(row, charge->balance);
        row += std::to_string(charge->sequence);
        sum.add(hash_row(format_uuid(charge->charge_id), row));
      }
    }
  }
  return format_hash(sum.sum());
}

Counts counts_of(StoreFactory& stores, const BenchOptions& options) {
  Counts sum;
  for (int32_t partition = 0; partition < options.partitions; ++partition) {
    const auto store = must(stores.open(partition));
    const auto row = must(store->get(meta_key));
    const auto meta = row ? parse_meta(*row) : std::nullopt;
    if (!meta) continue;
    sum.records += meta->counts.records;
    sum.accepted += meta->counts.accepted;
    sum.duplicates += meta->counts.duplicates;
    sum.rejected += meta->counts.rejected;
  }
  return sum;
}

}  // namespace

BenchResult bench_engine(const BenchOptions& options) {
  const std::unique_ptr<Log> log = must(ops::open_log(options.log));
  must(log->create_topics(options.partitions));
  ingest(*log, options);
  std::filesystem::create_directories(options.store);
  RocksdbStoreOptions store_options;
  store_options.directory = options.store;
  store_options.log_identity = must(log->identity());
  store_options.partitions = options.partitions;
  RocksdbStoreFactory stores(store_options);
  EngineOptions engine_options;
  engine_options.instance = "bench";
  engine_options.lanes = options.lanes;
  engine_options.chunk_ms = options.chunk_ms;
  engine_options.until_end = true;
  Failures failures;
  const std::atomic<bool> stop{false};
  const auto begun = std::chrono::steady_clock::now();
  const EngineReport report = must(run_engine(*log, stores, engine_options, failures, stop));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::fprintf(stderr, "transactions %llu\n", static_cast<unsigned long long>(failures.transactions));
  return {report.records, took.count(), hash_charges(*log, options), counts_of(stores, options)};
}

}  // namespace subledger
