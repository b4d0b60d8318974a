// One subscriber's way through a partition's log: the fold of projections over the records of one key, each
// shown with what it met and what came of it. For explanations and for accounts of the past. Reads the log,
// writes nothing, needs no store; not the engine's way, which folds all subscribers and keeps no past.
#pragma once

#include <functional>
#include <map>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports.h"
#include "engine/query.h"
#include "projections/fold.h"

namespace subledger {

/// Where a grant came from.
struct GrantOrigin {
  Uuid event_id;
  ChargeKind kind{};  ///< bonus, or the reversal that gave it back
  std::string reason;
  Timestamp given_at;
};

/// A record of the subscriber. All of it lives until the visitor returns.
struct HistoryStep {
  const InputRecord& record;
  const Examined* examined;                 ///< nullptr: steps 1 to 8 of domain 8 refused it
  const Account& before;                    ///< what it met
  const std::vector<GrantOrigin>& origins;  ///< of the grants in `before`, in their order
  const KnownEvent* target;                 ///< of a reversal; nullptr: no such charge
  const Account& after;
  const Outcome& outcome;
};

/// When a version came into this partition's log.
struct Publication {
  Source source;
  Timestamp recorded_at;
};

class History {
 public:
  using Visitor = std::function<void(const HistoryStep&)>;

  /// `partition` is the subscriber's.
  History(Msisdn subscriber, int32_t partition, int32_t partitions);
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  /// Every record of the partition, in its order; those of others are passed.
  void take(const InputRecord& record, const Visitor& visit);

  /// nullopt: no event of the subscriber has been accepted so far.
  std::optional<AccountView> account() const;
  const PartitionState& state() const { return state_; }
  /// Of the versions in `state`, in the order of publication.
  const std::vector<Publication>& publications() const { return publications_; }
  /// What accepted events gave, in the log's order.
  const std::vector<AccessRecord>& access() const { return access_; }

 private:
  void take_event(const Examined& examined, const InputRecord& record, const Visitor& visit);

  Msisdn subscriber_;
  std::string key_;
  PartitionState state_;
  Account account_;
  bool known_ = false;
  std::map<Uuid, KnownEvent> events_;  // by charge id
  std::vector<GrantOrigin> origins_;   // of the account's grants
  std::vector<Publication> publications_;
  std::vector<AccessRecord> access_;
  AsOf as_of_;
  std::pmr::monotonic_buffer_resource scratch_;
};

/// Where a history ends: behind the record at `offset`, or before the first one recorded after `recorded_at`;
/// without either, at the log's present end.
struct HistoryEnd {
  std::optional<int64_t> offset;
  std::optional<Timestamp> recorded_at;
};

/// Reads a partition from its beginning; `go_on` is told how many records have come and ends it with false. A
/// fault: the log cannot be read, or does not begin at 0.
Result<void> read_history(ReaderPort& events, int32_t partition, const HistoryEnd& end, History& history,
                          const History::Visitor& visit, const std::function<bool(std::size_t)>& go_on);

}  // namespace subledger
