// Ranks by Zipf's law without a table: rejection-inversion (W. Hörmann and G. Derflinger,
// "Rejection-inversion to generate variates from monotone discrete distributions", 1996), as fast for 10
// million ranks as for ten.
#pragma once

#include <cstdint>
#include <optional>

namespace subledger {

class Zipf {
 public:
  /// Ranks 1 to `count` (>= 1), rank k as often as k^-exponent says; `exponent` > 0.
  Zipf(uint32_t count, double exponent);

  /// One trial by a uniform number in [0, 1); nullopt: another number is needed, less than once in ten.
  std::optional<uint32_t> trial(double uniform) const;

 private:
  double area(double rank) const;
  double rank_at(double area) const;
  double density(double rank) const;

  uint32_t count_;
  double exponent_;
  double area_first_;
  double area_last_;
  double shortcut_;
};

}  // namespace subledger
