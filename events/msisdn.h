// A subscriber's number: E.164 without '+', 7 to 15 digits, the first not 0 (domain 2). Not a check that it
// is assigned.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace subledger {

/// The digits read as a decimal number: no leading zero, so text and number determine each other.
struct Msisdn {
  uint64_t number = 0;

  friend constexpr auto operator<=>(Msisdn, Msisdn) = default;
};

/// For tables: neighbouring numbers are spread.
struct HashMsisdn {
  std::size_t operator()(Msisdn subscriber) const { return (subscriber.number * 0x9e3779b97f4a7c15U) >> 17; }
};

/// nullopt: not an MSISDN.
constexpr std::optional<Msisdn> parse_msisdn(std::string_view text) {
  if (text.size() < 7 || text.size() > 15 || text.front() == '0') return std::nullopt;
  uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<uint64_t>(c - '0');
  }
  return Msisdn{number};
}

inline std::string format_msisdn(Msisdn subscriber) { return std::to_string(subscriber.number); }

/// For log lines: the last three digits only (invariant I10).
inline std::string masked_msisdn(Msisdn subscriber) {
  const std::string digits = format_msisdn(subscriber);
  return "..." + digits.substr(digits.size() < 3 ? 0 : digits.size() - 3);
}

}  // namespace subledger
