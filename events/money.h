// An amount of money as a signed count of millionths of the currency unit. Not a currency, not a rounding
// rule.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace subledger {

/// Rule: domain 7. Amounts and balances stay within ±10^15 millionths; sums of two such never wrap.
struct Money {
  int64_t micros = 0;

  friend constexpr auto operator<=>(Money, Money) = default;
  friend constexpr Money operator+(Money a, Money b) { return {a.micros + b.micros}; }
  friend constexpr Money operator-(Money a, Money b) { return {a.micros - b.micros}; }
  friend constexpr Money operator-(Money a) { return {-a.micros}; }
};

inline constexpr Money money_limit{1'000'000'000'000'000};

constexpr bool within_limit(Money m) { return m <= money_limit && m >= -money_limit; }

/// Reads a decimal string: optional '-', digits without a leading zero, up to 6 decimals (interfaces 2).
/// nullopt: another form, "-0", or outside 64 bits.
std::optional<Money> parse_money(std::string_view text);

/// Appends the text with 2 to 6 decimals and no further trailing zeros (interfaces 2).
void append_money(std::string& out, Money money);
std::string format_money(Money money);

}  // namespace subledger
