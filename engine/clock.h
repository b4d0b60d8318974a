// The time by which a lane waits and closes chunks; tests that step a lane give their own. No result depends
// on it.
#pragma once

#include <cstdint>

namespace subledger {

class Clock {
 public:
  virtual ~Clock() = default;
  /// From any beginning; never falls.
  virtual int64_t now_ms() = 0;
  virtual void sleep_ms(int64_t ms) = 0;
};

/// The machine's. Thread-safe.
Clock& machine_clock();

}  // namespace subledger
