// The accounts of a partition that are in memory: those changed since the last persist, and as many others as
// the bound allows. Which are kept never changes a result.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/digest.h"
#include "engine/store.h"
#include "events/msisdn.h"
#include "projections/account.h"

namespace subledger {

struct CachedAccount {
  Account account;
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
  /// Marks an account as changed in the present chunk.
  void mark(Msisdn subscriber, CachedAccount& account, uint64_t chunk);
  /// Those marked since the last call, ascending.
  std::vector<Msisdn> take_changed();
  /// How many accounts `find` has added since the last call.
  std::size_t take_added() { return std::exchange(added_, 0); }
  /// After chunks up to `persisted` are in the store: lets go of accounts beyond the bound.
  void shrink(uint64_t persisted);

 private:
  const StorePort& store_;
  std::size_t kept_max_;
  std::unordered_map<uint64_t, CachedAccount> accounts_;  // found by number, never iterated into a result
  std::vector<Msisdn> changed_;
  std::size_t added_ = 0;
};

}  // namespace subledger
