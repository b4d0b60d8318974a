#include "ops/check_stores.h"

#include <filesystem>

#include "connectors/rocksdb/store_directory.h"

namespace subledger::ops {

Attempt<void> check_stores(const RocksdbStoreOptions& options) {
  for (int32_t partition = 0; partition < options.partitions; ++partition) {
    std::error_code ignored;
    if (!std::filesystem::exists(store_path(options.directory, partition), ignored)) continue;
    const Result<StoreLabel> label = read_label(options.directory, partition);
    if (!label) return failure_of(label.error());
    const StoreLabel wanted{store_format, options.log_identity, options.partitions, partition,
                            options.replay};
    if (const Result<void> claimed = claim_store(options.directory, wanted); !claimed) {
      return failure_of(claimed.error());
    }
  }
  return {};
}

}  // namespace subledger::ops
