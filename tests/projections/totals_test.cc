// Double entry: which accounts a charge record moves, and that they sum up to 0.
#include "projections/totals.h"

#include <boost/test/unit_test.hpp>
#include <random>

namespace subledger {
namespace {

struct Amounts {
  int64_t from_bonus = 0;
  int64_t from_account = 0;
};

ChargeRecord charge_of(ChargeKind kind, Amounts amounts) {
  ChargeRecord charge;
  charge.kind = kind;
  charge.from_bonus = Money{amounts.from_bonus};
  charge.from_account = Money{amounts.from_account};
  charge.amount = charge.from_bonus + charge.from_account;
  return charge;
}

int64_t revenue(const Postings& postings, ChargeKind kind) {
  return static_cast<int64_t>(postings.revenue[static_cast<std::size_t>(kind)]);
}

BOOST_AUTO_TEST_SUITE(totals)

BOOST_AUTO_TEST_CASE(each_kind_posts_to_its_revenue) {
  for (std::size_t kind = 1; kind <= charge_kind_count; ++kind) {
    const auto of = static_cast<ChargeKind>(kind);
    if (of == ChargeKind::payment || of == ChargeKind::bonus || of == ChargeKind::reversal) continue;
    Postings postings;
    post(postings, charge_of(of, {.from_bonus = 3, .from_account = 4}), of);
    BOOST_TEST((postings.receivable == 4));
    BOOST_TEST((postings.bonus == 3));
    BOOST_TEST(revenue(postings, of) == -7);
    BOOST_TEST((postings.cash == 0 && postings.promotions == 0));
    BOOST_TEST((trial_balance(postings) == 0));
  }
}

BOOST_AUTO_TEST_CASE(payment_to_cash_bonus_to_promotions) {
  Postings postings;
  post(postings, charge_of(ChargeKind::payment, {.from_account = -10}), ChargeKind::payment);
  BOOST_TEST((postings.receivable == -10 && postings.cash == 10 && postings.promotions == 0));
  post(postings, charge_of(ChargeKind::bonus, {.from_bonus = -5}), ChargeKind::bonus);
  BOOST_TEST((postings.bonus == -5 && postings.promotions == 5 && postings.cash == 10));
  BOOST_TEST((trial_balance(postings) == 0));
}

BOOST_AUTO_TEST_CASE(a_reversal_posts_to_the_reversed_kind) {
  Postings postings;
  post(postings, charge_of(ChargeKind::traffic, {.from_bonus = 3, .from_account = 4}), ChargeKind::traffic);
  post(postings, charge_of(ChargeKind::reversal, {.from_bonus = -3, .from_account = -4}),
       ChargeKind::traffic);
  BOOST_TEST(revenue(postings, ChargeKind::traffic) == 0);
  BOOST_TEST(revenue(postings, ChargeKind::reversal) == 0);
  BOOST_TEST((postings.receivable == 0 && postings.bonus == 0 && trial_balance(postings) == 0));
}

BOOST_AUTO_TEST_CASE(trial_balance_sees_each_account) {
  Postings postings;
  postings.receivable = 1;
  postings.bonus = 10;
  postings.cash = 100;
  postings.promotions = 1'000;
  int64_t expected = 1'111;
  for (std::size_t kind = 0; kind < postings.revenue.size(); ++kind) {
    postings.revenue[kind] = 10'000;
    expected += 10'000;
    BOOST_TEST(static_cast<int64_t>(trial_balance(postings)) == expected);
  }
}

BOOST_AUTO_TEST_CASE(sums_go_beyond_64_bits) {
  Postings postings;
  const Money most = money_limit;
  for (int i = 0; i < 20'000; ++i) {
    post(postings, charge_of(ChargeKind::traffic, {.from_account = most.micros}), ChargeKind::traffic);
  }
  BOOST_TEST((postings.receivable == static_cast<Int128>(most.micros) * 20'000));
  BOOST_TEST((postings.receivable > INT64_MAX));
  BOOST_TEST((trial_balance(postings) == 0));
}

BOOST_AUTO_TEST_CASE(trial_balance_is_0_after_any_records) {
  const uint64_t seed = std::random_device()();
  std::mt19937_64 random(seed);
  Postings postings;
  const auto amount = [&random] { return static_cast<int64_t>(random() % 2'000'000) - 1'000'000; };
  for (int i = 0; i < 1'000; ++i) {
    const auto kind = static_cast<ChargeKind>(1 + random() % charge_kind_count);
    const auto revenue_kind = static_cast<ChargeKind>(1 + random() % charge_kind_count);
    post(postings, charge_of(kind, {.from_bonus = amount(), .from_account = amount()}), revenue_kind);
    BOOST_TEST((trial_balance(postings) == 0), "seed " << seed << " record " << i);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace subledger
