// The ledger as a pure fold: a record and the state before give the state after and what is emitted. The
// engine looks up what a record needs and hands it in; nothing here reads a clock, a file or another
// partition.
//
// A record goes through three steps: `examine` (domain 8, steps 1 to 8, needs no state but the partition's
// numbers), then the engine's look-up of the subscriber's account and of known events, then `apply`.
#pragma once

#include <array>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "events/codec.h"
#include "events/event.h"
#include "events/records.h"
#include "projections/account.h"
#include "projections/partition_state.h"

namespace subledger {

/// A record of the events topic, as the log gives it.
struct InputRecord {
  Source source;
  Timestamp recorded_at;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
};

/// 128-bit hash of an event's decoded fields: equal content has equal hashes (domain 2).
using ContentHash = std::array<uint8_t, 16>;

/// Why a record is refused. `subscriber` and `event_id` stand once step 3 is passed.
struct Rejection {
  Reason reason{};
  std::string detail;
  std::string_view subscriber;
  std::optional<Uuid> event_id;
};

/// An event that passed steps 1 to 8, with what its look-ups need.
struct Examined {
  Event event;
  Msisdn subscriber;  ///< unset in catalog_published
  Uuid charge_id;     ///< unset in catalog_published
  ContentHash content{};
};

/// What is remembered of an accepted event for ever: enough to know it again and to reverse its charge.
struct KnownEvent {
  ContentHash content{};
  bool reversed = false;
  std::optional<ChargeKind> kind;  ///< of its charge; nullopt: it gave none
  uint64_t sequence = 0;
  Money from_bonus;
  Money from_account;
  int64_t covered_quantity = 0;
  std::optional<Timestamp> money_expires_at;  ///< of what returns when reversed; nullopt: without expiry
  std::optional<Timestamp> bytes_expires_at;

  friend bool operator==(const KnownEvent&, const KnownEvent&) = default;
};

/// An accepted event's results. Views in the records live as long as the event and the partition's state.
struct Accepted {
  std::optional<ChargeRecord> charge;
  std::optional<AccessRecord> access;
  KnownEvent known;
  bool reverses_target = false;  ///< the target handed to `apply` is now reversed
};

struct Duplicate {};

/// A version that was published: its document must be remembered.
struct Published {};

using Outcome = std::variant<Accepted, Published, Duplicate, Rejection>;

/// Steps 1 to 8. The result's views live as long as the record and `scratch`.
std::variant<Examined, Rejection> examine(const InputRecord& record, int32_t partitions,
                                          std::pmr::memory_resource& scratch);

/// The charge that a reversal names, whose KnownEvent `apply` needs; nullopt for any other event.
std::optional<Uuid> reversal_target(const Examined& examined);

/// Applies an event of a subscriber. `known` is what is remembered under its charge id, `target` under its
/// reversal_target; nullptr: nothing. Only an Accepted changes `account`; counts and postings change always.
Outcome apply(PartitionState& state, Account& account, const KnownEvent* known, const KnownEvent* target,
              const Examined& examined, const InputRecord& record);

/// Applies a catalog_published event (domain 5).
Outcome apply_catalog(PartitionState& state, const Examined& examined);

/// Counts a record that `examine` refused.
void count_rejected(PartitionState& state);

}  // namespace subledger
