// Sums of money: of more records than 64 bits may hold.
#pragma once

#include <string>

#include "projections/int128.h"

namespace subledger {

/// Millionths as a decimal string with 2 to 6 decimals, as single amounts are written (interfaces 2).
std::string format_wide_money(Int128 micros);

/// Decimal digits, with '-' below 0.
std::string format_wide_integer(Int128 number);

}  // namespace subledger
