// An instant as microseconds since 1970-01-01T00:00:00Z, and its RFC 3339 text. No clock and no time zone
// here.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace subledger {

struct Timestamp {
  int64_t micros = 0;

  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
};

inline constexpr int64_t micros_per_second = 1'000'000;
inline constexpr int64_t micros_per_day = 86'400 * micros_per_second;
/// 2000-01-01T00:00:00Z, before which no event is taken (domain 8, step 7).
inline constexpr Timestamp earliest_event_time{946'684'800 * micros_per_second};

/// Reads RFC 3339 with capital T, 'Z' or a numeric offset, at most 6 fraction digits, no 24:00, no :60
/// (interfaces 2). nullopt: another form, or a day that the calendar does not have.
std::optional<Timestamp> parse_time(std::string_view text);

/// Appends UTC with 'Z', the fraction without trailing zeros and absent when 0. Years beyond 9999 keep all
/// digits.
void append_time(std::string& out, Timestamp time);
std::string format_time(Timestamp time);

}  // namespace subledger
