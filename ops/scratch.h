// Stores for the time of one command.
#pragma once

#include <memory>
#include <string>

#include "connectors/rocksdb/rocksdb_store.h"
#include "ops/command.h"
#include "ops/replaying.h"

namespace subledger::ops {

/// The option --scratch of commands that need such stores.
CommandOption scratch_option();

/// A directory of its own, gone at the end of the scope.
class Scratch {
 public:
  /// Below the directory of the option, else that of TMPDIR, else /tmp.
  static Attempt<Scratch> make(const Invocation& call, const ReplayedLog& log);
  Scratch(Scratch&& other) noexcept = default;
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch();

  /// Makes an empty store.
  Result<std::unique_ptr<StorePort>> open(int32_t partition) { return stores_->open(partition); }
  /// Frees the place of a store that is closed.
  void remove(int32_t partition);

 private:
  explicit Scratch(RocksdbStoreOptions options);

  std::string directory_;
  std::unique_ptr<RocksdbStoreFactory> stores_;
};

}  // namespace subledger::ops
