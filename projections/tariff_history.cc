// The tariff history, sorted by event time and then by log order.
#include "projections/tariff_history.h"

#include <algorithm>

namespace subledger {
namespace {

bool earlier(Timestamp time, const TariffSwitch& made) { return time < made.at; }

}  // namespace

const TariffSwitch* switch_before(const std::vector<TariffSwitch>& switches, Timestamp time) {
  const auto after = std::upper_bound(switches.begin(), switches.end(), time, earlier);
  return after == switches.begin() ? nullptr : &*std::prev(after);
}

void add_switch(std::vector<TariffSwitch>& switches, const TariffSwitch& made) {
  switches.insert(std::upper_bound(switches.begin(), switches.end(), made.at, earlier), made);
  if (switches.size() > tariff_switches_max) switches.erase(switches.begin());
}

Money switch_fee_of(const Tariff& tariff, const std::vector<TariffSwitch>& switches, Timestamp at) {
  if (!tariff.free_after_days) return tariff.switch_fee;
  const TariffSwitch* last = switch_before(switches, at);
  const bool free =
      last == nullptr || at.micros - last->at.micros >= *tariff.free_after_days * micros_per_day;
  return free ? Money{} : tariff.switch_fee;
}

}  // namespace subledger
