// Two stores of the same log, record by record, in bounded memory: their rows are read side by side.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "engine/difference.h"
#include "engine/store.h"

namespace subledger {

struct StorePair {
  const StorePort& left;
  const StorePort& right;
};

struct StoreDifferenceOptions {
  int64_t end = INT64_MAX;                        ///< only what came of records below this offset
  std::optional<Msisdn> subscriber;               ///< only this one's
  std::function<void(uint64_t events)> progress;  ///< since the last call
  std::function<bool()> go_on;                    ///< asked now and then; false ends it early
};

/// Compares the records of a partition's accepted events, by subscriber and charge id, and adds to
/// `difference`. False: ended early. A fault: a damaged store.
Result<bool> compare_stores(const StorePair& stores, const StoreDifferenceOptions& options,
                            Difference& difference);

}  // namespace subledger
