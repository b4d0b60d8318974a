#include "engine/wide_money.h"

#include <algorithm>

namespace subledger {
namespace {

/// Of the absolute value, the last digit first, at least `size_min` of them.
std::string reversed_digits(Int128 number, std::size_t size_min) {
  Uint128 left = number < 0 ? -static_cast<Uint128>(number) : static_cast<Uint128>(number);
  std::string digits;
  for (; left > 0 || digits.size() < size_min; left /= 10) digits += static_cast<char>('0' + left % 10);
  return digits;
}

}  // namespace

std::string format_wide_money(Int128 micros) {
  constexpr std::size_t decimals = 6;
  constexpr std::size_t decimals_min = 2;
  std::string digits = reversed_digits(micros, decimals + 1);
  std::size_t trailing = 0;
  while (trailing < decimals - decimals_min && digits[trailing] == '0') ++trailing;
  digits.insert(decimals, 1, '.');
  digits.erase(0, trailing);
  if (micros < 0) digits += '-';
  std::ranges::reverse(digits);
  return digits;
}

std::optional<Int128> parse_wide_money(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  constexpr std::size_t size_max = 37;  // 10^37 is below 2^127
  if (point == std::string_view::npos || text.size() > size_max) return std::nullopt;
  const std::size_t decimals = text.size() - point - 1;
  if (point == 0 || decimals < 2 || decimals > 6) return std::nullopt;
  Int128 micros = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == point) continue;
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    micros = micros * 10 + (text[i] - '0');
  }
  for (std::size_t i = decimals; i < 6; ++i) micros *= 10;
  return negative ? -micros : micros;
}

std::string format_wide_integer(Int128 number) {
  std::string digits = reversed_digits(number, 1);
  if (number < 0) digits += '-';
  std::ranges::reverse(digits);
  return digits;
}

}  // namespace subledger
