// The audit of a partition: the log's own outputs, the committed position and a store, all held against a
// fresh fold of the log's events. It believes nothing that it can compute, and changes nothing. A finding is
// an answer, not a fault.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "engine/meta.h"
#include "engine/ports.h"
#include "engine/replay.h"
#include "engine/store.h"

namespace subledger {

/// What is not as the log's events have it.
struct Finding {
  int32_t partition = 0;
  std::string where;              ///< "charges", "access", "rejects", "store", "position", "events"
  std::optional<int64_t> offset;  ///< in that topic
  std::string what;
};

struct AuditOptions {
  int32_t partition = 0;
  int32_t partitions = 1;
  std::string group;
  bool outputs_expire = false;  ///< the log may have let go of the oldest output records
  bool store_may_lead = false;  ///< of a replay, which reads on where the group has not come yet
  std::size_t accounts_max = 1'000'000;
};

struct AuditFigures {
  std::optional<int64_t> store_offset;  ///< of the last record that the store has applied
  /// Of the last record that the group has committed. nullopt: none, as when its position has expired; then
  /// the audit goes as far as the store and the outputs have come.
  std::optional<int64_t> committed_offset;
  Counts counts;         ///< of the events up to there; `records` of them were read
  uint64_t charges = 0;  ///< output records compared, as the next two
  uint64_t access = 0;
  uint64_t rejects = 0;
  uint64_t expired = 0;          ///< output records that the log no longer has
  uint64_t events_answered = 0;  ///< events with a charge or an access record
  uint64_t catalogs = 0;         ///< accepted, which give no record
  uint64_t rows = 0;             ///< of the store
  uint64_t subscribers = 0;      ///< with accepted events, whose sequences and balances were added up
  Int128 trial_balance = 0;      ///< of the store, in millionths
  RowHash digest;                ///< of the store
  uint64_t findings = 0;
};

/// Tells of each finding, in the order in which they are met.
using TellFinding = std::function<void(const Finding&)>;

/// `store` nullptr: there is none to be audited. `scratch` is an empty store for the fold. nullopt:
/// `hooks.go_on` ended it; `hooks.outputs` is not looked at. A fault: the log or a store does not answer, or
/// the events themselves are damaged.
Result<std::optional<AuditFigures>> audit_partition(Log& log, const StorePort* store, StorePort& scratch,
                                                    const AuditOptions& options, const ReplayHooks& hooks,
                                                    const TellFinding& tell);

}  // namespace subledger
