// RFC 3339 text to and from instants, by the proleptic Gregorian calendar.
#include "events/time.h"

#include <date/date.h>

namespace subledger {
namespace {

/// Reads exactly `width` digits at `position` and moves it past them; -1: not digits.
int take_digits(std::string_view text, std::size_t& position, std::size_t width) {
  if (position + width > text.size()) return -1;
  int value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    const char c = text[position + i];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  position += width;
  return value;
}

bool take(std::string_view text, std::size_t& position, char expected) {
  if (position >= text.size() || text[position] != expected) return false;
  ++position;
  return true;
}

/// A fraction of 1 to 6 digits as microseconds; 0 without one; -1: malformed.
int64_t take_fraction(std::string_view text, std::size_t& position) {
  if (!take(text, position, '.')) return 0;
  int64_t micros = 0;
  std::size_t digits = 0;
  while (position < text.size() && text[position] >= '0' && text[position] <= '9') {
    if (++digits > 6) return -1;
    micros = micros * 10 + (text[position++] - '0');
  }
  if (digits == 0) return -1;
  for (; digits < 6; ++digits) micros *= 10;
  return micros;
}

/// Seconds east of UTC; nullopt: malformed.
std::optional<int64_t> take_offset(std::string_view text, std::size_t& position) {
  if (take(text, position, 'Z')) return 0;
  const bool west = take(text, position, '-');
  if (!west && !take(text, position, '+')) return std::nullopt;
  const int hours = take_digits(text, position, 2);
  if (hours < 0 || hours > 23 || !take(text, position, ':')) return std::nullopt;
  const int minutes = take_digits(text, position, 2);
  if (minutes < 0 || minutes > 59) return std::nullopt;
  const int64_t seconds = (hours * 60 + minutes) * 60;
  return west ? -seconds : seconds;
}

/// At least four digits, after a '-' for years before 0.
void append_year(std::string& out, int64_t year) {
  if (year < 0) out += '-';
  const std::string digits = std::to_string(year < 0 ? -year : year);
  if (digits.size() < 4) out.append(4 - digits.size(), '0');
  out += digits;
}

void append_two(std::string& out, char separator, unsigned value) {
  out += separator;
  out += static_cast<char>('0' + value / 10);
  out += static_cast<char>('0' + value % 10);
}

}  // namespace

std::optional<Timestamp> parse_time(std::string_view text) {
  std::size_t at = 0;
  const int year = take_digits(text, at, 4);
  if (year < 0 || !take(text, at, '-')) return std::nullopt;
  const int month = take_digits(text, at, 2);
  if (month < 0 || !take(text, at, '-')) return std::nullopt;
  const int day = take_digits(text, at, 2);
  if (day < 0 || !take(text, at, 'T')) return std::nullopt;
  const date::year_month_day date{date::year(year), date::month(static_cast<unsigned>(month)),
                                  date::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const int hour = take_digits(text, at, 2);
  if (hour < 0 || hour > 23 || !take(text, at, ':')) return std::nullopt;
  const int minute = take_digits(text, at, 2);
  if (minute < 0 || minute > 59 || !take(text, at, ':')) return std::nullopt;
  const int second = take_digits(text, at, 2);
  if (second < 0 || second > 59) return std::nullopt;
  const int64_t fraction = take_fraction(text, at);
  if (fraction < 0) return std::nullopt;
  const std::optional<int64_t> offset = take_offset(text, at);
  if (!offset || at != text.size()) return std::nullopt;
  const int64_t days = date::sys_days(date).time_since_epoch().count();
  const int64_t seconds = days * 86'400 + (hour * 60 + minute) * 60 + second - *offset;
  return Timestamp{seconds * micros_per_second + fraction};
}

void append_time(std::string& out, Timestamp time) {
  int64_t days = time.micros / micros_per_day;
  int64_t rest = time.micros % micros_per_day;
  if (rest < 0) {
    rest += micros_per_day;
    --days;
  }
  // The calendar's years are 16 bits; 2^63 microseconds reach further. 400 years have exactly 146,097 days.
  constexpr int64_t cycle_days = 146'097;
  const int64_t cycles = days / cycle_days;
  const date::year_month_day date{date::sys_days(date::days(days - cycles * cycle_days))};
  const int64_t seconds = rest / micros_per_second;
  append_year(out, static_cast<int>(date.year()) + cycles * 400);
  append_two(out, '-', static_cast<unsigned>(date.month()));
  append_two(out, '-', static_cast<unsigned>(date.day()));
  append_two(out, 'T', static_cast<unsigned>(seconds / 3600));
  append_two(out, ':', static_cast<unsigned>(seconds / 60 % 60));
  append_two(out, ':', static_cast<unsigned>(seconds % 60));
  int64_t fraction = rest % micros_per_second;
  if (fraction != 0) {
    out += '.';
    for (int64_t place = 100'000; fraction != 0; place /= 10) {
      out += static_cast<char>('0' + fraction / place);
      fraction %= place;
    }
  }
  out += 'Z';
}

std::string format_time(Timestamp time) {
  std::string out;
  append_time(out, time);
  return out;
}

}  // namespace subledger
