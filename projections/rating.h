// What a quantity costs: the formula f of domain section 6, exact until its one rounding. Not which rate
// applies, and not what was paid before.
#pragma once

#include <cstdint>

#include "projections/catalog.h"

namespace subledger {

/// Quantities of a scope are at most this; above it an event is `amount_overflow` (domain 6).
inline constexpr uint64_t quantity_limit = uint64_t{1} << 53;

/// An amount in millionths before the one rounding: numerator / denominator, both exact.
struct ExactAmount {
  Int128 numerator = 0;
  Int128 denominator = 1;  ///< > 0
};

/// f before rounding and after the cap. Requires quantity ≤ quantity_limit: then nothing leaves 128 bits,
/// since prices are ≤ 10^12 millionths, Σ ceil(portion / increment) × increment < 2^54 and the common unit is
/// ≤ 2^32 (domain 7).
ExactAmount exact_amount(const Rate& rate, uint64_t quantity);

/// Rounds an amount ≥ 0 to a multiple of 10^(6 - decimals) millionths. The result may be beyond 64 bits.
Int128 round_amount(const ExactAmount& amount, Rounding rounding);

/// f in millionths: exact_amount, rounded once by the rate's own rounding.
Int128 price_of(const Rate& rate, uint64_t quantity);

}  // namespace subledger
