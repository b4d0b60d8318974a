// Sums of money: of more records than 64 bits may hold.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "projections/int128.h"

namespace subledger {

/// Millionths as a decimal string with 2 to 6 decimals, as single amounts are written (interfaces 2).
std::string format_wide_money(Int128 micros);

/// Reads what format_wide_money wrote. nullopt: another form.
std::optional<Int128> parse_wide_money(std::string_view text);

/// Decimal digits, with '-' below 0.
std::string format_wide_integer(Int128 number);

}  // namespace subledger
