// Records before their turn: examined, with their accounts, and with what the store has under their ids. What
// is read in one go costs less than one by one, and the processor fetches many at a time.
#pragma once

#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "engine/accounts.h"
#include "engine/ports.h"
#include "engine/recent_events.h"
#include "engine/store.h"
#include "projections/fold.h"

namespace subledger {

struct ExaminedRecord {
  InputRecord input;
  std::variant<Examined, Rejection> outcome;
  CachedAccount* account = nullptr;               ///< nullptr: not looked up
  std::optional<std::optional<std::string>> row;  ///< that the store has of its id; nullopt: not looked up

  /// nullopt: a record that is refused, or of a catalog.
  std::optional<KnownKey> key() const;
};

class LookAhead {
 public:
  /// Both outlive this. `partitions`: of the log.
  LookAhead(const StorePort& store, Accounts& accounts, int32_t partitions);

  /// These are taken next, in this order; they live until then. `names`: number of names known. They will be
  /// looked for in `recent` as well. Faults of the store are left to whoever looks again.
  void expect(std::span<const LogRecord> records, std::size_t names, const RecentEvents& recent);
  /// The record examined, expected or not. Lives until the next call of any other function.
  ExaminedRecord& take(const LogRecord& record);
  /// The store or the accounts have changed.
  void forget_rows();

 private:
  void examine_next(const LogRecord& record);
  void forget();

  const StorePort& store_;
  Accounts& accounts_;
  int32_t partitions_;
  std::vector<ExaminedRecord> records_;
  std::size_t taken_ = 0;            // of them
  std::vector<Msisdn> subscribers_;  // of `expect`, as the next two
  std::vector<ExaminedRecord*> reading_;
  std::vector<RowKey> reading_keys_;
  std::vector<std::byte> scratch_bytes_;
  std::pmr::monotonic_buffer_resource scratch_;
};

}  // namespace subledger
