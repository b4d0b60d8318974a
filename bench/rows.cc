// The store alone: what RocksDB can take of the rows that the engine has for it.
#include <thread>

#include "bench/benches.h"
#include "bench/memory_rows.h"
#include "connectors/rocksdb/rocksdb_store.h"

namespace subledger::bench {

Report measure_rows(const RowsOptions& options) {
  const auto recorded = rows_of(options.pure, options.partitions);
  RocksdbStoreOptions store_options;
  store_options.directory = options.store;
  store_options.log_identity = "bench";
  store_options.partitions = options.partitions;
  RocksdbStoreFactory factory(store_options);
  std::vector<std::unique_ptr<StorePort>> stores;
  for (int32_t partition = 0; partition < options.partitions; ++partition) {
    stores.push_back(must(factory.open(partition)));
  }
  const auto begun = Clock::now();
  std::vector<std::thread> lanes;
  for (int lane = 0; lane < options.lanes; ++lane) {
    lanes.emplace_back([&, lane] {
      for (auto i = static_cast<std::size_t>(lane); i < stores.size();
           i += static_cast<std::size_t>(options.lanes)) {
        for (const auto& batch : recorded[i]->batches()) must(stores[i]->write(batch));
        must(stores[i]->flush());
      }
    });
  }
  for (std::thread& lane : lanes) lane.join();
  const double seconds = seconds_between(begun, Clock::now());
  uint64_t rows = 0;
  for (const auto& store : recorded) {
    for (const auto& batch : store->batches()) rows += batch.size();
  }
  Report report;
  report["records"] = options.pure.events;
  report["seconds"] = seconds;
  report["events_per_second"] = static_cast<double>(options.pure.events) / seconds;
  report["rows_per_event"] = static_cast<double>(rows) / static_cast<double>(options.pure.events);
  stores.clear();
  report["store_bytes_per_event"] =
      static_cast<double>(directory_bytes(options.store)) / static_cast<double>(options.pure.events);
  return report;
}

}  // namespace subledger::bench
