// A look at a store's directory before anything is written to it.
#pragma once

#include "connectors/rocksdb/rocksdb_store.h"
#include "ops/failure.h"

namespace subledger::ops {

/// Refuses, before anything is started, a directory in which a store of another log stands.
Attempt<void> check_stores(const RocksdbStoreOptions& options);

}  // namespace subledger::ops
