// Which tariff a subscriber had at a time, and when a switch is free (domain 5 and 6).
#pragma once

#include <optional>
#include <vector>

#include "events/time.h"
#include "projections/account.h"

namespace subledger {

/// The last kept switch with `at` ≤ `time` (ties: the later in the log). nullptr: none, the default tariff
/// holds.
const TariffSwitch* switch_before(const std::vector<TariffSwitch>& switches, Timestamp time);

/// Keeps the 32 latest by event time: a switch older than all 32 is forgotten at once.
void add_switch(std::vector<TariffSwitch>& switches, const TariffSwitch& made);

/// Rule: domain 6, Fees. Free without an earlier kept switch, or when the last earlier one lies the tariff's
/// `free_after_days` × 24 h or more before.
Money switch_fee_of(const Tariff& tariff, const std::vector<TariffSwitch>& switches, Timestamp at);

}  // namespace subledger
