// The accounts of a partition that are in memory: those changed since the last persist, and as many others as
// the bound allows. Which are kept never changes a result.
#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/digest.h"
#include "engine/store.h"
#include "events/msisdn.h"
#include "projections/account.h"
#include "projections/rows.h"

namespace subledger {

struct CachedAccount {
  Account account;
  Msisdn subscriber;
  std::optional<RowHash> row;  ///< of the row as last sealed; nullopt: the subscriber has no row
  bool changed = false;        ///< since the last seal
  bool used = false;           ///< since the last shrink
  uint64_t chunk = 0;          ///< the last chunk that changed it; it stays until that is persisted
};

class Accounts {
 public:
  /// `store` outlives this. `kept_max`: accounts kept after a shrink, beyond those not persisted.
  Accounts(const StorePort& store, std::size_t kept_max) : store_(store), kept_max_(kept_max) {}

  /// From memory, else from the store, else a new one. `names`: number of names known. The pointer lives
  /// until `shrink`.
  Result<CachedAccount*> find(Msisdn subscriber, std::size_t names);
  /// A hint that these are found next: reads those not in memory in one go, and has the processor fetch the
  /// others, whose misses of its caches would otherwise come one after another. One for each, as of `find`,
  /// until the next call; nullptr: the store has a fault, which is left to `find`.
  std::span<CachedAccount* const> expect(std::span<const Msisdn> subscribers, std::size_t names);
  /// Has the processor fetch an account that is used soon; and then what the account points to.
  static void prefetch(const CachedAccount& cached);
  static void prefetch_parts(const CachedAccount& cached);
  /// Marks an account as changed in the present chunk.
  void mark(CachedAccount& account, uint64_t chunk);
  /// Those marked since the last call, once each.
  std::vector<CachedAccount*> take_changed() { return std::exchange(changed_, {}); }
  /// How many accounts have been added since the last call.
  std::size_t take_added() { return std::exchange(added_, 0); }
  /// After chunks up to `persisted` are in the store: lets go of accounts beyond the bound.
  void shrink(uint64_t persisted);

 private:
  /// nullopt: the row is damaged.
  std::optional<CachedAccount*> add(Msisdn subscriber, const std::optional<std::string>& row,
                                    std::size_t names);
  void add_absent(std::span<const Msisdn> subscribers, std::size_t names);

  const StorePort& store_;
  std::size_t kept_max_;
  tsl::robin_map<Msisdn, std::unique_ptr<CachedAccount>, HashMsisdn> accounts_;  // in no order of use
  std::vector<CachedAccount*> changed_;
  std::vector<CachedAccount*> expected_;  // of `expect`, as the next
  std::vector<RowKey> absent_keys_;
  std::size_t added_ = 0;
};

}  // namespace subledger
