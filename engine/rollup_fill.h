// Makes a roll-up whole that a store does not have yet, since an earlier version wrote the store: adds what
// lies before the position at which the store was opened, some records at a time, while records from there on
// are added as they are applied. Each portion is one batch with the place where the next begins, so that
// after any crash it goes on without counting anything twice.
//
// Charges and access records come of the accepted events in the store itself; rejects, which a store does not
// hold, of their topic in the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "engine/meta.h"
#include "engine/ports.h"
#include "engine/rollups.h"
#include "engine/store.h"
#include "projections/names.h"

namespace subledger {

/// After a portion.
struct RollupProgress {
  Rollup rollup{};
  uint64_t done = 0;
  uint64_t total = 0;  ///< roughly
  bool finished = false;
};

/// Of one partition's store, which outlives it. Used by the thread that writes the store.
class RollupFill {
 public:
  /// Notes in the store what it lacks, or reads what is noted. Nothing is lacking in a store of position 0.
  static Result<RollupFill> open(StorePort& store, int32_t partition, const Meta& meta);

  /// The one that the next portion is of; nullopt: all are whole.
  std::optional<Rollup> next() const;
  /// Adds up to `records_max` records of `next()`, which there is, and notes in the store how far it came.
  /// `names` has those of all the store's catalogs. `rejects` reads that topic, and is needed for rejects: a
  /// new reader each time that the one before failed. Where the topic has lost its beginning, so has the
  /// roll-up. A fault changes nothing: the portion can be tried again.
  Result<RollupProgress> portion(const NameTable& names, ReaderPort* rejects, std::size_t records_max);

 private:
  struct Portion;

  RollupFill(StorePort& store, int32_t partition) : store_(&store), partition_(partition) {}

  Result<void> add_events(Rollup rollup, const NameTable& names, std::size_t records_max, Portion& portion);
  Result<void> add_rejects(ReaderPort& rejects, std::size_t records_max, Portion& portion);
  Result<void> write(Rollup rollup, const Portion& portion);

  StorePort* store_;
  int32_t partition_;
  std::deque<std::pair<Rollup, RollupReach>> missing_;
  ReaderPort* sought_ = nullptr;  // the reader that stands where the next portion begins
  int64_t rejects_end_ = 0;
};

}  // namespace subledger
