// What a partition adds up: counts of records and the balances of the double-entry accounts (domain 7).
#pragma once

#include <array>
#include <cstdint>

#include "events/records.h"
#include "projections/catalog.h"

namespace subledger {

/// records = accepted + duplicates + rejected, at every offset.
struct Counts {
  uint64_t records = 0;
  uint64_t accepted = 0;
  uint64_t duplicates = 0;
  uint64_t rejected = 0;
};

/// Balances in millionths. Their sum, the trial balance, is 0 at every offset.
struct Postings {
  Int128 receivable = 0;
  Int128 bonus = 0;
  Int128 cash = 0;
  Int128 promotions = 0;
  std::array<Int128, charge_kind_count + 1> revenue{};  ///< by ChargeKind
};

Int128 trial_balance(const Postings& postings);

/// Posts a charge record: receivable += from_account, bonus += from_bonus, and the counter-account −= amount.
/// `revenue_kind` is the record's own kind, or for a reversal the reversed one's.
void post(Postings& postings, const ChargeRecord& charge, ChargeKind revenue_kind);

}  // namespace subledger
