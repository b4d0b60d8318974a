// The rating formula in 128-bit integers over the rule's common unit.
#include "projections/rating.h"

#include <algorithm>
#include <limits>

#include "events/check.h"

namespace subledger {
namespace {

constexpr uint64_t ceil_divide(uint64_t value, uint64_t by) { return value / by + (value % by != 0 ? 1 : 0); }

struct Quotient {
  Int128 steps = 0;
  Int128 rest = 0;
};

/// Neither is negative. Nearly all amounts fit into 64 bits, and a division of 128 is a call of its own.
Quotient divide(Int128 amount, Int128 by) {
  constexpr Int128 narrow_max = std::numeric_limits<int64_t>::max();
  if (amount > narrow_max || by > narrow_max) return {amount / by, amount % by};
  const auto narrow = static_cast<uint64_t>(amount);
  const auto narrow_by = static_cast<uint64_t>(by);
  return {static_cast<Int128>(narrow / narrow_by), static_cast<Int128>(narrow % narrow_by)};
}

constexpr int64_t power_of_ten(int exponent) {
  int64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

}  // namespace

ExactAmount exact_amount(const Rate& rate, uint64_t quantity) {
  CHECK(quantity <= quantity_limit);
  const Int128 denominator = static_cast<Int128>(rate.common_unit);
  if (quantity == 0) return {0, denominator};
  Int128 numerator = static_cast<Int128>(rate.connect_fee.micros) * denominator;
  for (std::size_t i = 0; i < rate.tiers.size(); ++i) {
    const Tier& tier = rate.tiers[i];
    if (quantity <= tier.from) break;
    const uint64_t until = i + 1 < rate.tiers.size() ? std::min(quantity, rate.tiers[i + 1].from) : quantity;
    const uint64_t billed = ceil_divide(until - tier.from, tier.increment) * tier.increment;
    const uint64_t units = tier.unit == rate.common_unit ? 1 : rate.common_unit / tier.unit;
    numerator += static_cast<Int128>(billed) * tier.price.micros * static_cast<int64_t>(units);
  }
  if (rate.max_charge)
    numerator = std::min(numerator, static_cast<Int128>(rate.max_charge->micros) * denominator);
  return {numerator, denominator};
}

Int128 round_amount(const ExactAmount& amount, Rounding rounding) {
  const Int128 step = power_of_ten(6 - rounding.decimals);
  const Int128 divisor = amount.denominator * step;
  const auto [steps, rest] = divide(amount.numerator, divisor);
  bool up = false;
  switch (rounding.mode) {
    case RoundingMode::half_up:
      up = rest * 2 >= divisor;
      break;
    case RoundingMode::half_even:
      up = rest * 2 > divisor || (rest * 2 == divisor && steps % 2 != 0);
      break;
    case RoundingMode::up:
      up = rest != 0;
      break;
    case RoundingMode::down:
      break;
  }
  return (steps + (up ? 1 : 0)) * step;
}

Int128 price_of(const Rate& rate, uint64_t quantity) {
  if (quantity == 0) return 0;
  return round_amount(exact_amount(rate, quantity), rate.rounding);
}

}  // namespace subledger
