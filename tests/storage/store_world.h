// A log in memory with some two thousand records, and an engine that works on it with its store on a disk
// that fails. One lane, one thread beside RocksDB's own, and no waiting: what the engine waits for passes at
// once.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connectors/rocksdb/rocksdb_store.h"
#include "engine/engine.h"
#include "engine/meta.h"
#include "tests/storage/watch.h"
#include "tests/support/memory_log.h"
#include "tests/support/temp_directory.h"

namespace subledger::test {

class StoreWorld {
 public:
  /// `env` may be null: the real disk.
  explicit StoreWorld(rocksdb::Env* env);

  /// The engine until the log's end, or until it stops. `on_wait` is called when it waits for the n-th time.
  RunOutcome run(const std::function<void(int)>& on_wait = {});
  /// A run that has to come to the end.
  void run_to_end();
  void append(std::size_t first, std::size_t count);
  std::size_t input_size() const { return input_size_; }

  /// Outputs byte by byte, and the state, must be those of a run that nothing disturbed.
  void check_as_undisturbed();
  /// The store's rows are those of a position that is committed, without holes; 0 where there is none.
  int64_t check_whole();
  void remove_store();

  const std::string& path() const { return path_; }

  /// RocksDB gets over a full disk on a thread of its own, which needs time: then waiting takes some.
  bool sleeps = false;

 private:
  RocksdbStoreOptions options() const;

  TempDirectory directory_;
  rocksdb::Env* env_;
  MemoryLog log_;
  std::string path_;
  std::size_t input_size_ = 0;
};

}  // namespace subledger::test
