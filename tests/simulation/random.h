// All chance of a run: one seed, one sequence, the same on every machine.
#pragma once

#include <cstddef>
#include <cstdint>

namespace subledger::simulation {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U + 0x2545F4914F6CDD1DU) {}

  /// SplitMix64.
  uint64_t next() {
    uint64_t mixed = state_ += 0x9E3779B97F4A7C15U;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31);
  }
  /// From 0 to `bound` - 1; `bound` ≥ 1.
  template <class Number>
  Number below(Number bound) {
    return static_cast<Number>(next() % static_cast<uint64_t>(bound));
  }
  /// From `first` to `last`.
  template <class Number>
  Number between(Number first, Number last) {
    return static_cast<Number>(first + below(static_cast<Number>(last - first + 1)));
  }
  bool chance(int per_mille) { return below(1'000) < per_mille; }
  bool coin() { return below(2) == 0; }
  template <class Container>
  auto& pick(Container& from) {
    return from[below(from.size())];
  }

 private:
  uint64_t state_;
};

}  // namespace subledger::simulation
