// The store of a partition in RocksDB: one database in DIR/partition-NNNN, without a write-ahead log, since
// the ledger's log is one. RocksDB writes its memory out as whole write batches in their order, so after a
// crash a store is as it was after some earlier `write`. Whose state it is stands in its label
// (store_directory.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/store.h"
#include "events/result.h"

namespace rocksdb {
class Env;
}

namespace subledger {

struct RocksdbStoreOptions {
  std::string directory;
  std::string log_identity;
  int32_t partitions = 0;
  std::string replay = {};  ///< as in StoreLabel
  /// Shared by all stores of the factory; memory of the write buffers counts in it.
  std::size_t block_cache_bytes = std::size_t{256} << 20;
  std::size_t write_buffers_bytes = std::size_t{128} << 20;
  /// Of one store: a small one stays near the processor's caches.
  std::size_t write_buffer_bytes = std::size_t{16} << 20;
  int background_jobs = 2;
  rocksdb::Env* env = nullptr;  ///< for tests: another file system; outlives the stores
};

/// Opens, and makes where missing, the stores of an instance. Thread-safe; stores may outlive it. A store of
/// another log, another number of partitions or another format, in use elsewhere, or damaged: unreachable,
/// with what to do.
class RocksdbStoreFactory : public StoreFactory {
 public:
  explicit RocksdbStoreFactory(RocksdbStoreOptions options);
  ~RocksdbStoreFactory() override;

  /// Within one process too a store is open once at a time.
  Result<std::unique_ptr<StorePort>> open(int32_t partition) override;

 private:
  struct Shared;
  RocksdbStoreOptions options_;
  std::unique_ptr<Shared> shared_;
};

/// The store as last flushed, for queries beside a running engine or without one. Changes nothing on the disk
/// and needs no right to write. It does not follow what is written later; open it again for that. `write` and
/// `flush` fail.
Result<std::unique_ptr<StorePort>> open_rocksdb_read_only(const std::string& directory, int32_t partition);

}  // namespace subledger
