// Money to and from decimal text, in integers only.
#include "events/money.h"

#include <charconv>

namespace subledger {
namespace {

constexpr std::size_t decimals_max = 6;
constexpr std::size_t decimals_shown = 2;
constexpr uint64_t micros_per_unit = 1'000'000;

bool all_digits(std::string_view text) {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return !text.empty();
}

uint64_t magnitude_of(Money money) {
  const auto bits = static_cast<uint64_t>(money.micros);
  return money.micros < 0 ? ~bits + 1 : bits;
}

}  // namespace

std::optional<Money> parse_money(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? "" : text.substr(point + 1);
  if (!all_digits(whole) || (whole.size() > 1 && whole.front() == '0')) return std::nullopt;
  if (point != std::string_view::npos && (!all_digits(fraction) || fraction.size() > decimals_max)) {
    return std::nullopt;
  }
  uint64_t units = 0;
  const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), units);
  if (error != std::errc() || end != whole.data() + whole.size()) return std::nullopt;
  uint64_t micros = 0;
  for (std::size_t i = 0; i < decimals_max; ++i) {
    micros = micros * 10 + (i < fraction.size() ? static_cast<uint64_t>(fraction[i] - '0') : 0);
  }
  const uint64_t max = static_cast<uint64_t>(INT64_MAX) + (negative ? 1 : 0);
  if (units > max / micros_per_unit || units * micros_per_unit > max - micros) return std::nullopt;
  const uint64_t magnitude = units * micros_per_unit + micros;
  if (negative && magnitude == 0) return std::nullopt;
  return Money{static_cast<int64_t>(negative ? ~magnitude + 1 : magnitude)};
}

void append_money(std::string& out, Money money) {
  const uint64_t magnitude = magnitude_of(money);
  if (money.micros < 0) out += '-';
  out += std::to_string(magnitude / micros_per_unit);
  char fraction[decimals_max];
  uint64_t rest = magnitude % micros_per_unit;
  for (std::size_t i = decimals_max; i-- > 0;) {
    fraction[i] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  std::size_t shown = decimals_max;
  while (shown > decimals_shown && fraction[shown - 1] == '0') --shown;
  out += '.';
  out.append(fraction, shown);
}

std::string format_money(Money money) {
  std::string out;
  append_money(out, money);
  return out;
}

}  // namespace subledger
