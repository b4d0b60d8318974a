// The stores of a running engine, with memory of those that could not be opened.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "connectors/rocksdb/rocksdb_store.h"
#include "ops/failure.h"

namespace subledger::ops {

class RunStores : public StoreFactory {
 public:
  explicit RunStores(RocksdbStoreOptions options) : stores_(std::move(options)) {}

  Result<std::unique_ptr<StorePort>> open(int32_t partition) override;
  /// The last attempt to open the store of this partition failed.
  bool unreachable(int32_t partition) const;

 private:
  RocksdbStoreFactory stores_;
  mutable std::mutex mutex_;
  std::set<int32_t> unreachable_;
};

/// Refuses, before anything is started, a directory in which a store of another log stands.
Attempt<void> check_stores(const RocksdbStoreOptions& options);

}  // namespace subledger::ops
