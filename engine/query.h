// What a store says about a partition and its subscribers, read for people: the account, charge and access
// records, the digest. Changes nothing, and sees what the store held when it was opened for reading; what a
// running engine has not yet written is not in it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/meta.h"
#include "engine/rollups.h"
#include "engine/store.h"
#include "events/msisdn.h"
#include "projections/account.h"
#include "projections/partition_state.h"

namespace subledger {

/// A partition's last applied record.
struct AsOf {
  int32_t partition = 0;
  int64_t offset = 0;
  Timestamp recorded_at;
};

/// A subscriber's account in words (interfaces 2). `tariff` and what is left of bonuses are as of the
/// recorded time of `as_of`.
struct AccountView {
  Msisdn subscriber;
  Access access;
  std::optional<std::string> tariff;  ///< nullopt: no switch, and no catalog version in force
  std::vector<std::string> options;   ///< sorted
  Money balance;
  Money bonus_money;
  int64_t bonus_bytes = 0;
  std::vector<Grant> grants;  ///< what is left of each, also of expired ones; by expiry, none last
  std::string currency;       ///< empty until a catalog is published
  uint64_t sequence = 0;
  AsOf as_of;
};

AccountView describe_account(const PartitionState& state, Msisdn subscriber, const Account& account,
                             const AsOf& as_of);

/// Which of a subscriber's records are wanted: by event time, from inclusive to exclusive, then the latest.
struct RecordRange {
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;
  std::size_t latest = SIZE_MAX;
};

/// The bytes of the records that an accepted event gave; empty: none of that type.
struct StoredEvent {
  std::string charge;
  std::string access;
};

struct PartitionDigest {
  int32_t partition = 0;
  std::optional<int64_t> offset;  ///< of the last applied record; nullopt: none
  Counts counts;
  RowHash digest;
};

class Query {
 public:
  /// `store` outlives the query. A fault: the store cannot be read, or is damaged.
  static Result<Query> open(const StorePort& store, int32_t partition);

  /// nullopt: no event of the subscriber was accepted.
  Result<std::optional<AccountView>> account(Msisdn subscriber) const;
  /// The bytes of charge records, by sequence. nullopt: as above.
  Result<std::optional<std::vector<std::string>>> charges(Msisdn subscriber, const RecordRange& range) const;
  /// The bytes of access records, in the order of their events. nullopt: as above.
  Result<std::optional<std::vector<std::string>>> access(Msisdn subscriber, const RecordRange& range) const;
  /// What stands of the event behind a charge id. nullopt: nothing was accepted under it.
  Result<std::optional<StoredEvent>> event(Msisdn subscriber, const Uuid& charge_id) const;
  /// The same without the subscriber: goes through the events of all.
  Result<std::optional<StoredEvent>> find_event(const Uuid& charge_id) const;
  /// All accounts by number, until `take` gives false.
  Result<void> each_account(const std::function<bool(const AccountView&)>& take) const;
  /// What was added up while events were applied.
  Result<std::vector<RollupRow>> rollups() const;
  /// nullopt: the store does not have it yet.
  Result<std::optional<RollupReach>> rollup_reach(Rollup rollup) const {
    return subledger::rollup_reach(*store_, rollup);
  }
  PartitionDigest digest() const;
  /// Where the store stands.
  const Meta& meta() const { return meta_; }
  /// The catalogs and their names; counts and postings stand in `meta`.
  const PartitionState& state() const { return *state_; }

 private:
  Query(const StorePort& store, int32_t partition) : store_(&store), partition_(partition) {}

  tl::unexpected<Fault> damaged(const std::string& what) const;
  Result<void> load_catalogs();
  Result<std::optional<Account>> find(Msisdn subscriber) const;
  AsOf as_of() const { return {partition_, meta_.position - 1, meta_.recorded_at}; }

  const StorePort* store_;
  int32_t partition_;
  Meta meta_;
  std::unique_ptr<PartitionState> state_;  // holds pointers into itself, so it stays where it is
};

/// Append one object without a newline (interfaces 2 and 3).
void append_account_json(std::string& out, const AccountView& account);
void append_digest_json(std::string& out, const PartitionDigest& digest);

}  // namespace subledger
