// A store against the store of a fresh fold at the same position, row by row; and its sums against its rows.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/meta.h"
#include "engine/store.h"

namespace subledger {

struct StoreAudit {
  uint64_t rows = 0;
  uint64_t subscribers = 0;  ///< whose sequences and balances were added up
};

/// Reads both in bounded memory. `meta` is that of `store`. `tell` is told what is wrong.
Result<StoreAudit> audit_store(const StorePort& store, const StorePort& fresh, const Meta& meta,
                               const std::function<void(const std::string& what)>& tell);

}  // namespace subledger
