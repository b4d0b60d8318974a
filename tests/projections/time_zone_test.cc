// Known instants of projections/time_zone.h: changes of the law, odd offsets, the far ends of time.
//
// It does not go through all zones; time_zone_sweep.py does, against another implementation.

#include "projections/time_zone.h"

#include <date/date.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <string_view>

namespace {

using subledger::local_time;
using subledger::LocalCalendar;
using subledger::LocalTime;
using subledger::TimeZone;

constexpr int64_t least = std::numeric_limits<int64_t>::min();
constexpr int64_t greatest = std::numeric_limits<int64_t>::max();
constexpr int64_t second = 1'000'000;
constexpr int64_t minute = 60 * second;
constexpr int64_t hour = 60 * minute;
constexpr int64_t day = 24 * hour;

TimeZone zone_named(std::string_view name) {
  const auto zone = TimeZone::find(name);
  BOOST_REQUIRE_MESSAGE(zone.has_value(), name);
  return *zone;
}

int32_t day_number(int year, unsigned month, unsigned day_of_month) {
  const date::sys_days days = date::year{year} / date::month{month} / date::day{day_of_month};
  return days.time_since_epoch().count();
}

int64_t utc(int year, unsigned month, unsigned day_of_month, int64_t hours = 0, int64_t minutes = 0) {
  return day_number(year, month, day_of_month) * day + hours * hour + minutes * minute;
}

/// The offset changes at the instant, from one value to the other, and not a microsecond earlier.
void check_change(const TimeZone& zone, int64_t instant, int32_t before, int32_t after) {
  BOOST_TEST_CONTEXT(zone.name() << " at " << instant) {
    const auto ended = zone.offset_at(instant - 1);
    const auto begun = zone.offset_at(instant);
    BOOST_TEST(ended.seconds == before);
    BOOST_TEST(ended.until_micros == instant);
    BOOST_TEST(begun.seconds == after);
    BOOST_TEST(begun.from_micros == instant);
  }
}

void check_local(const LocalTime& local, int year, unsigned month, unsigned day_of_month, int32_t hours) {
  BOOST_TEST(local.day == day_number(year, month, day_of_month));
  BOOST_TEST(local.month == year * 12 + static_cast<int32_t>(month) - 1);
  BOOST_TEST(local.hour == hours);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(time_zone)

BOOST_AUTO_TEST_CASE(release_has_the_form_of_one) {
  const auto release = subledger::tzdata_release();
  BOOST_TEST(release.size() >= 5U);
  BOOST_TEST(release.substr(0, 2) == "20");
  BOOST_TEST((release.back() >= 'a' && release.back() <= 'z'));
}

BOOST_AUTO_TEST_CASE(unknown_names_are_not_found) {
  for (const std::string_view name : {"", "europe/berlin", "Europe/Berlin ", "Europe/Berli", "Europe",
                                      "Europe/", "posix/Europe/Berlin", "right/UTC", "CEST", "+01:00", "~"}) {
    BOOST_TEST(!TimeZone::find(name).has_value(), name);
  }
  BOOST_TEST(!TimeZone::find(std::string_view("UTC\0", 4)).has_value());
}

BOOST_AUTO_TEST_CASE(alias_is_its_canonical_zone) {
  BOOST_TEST((zone_named("Asia/Calcutta") == zone_named("Asia/Kolkata")));
  BOOST_TEST(zone_named("Asia/Calcutta").name() == "Asia/Kolkata");
  BOOST_TEST(zone_named("US/Eastern").name() == "America/New_York");
  BOOST_TEST(zone_named("Europe/Kiev").name() == "Europe/Kyiv");
  BOOST_TEST((zone_named("Europe/Berlin") != zone_named("Europe/Paris")));
}

BOOST_AUTO_TEST_CASE(utc_never_changes) {
  for (const std::string_view name : {"UTC", "Etc/UTC", "Zulu", "Etc/GMT"}) {
    const auto offset = zone_named(name).offset_at(utc(2024, 2, 29, 12));
    BOOST_TEST(offset.seconds == 0);
    BOOST_TEST(offset.from_micros == least);
    BOOST_TEST(offset.until_micros == greatest);
  }
  // The sign in these names is the reverse of the usual one.
  BOOST_TEST(zone_named("Etc/GMT+12").offset_at(0).seconds == -12 * 3600);
  BOOST_TEST(zone_named("Etc/GMT-14").offset_at(0).seconds == 14 * 3600);
}

BOOST_AUTO_TEST_CASE(moscow_changes_of_2011_and_2014) {
  const auto zone = zone_named("Europe/Moscow");
  check_change(zone, utc(2011, 3, 26, 23), 3 * 3600, 4 * 3600);
  check_change(zone, utc(2014, 10, 25, 22), 4 * 3600, 3 * 3600);
  BOOST_TEST(zone.offset_at(utc(2011, 3, 26, 23)).until_micros == utc(2014, 10, 25, 22));
  BOOST_TEST(zone.offset_at(utc(2200, 7, 1)).from_micros == utc(2014, 10, 25, 22));
  BOOST_TEST(zone.offset_at(utc(2200, 7, 1)).until_micros == greatest);
  check_local(local_time(zone, utc(2014, 12, 31, 21) - 1), 2014, 12, 31, 23);
  check_local(local_time(zone, utc(2014, 12, 31, 21)), 2015, 1, 1, 0);
}

BOOST_AUTO_TEST_CASE(berlin_summer_of_2015) {
  const auto zone = zone_named("Europe/Berlin");
  const int64_t begins = utc(2015, 3, 29, 1);
  const int64_t ends = utc(2015, 10, 25, 1);
  check_change(zone, begins, 3600, 7200);
  check_change(zone, ends, 7200, 3600);
  check_local(local_time(zone, begins - 1), 2015, 3, 29, 1);
  check_local(local_time(zone, begins), 2015, 3, 29, 3);
  check_local(local_time(zone, ends - 1), 2015, 10, 25, 2);
  check_local(local_time(zone, ends), 2015, 10, 25, 2);
  check_local(local_time(zone, ends + hour), 2015, 10, 25, 3);
}

BOOST_AUTO_TEST_CASE(kathmandu_is_ahead_by_three_quarters) {
  const auto zone = zone_named("Asia/Kathmandu");
  BOOST_TEST(zone.offset_at(utc(2020, 1, 1)).seconds == 5 * 3600 + 45 * 60);
  check_local(local_time(zone, utc(2020, 1, 31, 18, 15) - 1), 2020, 1, 31, 23);
  check_local(local_time(zone, utc(2020, 1, 31, 18, 15)), 2020, 2, 1, 0);
}

BOOST_AUTO_TEST_CASE(new_york_rule_goes_on) {
  const auto zone = zone_named("America/New_York");
  check_change(zone, utc(2006, 4, 2, 7), -5 * 3600, -4 * 3600);
  check_change(zone, utc(2006, 10, 29, 6), -4 * 3600, -5 * 3600);
  check_change(zone, utc(2007, 3, 11, 7), -5 * 3600, -4 * 3600);
  check_change(zone, utc(2037, 11, 1, 6), -4 * 3600, -5 * 3600);
  check_change(zone, utc(2038, 3, 14, 7), -5 * 3600, -4 * 3600);
  check_change(zone, utc(2100, 3, 14, 7), -5 * 3600, -4 * 3600);
  check_change(zone, utc(2100, 11, 7, 6), -4 * 3600, -5 * 3600);
  BOOST_TEST(zone.offset_at(utc(2100, 12, 31, 23)).from_micros == utc(2100, 11, 7, 6));
  BOOST_TEST(zone.offset_at(utc(2101, 1, 1)).from_micros == utc(2100, 11, 7, 6));
  check_local(local_time(zone, utc(2100, 3, 1, 4)), 2100, 2, 28, 23);  // 2100 is no leap year
}

BOOST_AUTO_TEST_CASE(lord_howe_shifts_by_half_an_hour) {
  const auto zone = zone_named("Australia/Lord_Howe");
  check_change(zone, utc(2020, 4, 4, 15), 11 * 3600, 10 * 3600 + 1800);
  check_change(zone, utc(2020, 10, 3, 15, 30), 10 * 3600 + 1800, 11 * 3600);
  // South of the equator the year ends in summer.
  BOOST_TEST(zone.offset_at(utc(2301, 1, 1)).seconds == 11 * 3600);
}

BOOST_AUTO_TEST_CASE(casablanca_goes_back_in_ramadan) {
  const auto zone = zone_named("Africa/Casablanca");
  check_change(zone, utc(2018, 6, 17, 2), 0, 3600);
  check_change(zone, utc(2019, 5, 5, 2), 3600, 0);
  check_change(zone, utc(2019, 6, 9, 2), 0, 3600);
}

BOOST_AUTO_TEST_CASE(apia_skips_a_day) {
  const auto zone = zone_named("Pacific/Apia");
  const int64_t skip = utc(2011, 12, 30, 10);
  check_change(zone, skip, -10 * 3600, 14 * 3600);
  check_local(local_time(zone, skip - 1), 2011, 12, 29, 23);
  check_local(local_time(zone, skip), 2011, 12, 31, 0);
}

BOOST_AUTO_TEST_CASE(tehran_ends_daylight_saving_time) {
  const auto zone = zone_named("Asia/Tehran");
  const int64_t last = utc(2022, 9, 21, 19, 30);
  check_change(zone, utc(2022, 3, 21, 20, 30), 3 * 3600 + 1800, 4 * 3600 + 1800);
  check_change(zone, last, 4 * 3600 + 1800, 3 * 3600 + 1800);
  BOOST_TEST(zone.offset_at(last).until_micros == greatest);
}

BOOST_AUTO_TEST_CASE(troll_shifts_by_two_hours) {
  const auto zone = zone_named("Antarctica/Troll");
  check_change(zone, utc(2020, 3, 29, 1), 0, 7200);
  check_change(zone, utc(2020, 10, 25, 1), 7200, 0);
  check_change(zone, utc(2400, 10, 29, 1), 7200, 0);
}

BOOST_AUTO_TEST_CASE(dublin_has_standard_time_in_summer) {
  const auto zone = zone_named("Europe/Dublin");
  check_change(zone, utc(2020, 3, 29, 1), 0, 3600);
  check_change(zone, utc(2020, 10, 25, 1), 3600, 0);
  check_change(zone, utc(2100, 3, 28, 1), 0, 3600);
}

BOOST_AUTO_TEST_CASE(rule_with_times_outside_of_the_day) {
  // Before midnight (/-1) and more than two days after it (/50).
  check_change(zone_named("America/Nuuk"), utc(2030, 3, 31, 1), -2 * 3600, -3600);
  check_change(zone_named("Asia/Gaza"), utc(2090, 3, 25, 0), 2 * 3600, 3 * 3600);
}

BOOST_AUTO_TEST_CASE(rule_that_begins_late) {
  // These have the offset of their rule before the rule holds: a change of law, not of the clocks.
  const auto turk = zone_named("America/Grand_Turk").offset_at(utc(2017, 1, 1));
  BOOST_TEST(turk.seconds == -4 * 3600);
  BOOST_TEST(turk.from_micros == utc(2015, 3, 8, 7));
  BOOST_TEST(turk.until_micros == utc(2018, 11, 4, 6));
  const auto ojinaga = zone_named("America/Ojinaga").offset_at(utc(2022, 11, 1));
  BOOST_TEST(ojinaga.seconds == -6 * 3600);
  BOOST_TEST(ojinaga.until_micros == utc(2023, 3, 12, 8));
}

BOOST_AUTO_TEST_CASE(explicit_transitions_beyond_2072) {
  // Gaza's changes around Ramadan are listed up to 2086.
  const auto zone = zone_named("Asia/Gaza");
  check_change(zone, utc(2086, 3, 30, 0), 2 * 3600, 3 * 3600);
  check_change(zone, utc(2086, 4, 12, 23), 3 * 3600, 2 * 3600);
  check_change(zone, utc(2086, 5, 25, 0), 2 * 3600, 3 * 3600);
  check_change(zone, utc(2086, 10, 25, 23), 3 * 3600, 2 * 3600);
}

BOOST_AUTO_TEST_CASE(before_2000_the_offset_stays) {
  const auto apia = zone_named("Pacific/Apia").offset_at(utc(1950, 1, 1));
  BOOST_TEST(apia.seconds == -11 * 3600);
  BOOST_TEST(apia.from_micros == least);
  const auto berlin = zone_named("Europe/Berlin").offset_at(utc(1999, 7, 1));
  BOOST_TEST(berlin.seconds == 3600);
  BOOST_TEST(berlin.from_micros == least);
  BOOST_TEST(berlin.until_micros == utc(2000, 3, 26, 1));
  const auto sydney = zone_named("Australia/Sydney").offset_at(utc(2000, 1, 1));
  BOOST_TEST(sydney.seconds == 11 * 3600);
  BOOST_TEST(sydney.from_micros == least);
}

BOOST_AUTO_TEST_CASE(instants_before_1970_round_down) {
  const auto zone = zone_named("UTC");
  check_local(local_time(zone, -1), 1969, 12, 31, 23);
  check_local(local_time(zone, -hour), 1969, 12, 31, 23);
  check_local(local_time(zone, -hour - 1), 1969, 12, 31, 22);
  check_local(local_time(zone, -day), 1969, 12, 31, 0);
  check_local(local_time(zone, -day - 1), 1969, 12, 30, 23);
}

BOOST_AUTO_TEST_CASE(extremes_of_int64) {
  // The greatest int64 is 294247-01-10T04:00:54.775807Z, the least -290308-12-21T19:59:05.224192Z.
  const auto utc_zone = zone_named("UTC");
  const auto last = local_time(utc_zone, greatest);
  BOOST_TEST(last.day == 106'751'991);
  BOOST_TEST(last.month == 294'247 * 12);
  BOOST_TEST(last.hour == 4);
  const auto first = local_time(utc_zone, least);
  BOOST_TEST(first.day == -106'751'992);
  BOOST_TEST(first.month == -290'308 * 12 + 11);
  BOOST_TEST(first.hour == 19);

  const auto berlin = zone_named("Europe/Berlin");
  BOOST_TEST(berlin.offset_at(greatest).seconds == 3600);
  BOOST_TEST(berlin.offset_at(greatest).until_micros == greatest);
  BOOST_TEST(berlin.offset_at(greatest).from_micros < greatest - 60 * day);
  BOOST_TEST(berlin.offset_at(least).from_micros == least);
  for (const std::string_view name : {"Etc/GMT+12", "UTC", "Pacific/Kiritimati"}) {
    const auto zone = zone_named(name);
    for (const int64_t instant : {least, least + 1, least + day, greatest - day, greatest - 1, greatest}) {
      LocalCalendar calendar(zone);
      BOOST_TEST((calendar.at(instant) == local_time(zone, instant)), name << " at " << instant);
      BOOST_TEST((calendar.at(instant) == local_time(zone, instant)), name << " at " << instant);
    }
  }
}

BOOST_AUTO_TEST_CASE(everything_repeats_after_400_years) {
  const auto zone = zone_named("America/New_York");
  const int64_t era = 146'097 * day;
  for (int64_t instant = utc(2100, 1, 1); instant < utc(2101, 1, 1); instant += 5 * hour) {
    const auto near = zone.offset_at(instant);
    const auto near_local = local_time(zone, instant);
    for (const int64_t eras : {1, 9, 76, 77, 700}) {  // beyond the year 32767, too
      const auto far = zone.offset_at(instant + eras * era);
      const auto far_local = local_time(zone, instant + eras * era);
      BOOST_TEST(far.seconds == near.seconds);
      BOOST_TEST(far.from_micros == near.from_micros + eras * era);
      BOOST_TEST(far.until_micros == near.until_micros + eras * era);
      BOOST_TEST(far_local.day == near_local.day + eras * 146'097);
      BOOST_TEST(far_local.month == near_local.month + eras * 4'800);
      BOOST_TEST(far_local.hour == near_local.hour);
    }
  }
}

BOOST_AUTO_TEST_CASE(calendar_agrees_in_any_order) {
  for (const std::string_view name : {"Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata",
                                      "America/St_Johns", "Africa/Casablanca"}) {
    const auto zone = zone_named(name);
    LocalCalendar calendar(zone);
    const int64_t begin = utc(2011, 1, 1);
    const int64_t end = utc(2012, 6, 1);
    for (int64_t instant = begin; instant < end; instant += 7 * minute + 1) {
      BOOST_REQUIRE((calendar.at(instant) == local_time(zone, instant)));
      const int64_t back = end - (instant - begin);
      if (instant % 11 == 0) BOOST_REQUIRE((calendar.at(back) == local_time(zone, back)));
    }
    for (int64_t instant = end; instant > begin; instant -= 29 * minute + 1) {
      BOOST_REQUIRE((calendar.at(instant) == local_time(zone, instant)));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
