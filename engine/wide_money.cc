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

std::string format_wide_integer(Int128 number) {
  std::string digits = reversed_digits(number, 1);
  if (number < 0) digits += '-';
  std::ranges::reverse(digits);
  return digits;
}

}  // namespace subledger
