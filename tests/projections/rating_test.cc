// The rating formula against values worked out by hand, at the extremes of domain 7, and against the formula
// written down plainly in rational numbers of any size.
#include "projections/rating.h"

#include <boost/multiprecision/cpp_int.hpp>
#include <boost/test/unit_test.hpp>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace subledger {
namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

constexpr uint64_t two_to(int exponent) { return uint64_t{1} << exponent; }
constexpr Money dearest{1'000'000'000'000};

Rate rate_of(std::vector<Tier> tiers, Rounding rounding = {}) {
  Rate rate;
  rate.rounding = rounding;
  rate.tiers = std::move(tiers);
  for (const Tier& tier : rate.tiers) rate.common_unit = std::lcm(rate.common_unit, tier.unit);
  return rate;
}

Tier tier_of(uint64_t from, int64_t micros, uint64_t unit, uint64_t increment) {
  return {.from = from, .increment = increment, .unit = unit, .price = Money{micros}};
}

/// Millionths; the prices of a test are far from the bounds of 64 bits.
int64_t price(const Rate& rate, uint64_t quantity) {
  const Int128 found = price_of(rate, quantity);
  BOOST_REQUIRE(found >= 0 && found <= INT64_MAX);
  return static_cast<int64_t>(found);
}

cpp_int wide(Int128 value) {
  return (cpp_int(static_cast<int64_t>(value >> 64)) << 64) + static_cast<uint64_t>(value);
}

/// Σ of domain 6 as it stands there.
cpp_rational plain_amount(const Rate& rate, uint64_t quantity) {
  if (quantity == 0) return 0;
  cpp_rational sum = rate.connect_fee.micros;
  for (std::size_t i = 0; i < rate.tiers.size(); ++i) {
    const Tier& tier = rate.tiers[i];
    const bool last = i + 1 == rate.tiers.size();
    const cpp_int end =
        last ? cpp_int(quantity) : std::min(cpp_int(quantity), cpp_int(rate.tiers[i + 1].from));
    const cpp_int portion = std::max(cpp_int(0), cpp_int(end - tier.from));
    const cpp_int increments = (portion + tier.increment - 1) / tier.increment;
    sum += cpp_rational(increments * tier.increment * tier.price.micros, tier.unit);
  }
  if (rate.max_charge && sum > rate.max_charge->micros) sum = rate.max_charge->micros;
  return sum;
}

cpp_int plain_price(const Rate& rate, uint64_t quantity) {
  const cpp_int step = boost::multiprecision::pow(cpp_int(10), 6u - rate.rounding.decimals);
  const cpp_rational steps = plain_amount(rate, quantity) / step;
  const cpp_int whole = numerator(steps) / denominator(steps);
  const cpp_rational rest = steps - whole;
  const cpp_rational half(1, 2);
  bool up = false;
  if (rate.rounding.mode == RoundingMode::half_up) up = rest >= half;
  if (rate.rounding.mode == RoundingMode::half_even) up = rest > half || (rest == half && whole % 2 == 1);
  if (rate.rounding.mode == RoundingMode::up) up = rest > 0;
  return (whole + (up ? 1 : 0)) * step;
}

BOOST_AUTO_TEST_SUITE(rating)

BOOST_AUTO_TEST_CASE(nothing_costs_nothing) {
  Rate rate = rate_of({tier_of(0, 1'000'000, 1, 1)}, {RoundingMode::up, 0});
  rate.connect_fee = Money{250'000};
  BOOST_TEST(price(rate, 0) == 0);
  BOOST_TEST(price(rate, 1) == 2'000'000);  // 1.25, up
}

BOOST_AUTO_TEST_CASE(increments_are_begun_and_paid) {
  const Rate rate = rate_of({tier_of(0, 8'450'000, 1'048'576, 1024)});
  BOOST_TEST(price(rate, 1) == 10'000);  // 8.45 / 1024 = 0.00825
  BOOST_TEST(price(rate, 1024) == 10'000);
  BOOST_TEST(price(rate, 1025) == 20'000);     // 0.0165
  BOOST_TEST(price(rate, 99'329) == 810'000);  // 98 × 0.00825 = 0.8087
  BOOST_TEST(price(rate, 1'048'576) == 8'450'000);
}

BOOST_AUTO_TEST_CASE(tiers_meet_at_from) {
  const Rate rate = rate_of({tier_of(0, 2'000'000, 10, 4), tier_of(10, 1'000'000, 3, 3)});
  BOOST_TEST(rate.common_unit == 30u);
  BOOST_TEST(price(rate, 8) == 1'600'000);
  BOOST_TEST(price(rate, 9) == 2'400'000);  // 12 × 0.20
  BOOST_TEST(price(rate, 10) == 2'400'000);
  BOOST_TEST(price(rate, 11) == 3'400'000);
  BOOST_TEST(price(rate, 13) == 3'400'000);
  BOOST_TEST(price(rate, 14) == 4'400'000);
}

BOOST_AUTO_TEST_CASE(cap_holds_before_rounding) {
  Rate rate = rate_of({tier_of(0, 1'000'000, 1, 1)});
  rate.connect_fee = Money{500'000};
  rate.max_charge = Money{4'995'000};
  BOOST_TEST(price(rate, 4) == 4'500'000);
  BOOST_TEST(price(rate, 5) == 5'000'000);  // 4.995
  rate.rounding.mode = RoundingMode::down;
  BOOST_TEST(price(rate, 5) == 4'990'000);
  rate.max_charge = Money{};
  BOOST_TEST(price(rate, 5) == 0);
}

BOOST_AUTO_TEST_CASE(modes_at_ties) {
  struct Row {
    int64_t exact;  // of 2000: the price of one unit in two-thousandths of a cent
    int64_t half_up, half_even, up, down;
  };
  // Millionths of an amount with 2 decimals; 5000 is the tie.
  const std::vector<Row> rows = {
      {0, 0, 0, 0, 0},
      {1, 0, 0, 10'000, 0},
      {4'999, 0, 0, 10'000, 0},
      {5'000, 10'000, 0, 10'000, 0},
      {5'001, 10'000, 10'000, 10'000, 0},
      {9'999, 10'000, 10'000, 10'000, 0},
      {10'000, 10'000, 10'000, 10'000, 10'000},
      {15'000, 20'000, 20'000, 20'000, 10'000},
      {25'000, 30'000, 20'000, 30'000, 20'000},
  };
  const auto rounded = [](int64_t exact, RoundingMode mode) {
    return static_cast<int64_t>(round_amount({exact, 1}, {mode, 2}));
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.exact) {
      BOOST_TEST(rounded(row.exact, RoundingMode::half_up) == row.half_up);
      BOOST_TEST(rounded(row.exact, RoundingMode::half_even) == row.half_even);
      BOOST_TEST(rounded(row.exact, RoundingMode::up) == row.up);
      BOOST_TEST(rounded(row.exact, RoundingMode::down) == row.down);
    }
  }
}

BOOST_AUTO_TEST_CASE(decimals_from_0_to_6) {
  // 1.555555 5, a tie at six decimals only.
  const ExactAmount amount{15'555'555, 10};
  const std::vector<int64_t> up = {2'000'000, 1'600'000, 1'560'000, 1'556'000,
                                   1'555'600, 1'555'560, 1'555'556};
  for (uint8_t decimals = 0; decimals <= 6; ++decimals) {
    BOOST_TEST(static_cast<int64_t>(round_amount(amount, {RoundingMode::half_up, decimals})) == up[decimals]);
  }
  BOOST_TEST(static_cast<int64_t>(round_amount(amount, {RoundingMode::half_even, 6})) == 1'555'556);
  BOOST_TEST(static_cast<int64_t>(round_amount({15'555'545, 10}, {RoundingMode::half_even, 6})) == 1'555'554);
}

BOOST_AUTO_TEST_CASE(ties_of_rational_amounts_are_exact) {
  // 1/3 of a millionth less than half a cent, and as much more.
  BOOST_TEST(static_cast<int64_t>(round_amount({14'999, 3}, {RoundingMode::half_up, 2})) == 0);
  BOOST_TEST(static_cast<int64_t>(round_amount({15'000, 3}, {RoundingMode::half_up, 2})) == 10'000);
  BOOST_TEST(static_cast<int64_t>(round_amount({15'001, 3}, {RoundingMode::half_even, 2})) == 10'000);
}

BOOST_AUTO_TEST_CASE(denominators_beyond_64_bits_are_exact) {
  const ExactAmount amount{3, static_cast<Int128>(1) << 64};
  BOOST_TEST(static_cast<int64_t>(round_amount(amount, {RoundingMode::up, 6})) == 1);
  BOOST_TEST(static_cast<int64_t>(round_amount(amount, {RoundingMode::half_up, 6})) == 0);
}

// The largest of everything that a catalog can ask for and a scope can hold (domain 7): nothing leaves 128
// bits.
BOOST_AUTO_TEST_CASE(extremes_do_not_overflow) {
  const std::vector<Rounding> roundings = {{RoundingMode::half_up, 0},
                                           {RoundingMode::half_even, 6},
                                           {RoundingMode::up, 2},
                                           {RoundingMode::down, 0}};
  std::vector<Rate> rates;
  // One unit of 1 and one of 2^32: the common unit is 2^32, and the first tier's amounts are multiplied by
  // it.
  rates.push_back(
      rate_of({tier_of(0, dearest.micros, 1, two_to(50)), tier_of(two_to(50), 1, two_to(32), 1)}));
  rates.push_back(rate_of({tier_of(0, 1, two_to(32), 1), tier_of(1, dearest.micros, 1, two_to(50))}));
  // Eight tiers a byte apart, each of which begins an increment of 2^50; the units 2^32 and 1 in turn.
  std::vector<Tier> eight;
  for (uint64_t i = 0; i < 8; ++i) {
    eight.push_back(tier_of(i, dearest.micros, i == 0 ? two_to(32) : 1, two_to(50)));
  }
  rates.push_back(rate_of(eight));
  for (uint64_t i = 0; i < 8; ++i) eight[i].from = i == 0 ? 0 : two_to(50) - 8 + i;
  rates.push_back(rate_of(eight));
  // A common unit that is no power of two: 65537 × 65521 is just below 2^32.
  rates.push_back(
      rate_of({tier_of(0, dearest.micros, 65'537, 1), tier_of(1, dearest.micros, 65'521, two_to(50))}));
  for (Rate& rate : rates) {
    BOOST_TEST(rate.common_unit <= two_to(32));
    rate.connect_fee = dearest;
    for (const Rounding& rounding : roundings) {
      rate.rounding = rounding;
      for (const uint64_t quantity : {uint64_t{1}, two_to(32), two_to(50), two_to(53) - 1, quantity_limit}) {
        BOOST_TEST(wide(price_of(rate, quantity)) == plain_price(rate, quantity));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(largest_amount_by_hand) {
  // 2^53 units at 1,000,000 each: 2^53 × 10^12 millionths.
  const Rate rate = rate_of({tier_of(0, dearest.micros, 1, 1)});
  BOOST_TEST(wide(price_of(rate, quantity_limit)) == (cpp_int(1) << 53) * 1'000'000'000'000);
}

/// A number whose magnitude is as random as its digits, from `min` to `max`.
uint64_t any_up_to(std::mt19937_64& random, uint64_t min, uint64_t max) {
  const uint64_t span = max - min;
  const uint64_t bits = random() % 65;
  const uint64_t drawn = bits == 0 ? 0 : random() >> (64 - bits);
  return min + (span == UINT64_MAX ? drawn : drawn % (span + 1));
}

Rate any_rate(std::mt19937_64& random) {
  Rate rate;
  rate.rounding = {static_cast<RoundingMode>(random() % 4), static_cast<uint8_t>(random() % 7)};
  rate.connect_fee = Money{static_cast<int64_t>(any_up_to(random, 0, 1'000'000'000'000))};
  if (random() % 3 == 0)
    rate.max_charge = Money{static_cast<int64_t>(any_up_to(random, 0, 1'000'000'000'000))};
  const std::size_t tiers = 1 + random() % 8;
  uint64_t from = 0;
  for (std::size_t i = 0; i < tiers && from <= two_to(50); ++i) {
    const uint64_t unit = any_up_to(random, 1, two_to(32));
    const uint64_t common = std::lcm(rate.common_unit, unit);
    const bool fits = common <= two_to(32);
    rate.common_unit = fits ? common : rate.common_unit;
    rate.tiers.push_back(tier_of(from, static_cast<int64_t>(any_up_to(random, 0, 1'000'000'000'000)),
                                 fits ? unit : 1, any_up_to(random, 1, two_to(50))));
    from += any_up_to(random, 1, two_to(50));
  }
  return rate;
}

BOOST_AUTO_TEST_CASE(equals_the_plain_formula) {
  const uint64_t seed = std::random_device()();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 2'000; ++round) {
    const Rate rate = any_rate(random);
    uint64_t quantity = any_up_to(random, 0, quantity_limit);
    // Half of the quantities lie at the edge of a tier or of an increment.
    if (random() % 2 == 0) {
      const Tier& tier = rate.tiers[random() % rate.tiers.size()];
      quantity = std::min(quantity_limit, tier.from + tier.increment * (random() % 3) + random() % 3);
    }
    BOOST_TEST_CONTEXT("seed " << seed << " round " << round << " quantity " << quantity) {
      BOOST_TEST(wide(price_of(rate, quantity)) == plain_price(rate, quantity));
    }
  }
}

BOOST_AUTO_TEST_CASE(never_falls_with_the_quantity) {
  const uint64_t seed = std::random_device()();
  std::mt19937_64 random(seed);
  for (int round = 0; round < 500; ++round) {
    const Rate rate = any_rate(random);
    const uint64_t less = any_up_to(random, 0, quantity_limit - 1);
    const uint64_t more = less + any_up_to(random, 1, quantity_limit - less);
    BOOST_TEST_CONTEXT("seed " << seed << " round " << round) {
      BOOST_TEST((price_of(rate, less) <= price_of(rate, more)));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace subledger
