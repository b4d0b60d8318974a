#include "ops/run_stores.h"

#include <filesystem>

#include "connectors/rocksdb/store_directory.h"

namespace subledger::ops {

Result<std::unique_ptr<StorePort>> RunStores::open(int32_t partition) {
  auto store = stores_.open(partition);
  const std::lock_guard lock(mutex_);
  if (store) {
    unreachable_.erase(partition);
  } else {
    unreachable_.insert(partition);
  }
  return store;
}

bool RunStores::unreachable(int32_t partition) const {
  const std::lock_guard lock(mutex_);
  return unreachable_.contains(partition);
}

Attempt<void> check_stores(const RocksdbStoreOptions& options) {
  for (int32_t partition = 0; partition < options.partitions; ++partition) {
    std::error_code ignored;
    if (!std::filesystem::exists(store_path(options.directory, partition), ignored)) continue;
    const Result<StoreLabel> label = read_label(options.directory, partition);
    if (!label) return failure_of(label.error());
    const StoreLabel wanted{store_format, options.log_identity, options.partitions, partition};
    if (const Result<void> claimed = claim_store(options.directory, wanted); !claimed) {
      return failure_of(claimed.error());
    }
  }
  return {};
}

}  // namespace subledger::ops
