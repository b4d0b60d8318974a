#include "bench/zipf.h"

#include <algorithm>
#include <cmath>

namespace subledger {
namespace {

constexpr double near_zero = 1e-8;

/// ln(1 + x) / x and (e^x - 1) / x, with their limits at 0.
double log_ratio(double x) { return std::abs(x) > near_zero ? std::log1p(x) / x : 1 - x / 2; }
double exp_ratio(double x) { return std::abs(x) > near_zero ? std::expm1(x) / x : 1 + x / 2; }

}  // namespace

Zipf::Zipf(uint32_t count, double exponent)
    : count_(count),
      exponent_(exponent),
      area_first_(area(1.5) - 1),
      area_last_(area(count + 0.5)),
      shortcut_(2 - rank_at(area(2.5) - density(2))) {}

double Zipf::area(double rank) const {
  const double log_rank = std::log(rank);
  return exp_ratio((1 - exponent_) * log_rank) * log_rank;
}

double Zipf::rank_at(double area) const {
  const double scaled = std::max(area * (1 - exponent_), -1.0);
  return std::exp(log_ratio(scaled) * area);
}

double Zipf::density(double rank) const { return std::exp(-exponent_ * std::log(rank)); }

std::optional<uint32_t> Zipf::trial(double uniform) const {
  const double at = area_last_ + uniform * (area_first_ - area_last_);
  const double exact = rank_at(at);
  const double rank = std::clamp(std::floor(exact + 0.5), 1.0, static_cast<double>(count_));
  if (rank - exact > shortcut_ && at < area(rank + 0.5) - density(rank)) return std::nullopt;
  return static_cast<uint32_t>(rank);
}

}  // namespace subledger
