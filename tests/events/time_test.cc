// RFC 3339 to microseconds and back.
#include "events/time.h"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <random>
#include <string>

namespace subledger {
namespace {

/// The instant in UTC; so an offset shows in the result.
std::string parsed(std::string_view text) {
  const std::optional<Timestamp> time = parse_time(text);
  return time ? format_time(*time) : "refused";
}

std::string shown(int64_t micros) { return format_time(Timestamp{micros}); }

}  // namespace

BOOST_AUTO_TEST_SUITE(time)

BOOST_AUTO_TEST_CASE(epoch) {
  BOOST_CHECK_EQUAL(parse_time("1970-01-01T00:00:00Z")->micros, 0);
  BOOST_CHECK_EQUAL(parse_time("1969-12-31T23:59:59.999999Z")->micros, -1);
  BOOST_CHECK_EQUAL(parse_time("2014-11-02T10:15:00.25Z")->micros, 1'414'923'300'250'000);
  BOOST_CHECK(parse_time("2000-01-01T00:00:00Z") == earliest_event_time);
}

BOOST_AUTO_TEST_CASE(fractions) {
  BOOST_CHECK_EQUAL(parsed("2014-11-02T10:15:00.000000Z"), "2014-11-02T10:15:00Z");
  BOOST_CHECK_EQUAL(parsed("2014-11-02T10:15:00.1Z"), "2014-11-02T10:15:00.1Z");
  BOOST_CHECK_EQUAL(parsed("2014-11-02T10:15:00.10Z"), "2014-11-02T10:15:00.1Z");
  BOOST_CHECK_EQUAL(parsed("2014-11-02T10:15:00.000001Z"), "2014-11-02T10:15:00.000001Z");
  BOOST_CHECK_EQUAL(parsed("2014-11-02T10:15:00.0000001Z"), "refused");
  BOOST_CHECK_EQUAL(parsed("2014-11-02T10:15:00.Z"), "refused");
  BOOST_CHECK_EQUAL(parsed("2014-11-02T10:15:00,5Z"), "refused");
}

BOOST_AUTO_TEST_CASE(offsets) {
  BOOST_CHECK_EQUAL(parsed("2014-11-01T00:00:00+03:00"), "2014-10-31T21:00:00Z");
  BOOST_CHECK_EQUAL(parsed("2014-11-01T00:00:00-03:30"), "2014-11-01T03:30:00Z");
  BOOST_CHECK_EQUAL(parsed("2014-11-01T00:00:00+00:00"), "2014-11-01T00:00:00Z");
  BOOST_CHECK_EQUAL(parsed("2014-11-01T00:00:00-00:00"), "2014-11-01T00:00:00Z");
  BOOST_CHECK_EQUAL(parsed("2014-11-01T00:00:00+14:00"), "2014-10-31T10:00:00Z");
  BOOST_CHECK_EQUAL(parsed("2014-11-01T00:00:00+23:59"), "2014-10-31T00:01:00Z");
  BOOST_CHECK_EQUAL(parsed("2014-11-01T00:00:00.5+05:45"), "2014-10-31T18:15:00.5Z");
}

BOOST_AUTO_TEST_CASE(offsets_of_another_form) {
  for (const char* offset :
       {"", "+24:00", "+03:60", "+3:00", "+0300", "+03", "z", "+03:00Z", "Z+03:00", " Z", "Z ", "+03:00:00",
        "\xE2\x88\x92"
        "03:00"}) {
    BOOST_CHECK_EQUAL(parsed(std::string("2014-11-01T00:00:00") + offset), "refused");
  }
}

BOOST_AUTO_TEST_CASE(end_of_day_and_leap_seconds) {
  BOOST_CHECK_EQUAL(parsed("2014-11-01T23:59:59.999999Z"), "2014-11-01T23:59:59.999999Z");
  BOOST_CHECK_EQUAL(parsed("2014-11-01T24:00:00Z"), "refused");
  BOOST_CHECK_EQUAL(parsed("2014-11-01T23:60:00Z"), "refused");
  BOOST_CHECK_EQUAL(parsed("2016-12-31T23:59:60Z"), "refused");
}

BOOST_AUTO_TEST_CASE(days_that_do_not_exist) {
  BOOST_CHECK_EQUAL(parsed("2012-02-29T00:00:00Z"), "2012-02-29T00:00:00Z");
  BOOST_CHECK_EQUAL(parsed("2000-02-29T00:00:00Z"), "2000-02-29T00:00:00Z");
  for (const char* day : {"2014-02-29", "1900-02-29", "2100-02-29", "2014-04-31", "2014-00-01", "2014-13-01",
                          "2014-01-00", "2014-01-32"}) {
    BOOST_CHECK_EQUAL(parsed(std::string(day) + "T00:00:00Z"), "refused");
  }
}

BOOST_AUTO_TEST_CASE(other_forms) {
  for (const char* text :
       {"", "2014", "2014-11-02", "2014-11-02T10:15Z", "2014-11-02 10:15:00Z", "2014-11-02t10:15:00Z",
        "2014-11-02T10:15:00z", "2014-11-02T10:15:00", "14-11-02T10:15:00Z", "02014-11-02T10:15:00Z",
        "+2014-11-02T10:15:00Z", "-014-11-02T10:15:00Z", "2014-1-02T10:15:00Z", "2014-W44-7T10:15:00Z",
        "20141102T101500Z", "2014-11-02T1:15:00Z", "2014-11-02T-1:15:00Z", "1414923300", "now"}) {
    BOOST_CHECK_EQUAL(parsed(text), "refused");
  }
}

BOOST_AUTO_TEST_CASE(first_and_last_year) {
  BOOST_CHECK_EQUAL(parsed("0000-01-01T00:00:00Z"), "0000-01-01T00:00:00Z");
  BOOST_CHECK_EQUAL(parsed("9999-12-31T23:59:59.999999Z"), "9999-12-31T23:59:59.999999Z");
  // Beyond four digits nothing is accepted as input, but stored instants are shown in full.
  BOOST_CHECK_EQUAL(parsed("9999-12-31T23:59:59-01:00"), "10000-01-01T00:59:59Z");
  BOOST_CHECK_EQUAL(parsed("0000-01-01T00:00:00+01:00"), "-0001-12-31T23:00:00Z");
}

BOOST_AUTO_TEST_CASE(every_instant_has_a_text) {
  BOOST_CHECK_EQUAL(shown(INT64_MAX), "294247-01-10T04:00:54.775807Z");
  BOOST_CHECK_EQUAL(shown(INT64_MIN), "-290308-12-21T19:59:05.224192Z");
}

BOOST_AUTO_TEST_CASE(any_instant_of_four_digit_years_survives_its_text) {
  const unsigned seed = std::random_device{}();
  std::mt19937_64 random(seed);
  const int64_t first = parse_time("0000-01-01T00:00:00Z")->micros;
  const int64_t last = parse_time("9999-12-31T23:59:59.999999Z")->micros;
  std::uniform_int_distribution<int64_t> any(first, last);
  for (int i = 0; i < 20'000; ++i) {
    int64_t micros = any(random);
    if (random() % 2 == 0) micros -= micros % micros_per_second;
    BOOST_REQUIRE_MESSAGE(parse_time(shown(micros)) == Timestamp{micros}, "seed " << seed << ": " << micros);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace subledger
