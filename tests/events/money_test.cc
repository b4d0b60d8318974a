// Decimal text to millionths and back. The edges follow those of the decTest suites: signs, zeros, digits,
// bounds.
#include "events/money.h"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <random>
#include <string>

namespace subledger {
namespace {

std::string parsed(std::string_view text) {
  const std::optional<Money> money = parse_money(text);
  return money ? std::to_string(money->micros) : "refused";
}

std::string shown(int64_t micros) { return format_money(Money{micros}); }

}  // namespace

BOOST_AUTO_TEST_SUITE(money)

BOOST_AUTO_TEST_CASE(whole_units) {
  BOOST_CHECK_EQUAL(parsed("0"), "0");
  BOOST_CHECK_EQUAL(parsed("1"), "1000000");
  BOOST_CHECK_EQUAL(parsed("10"), "10000000");
  BOOST_CHECK_EQUAL(parsed("-7"), "-7000000");
}

BOOST_AUTO_TEST_CASE(decimals) {
  BOOST_CHECK_EQUAL(parsed("0.1"), "100000");
  BOOST_CHECK_EQUAL(parsed("0.10"), "100000");
  BOOST_CHECK_EQUAL(parsed("0.100000"), "100000");
  BOOST_CHECK_EQUAL(parsed("0.000001"), "1");
  BOOST_CHECK_EQUAL(parsed("12.75"), "12750000");
  BOOST_CHECK_EQUAL(parsed("-0.000001"), "-1");
  BOOST_CHECK_EQUAL(parsed("1.50"), parsed("1.5"));
}

BOOST_AUTO_TEST_CASE(more_than_six_decimals) {
  BOOST_CHECK_EQUAL(parsed("0.0000001"), "refused");
  BOOST_CHECK_EQUAL(parsed("1.0000000"), "refused");
}

BOOST_AUTO_TEST_CASE(zero_has_no_sign) {
  BOOST_CHECK_EQUAL(parsed("0.00"), "0");
  BOOST_CHECK_EQUAL(parsed("-0"), "refused");
  BOOST_CHECK_EQUAL(parsed("-0.00"), "refused");
  BOOST_CHECK_EQUAL(parsed("-0.000000"), "refused");
}

BOOST_AUTO_TEST_CASE(leading_zeros) {
  for (const char* text : {"00", "01", "-01", "00.5", "007.00"}) BOOST_CHECK_EQUAL(parsed(text), "refused");
}

BOOST_AUTO_TEST_CASE(other_notations) {
  for (const char* text :
       {"",    "-",     "+1",  "+0",    ".",     ".5",   "5.",   "-.5", "1.",       "1..2", "1.2.3",
        "--1", "-+1",   "1-",  "1e3",   "1E3",   "1e-2", "0x10", "NaN", "Infinity", "inf",  " 1",
        "1 ",  "1 000", "1,5", "1_000", "1'000", "1.5-", "\t1",  "1\n", "１",       "1.٥"}) {
    BOOST_CHECK_EQUAL(parsed(text), "refused");
  }
  BOOST_CHECK_EQUAL(parsed(std::string_view("1\0", 2)), "refused");
}

BOOST_AUTO_TEST_CASE(bounds_of_64_bits) {
  BOOST_CHECK_EQUAL(parsed("9223372036854.775807"), "9223372036854775807");
  BOOST_CHECK_EQUAL(parsed("9223372036854.775808"), "refused");
  BOOST_CHECK_EQUAL(parsed("9223372036855"), "refused");
  BOOST_CHECK_EQUAL(parsed("-9223372036854.775808"), "-9223372036854775808");
  BOOST_CHECK_EQUAL(parsed("-9223372036854.775809"), "refused");
  BOOST_CHECK_EQUAL(parsed("18446744073709.551616"), "refused");
  BOOST_CHECK_EQUAL(parsed("18446744073709551616"), "refused");
  BOOST_CHECK_EQUAL(parsed("99999999999999999999999999999999999999"), "refused");
}

BOOST_AUTO_TEST_CASE(shown_with_two_to_six_decimals) {
  BOOST_CHECK_EQUAL(shown(0), "0.00");
  BOOST_CHECK_EQUAL(shown(1), "0.000001");
  BOOST_CHECK_EQUAL(shown(10), "0.00001");
  BOOST_CHECK_EQUAL(shown(100), "0.0001");
  BOOST_CHECK_EQUAL(shown(1'000), "0.001");
  BOOST_CHECK_EQUAL(shown(10'000), "0.01");
  BOOST_CHECK_EQUAL(shown(100'000), "0.10");
  BOOST_CHECK_EQUAL(shown(1'000'000), "1.00");
  BOOST_CHECK_EQUAL(shown(12'750'000), "12.75");
  BOOST_CHECK_EQUAL(shown(1'000'001), "1.000001");
}

BOOST_AUTO_TEST_CASE(negative_is_shown_with_its_sign) {
  BOOST_CHECK_EQUAL(shown(-1), "-0.000001");
  BOOST_CHECK_EQUAL(shown(-500'000), "-0.50");
  BOOST_CHECK_EQUAL(shown(-1'000'000), "-1.00");
  BOOST_CHECK_EQUAL(shown(INT64_MIN), "-9223372036854.775808");
  BOOST_CHECK_EQUAL(shown(INT64_MAX), "9223372036854.775807");
}

BOOST_AUTO_TEST_CASE(limit_of_amounts) {
  BOOST_CHECK(within_limit(money_limit));
  BOOST_CHECK(within_limit(-money_limit));
  BOOST_CHECK(!within_limit(money_limit + Money{1}));
  BOOST_CHECK(!within_limit(-money_limit - Money{1}));
}

BOOST_AUTO_TEST_CASE(any_amount_survives_its_text) {
  const unsigned seed = std::random_device{}();
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    // Of any magnitude, and often with trailing zeros.
    int64_t micros = static_cast<int64_t>(random()) >> (random() % 64);
    if (random() % 2 == 0) micros -= micros % 10'000;
    BOOST_REQUIRE_MESSAGE(parse_money(format_money(Money{micros})) == Money{micros},
                          "seed " << seed << ": " << micros);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace subledger
