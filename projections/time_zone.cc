// Look-up of offsets and local dates in the compiled-in zone data. See time_zone.h for what it promises
// and tzdata/generate.py for where the data comes from.
//
// It does not read TZif files or POSIX TZ strings: the generator has turned both into numbers.

#include "projections/time_zone.h"

#include <date/date.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <limits>
#include <span>

namespace subledger {

namespace tzdata {

/// One canonical zone. From `first_transition` on, `transition_count` rows are its explicit transitions
/// after 2000-01-01 UTC; its rule holds from the last of them on, or from 2000-01-01 if there are none.
struct ZoneRow {
  std::string_view name;
  int32_t initial_offset;
  uint16_t first_transition;
  uint16_t transition_count;
  int16_t rule;  // -1: no more changes
};

namespace {

/// From this instant on, the offset is this one.
struct Transition {
  int64_t utc_seconds;
  int32_t offset;
};

/// A yearly change: the `week`th such weekday of the month (5: the last one; weekday 0: Sunday), this
/// long after that day's midnight by the clock that ends (less than 0 or more than a day: another day).
struct Change {
  uint8_t month;
  uint8_t week;
  uint8_t weekday;
  int32_t seconds;
};

/// What a zone does every year for ever. Daylight saving time is behind standard time in some zones.
struct Rule {
  int32_t standard_offset;
  int32_t daylight_offset;
  Change to_daylight;
  Change to_standard;
};

/// A name, canonical or not, and the index of its zone.
struct NameRow {
  std::string_view name;
  uint16_t zone;
};

#include "projections/tzdata/zones.inc"

}  // namespace
}  // namespace tzdata

namespace {

constexpr int64_t micros_per_second = 1'000'000;
constexpr int64_t seconds_per_day = 86'400;
constexpr int64_t earliest_seconds = 946'684'800;  // 2000-01-01 UTC, where the data begins
constexpr int64_t least_micros = std::numeric_limits<int64_t>::min();
constexpr int64_t greatest_micros = std::numeric_limits<int64_t>::max();

// The calendar repeats, weekdays included, after an era of 400 years. date::year has 16 bits, too few
// for the years that int64_t microseconds reach, so dates are computed in the first era from 2000 on.
constexpr int64_t years_per_era = 400;
constexpr int64_t days_per_era = 146'097;
constexpr int64_t first_era_year = 2000;
constexpr int64_t first_era_day = earliest_seconds / seconds_per_day;

constexpr int64_t floor_divide(int64_t dividend, int64_t divisor) {
  const int64_t quotient = dividend / divisor;
  return dividend % divisor < 0 ? quotient - 1 : quotient;
}

/// The instant in microseconds, or the nearest one that int64_t holds.
constexpr int64_t to_micros(int64_t seconds) {
  if (seconds > greatest_micros / micros_per_second) return greatest_micros;
  if (seconds < least_micros / micros_per_second) return least_micros;
  return seconds * micros_per_second;
}

/// Months since year 0 of a day since 1970-01-01.
constexpr int64_t month_of_day(int64_t day) {
  const int64_t era = floor_divide(day - first_era_day, days_per_era);
  const date::days day_in_first_era{static_cast<int>(day - era * days_per_era)};
  const date::year_month_day date{date::sys_days{day_in_first_era}};
  const int64_t year = int{date.year()} + era * years_per_era;
  return year * 12 + unsigned{date.month()} - 1;
}

/// When the change happens in a year, in seconds since 1970-01-01 by the clock that ends.
constexpr int64_t local_seconds(const tzdata::Change& change, int64_t year) {
  const int64_t era = floor_divide(year - first_era_year, years_per_era);
  const date::year_month month{date::year{static_cast<int>(year - era * years_per_era)},
                               date::month{change.month}};
  const date::weekday weekday{change.weekday};
  const date::sys_days date = change.week == 5 ? date::sys_days{month / weekday[date::last]}
                                               : date::sys_days{month / weekday[change.week]};
  const int64_t day = date.time_since_epoch().count() + era * days_per_era;
  return day * seconds_per_day + change.seconds;
}

/// An offset and the half-open interval of UTC seconds in which it stays.
struct Interval {
  int32_t offset;
  int64_t from;
  int64_t until;
};

constexpr Interval rule_interval(const tzdata::Rule& rule, int64_t utc_seconds) {
  // The changes of the years around the instant surround it: the generator refuses rules with a change
  // around New Year.
  const int64_t year = month_of_day(floor_divide(utc_seconds, seconds_per_day)) / 12;
  const bool daylight_first = rule.to_daylight.month < rule.to_standard.month;
  std::array<tzdata::Transition, 6> changes{};
  for (std::size_t i = 0; i < changes.size(); i += 2) {
    const int64_t change_year = year - 1 + static_cast<int64_t>(i / 2);
    changes[daylight_first ? i : i + 1] = {
        local_seconds(rule.to_daylight, change_year) - rule.standard_offset, rule.daylight_offset};
    changes[daylight_first ? i + 1 : i] = {
        local_seconds(rule.to_standard, change_year) - rule.daylight_offset, rule.standard_offset};
  }
  std::size_t next = 1;
  while (next + 1 < changes.size() && changes[next].utc_seconds <= utc_seconds) ++next;
  return {changes[next - 1].offset, changes[next - 1].utc_seconds, changes[next].utc_seconds};
}

std::span<const tzdata::Transition> transitions_of(const tzdata::ZoneRow& zone) {
  return std::span{tzdata::transitions}.subspan(zone.first_transition, zone.transition_count);
}

/// Outside of the data's time the interval's ends are the extremes of int64_t.
Interval zone_interval(const tzdata::ZoneRow& zone, int64_t utc_seconds) {
  const int64_t instant = std::max(utc_seconds, earliest_seconds);
  const auto transitions = transitions_of(zone);
  const auto next = std::ranges::upper_bound(transitions, instant, {}, &tzdata::Transition::utc_seconds);

  Interval found{zone.initial_offset, least_micros, greatest_micros};
  if (next != transitions.begin()) {
    found.offset = std::prev(next)->offset;
    found.from = std::prev(next)->utc_seconds;
  }
  if (next != transitions.end()) {
    found.until = next->utc_seconds;
  } else if (zone.rule >= 0) {
    const Interval by_rule = rule_interval(tzdata::rules[zone.rule], instant);
    found = {by_rule.offset, std::max(found.from, by_rule.from), by_rule.until};
  }
  if (found.from <= earliest_seconds) found.from = least_micros;
  return found;
}

LocalTime to_local(int64_t utc_micros, int32_t offset) {
  const int64_t local = floor_divide(utc_micros, micros_per_second) + offset;
  const int64_t day = floor_divide(local, seconds_per_day);
  const int64_t hour = (local - day * seconds_per_day) / 3600;
  return {static_cast<int32_t>(day), static_cast<int32_t>(month_of_day(day)), static_cast<int32_t>(hour)};
}

/// Whether the generated tables are what the code above takes for granted.
constexpr bool is_sound(const tzdata::ZoneRow& zone) {
  int64_t before = earliest_seconds;
  for (std::size_t i = 0; i < zone.transition_count; ++i) {
    const auto& transition = tzdata::transitions[zone.first_transition + i];
    if (transition.utc_seconds <= before) return false;
    before = transition.utc_seconds;
  }
  return zone.rule < static_cast<int>(std::size(tzdata::rules));
}

static_assert(std::ranges::all_of(tzdata::zones, is_sound));
static_assert(std::ranges::all_of(tzdata::names, [](const tzdata::NameRow& row) {
  return row.zone < std::size(tzdata::zones);
}));
static_assert(std::ranges::is_sorted(tzdata::names, {}, &tzdata::NameRow::name));

}  // namespace

std::string_view tzdata_release() { return tzdata::release; }

std::optional<TimeZone> TimeZone::find(std::string_view name) {
  const auto found = std::ranges::lower_bound(tzdata::names, name, {}, &tzdata::NameRow::name);
  if (found == std::end(tzdata::names) || found->name != name) return std::nullopt;
  return TimeZone{tzdata::zones[found->zone]};
}

TimeZone::Offset TimeZone::offset_at(int64_t utc_micros) const {
  const Interval found = zone_interval(*row_, floor_divide(utc_micros, micros_per_second));
  return {found.offset, to_micros(found.from), to_micros(found.until)};
}

std::string_view TimeZone::name() const { return row_->name; }

LocalTime local_time(const TimeZone& zone, int64_t utc_micros) {
  return to_local(utc_micros, zone.offset_at(utc_micros).seconds);
}

LocalCalendar::LocalCalendar(TimeZone zone)
    : zone_(zone), offset_(zone.offset_at(earliest_seconds * micros_per_second)) {}

LocalTime LocalCalendar::move_to(int64_t utc_micros) {
  if (utc_micros < offset_.from_micros || utc_micros >= offset_.until_micros) {
    offset_ = zone_.offset_at(utc_micros);
  }
  const LocalTime local = to_local(utc_micros, offset_.seconds);
  const int64_t midnight = local.day * seconds_per_day - offset_.seconds;
  midnight_micros_ = to_micros(midnight);
  from_micros_ = std::max(offset_.from_micros, midnight_micros_);
  until_micros_ = std::min(offset_.until_micros, to_micros(midnight + seconds_per_day));
  // On the first day of all, the hour cannot be counted from a midnight that int64_t does not hold.
  if (midnight_micros_ == least_micros) until_micros_ = from_micros_;
  day_ = local.day;
  month_ = local.month;
  return local;
}

}  // namespace subledger
