// The stores of a directory, opened for reading, beside a running engine or without one.
#pragma once

#include <memory>
#include <string>

#include "connectors/rocksdb/store_directory.h"
#include "engine/ports.h"
#include "engine/query.h"
#include "ops/command.h"

namespace subledger::ops {

struct OpenStore {
  std::unique_ptr<StorePort> store;
  Query query;
};

Attempt<OpenStore> open_store(const std::string& directory, int32_t partition);

/// That of the setting `store`, with its path.
struct StoresAt {
  std::string path;
  StoreDirectory stores;
};
Attempt<StoresAt> find_stores(const Configuration& configuration);

/// Says on stderr which partitions are elsewhere: what the directory holds is then not everything.
void tell_absent(const std::string& directory, const StoreDirectory& stores);

/// Unreachable where the stores are another log's.
Attempt<void> check_same_log(const StoresAt& stores, Log& log);

}  // namespace subledger::ops
