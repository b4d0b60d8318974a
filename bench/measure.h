// What the measures share: faults that end the program, the clock over committed records, quantiles, memory.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace subledger::bench {

/// What a run says, in the order in which it was said: one line of JSON.
using Report = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

/// Ends the program with exit code 1.
[[noreturn]] void give_up(const std::string& message);

/// The value, or the end of the program with the fault's message.
template <class Value, class Error>
Value must(tl::expected<Value, Error> result) {
  if (!result) give_up(result.error().message);
  if constexpr (!std::is_void_v<Value>) return *std::move(result);
}

double seconds_between(Clock::time_point begin, Clock::time_point end);

/// Counts records as they are committed. Its clock starts at the first commit that reaches `warm` records, so
/// that joining a group, opening stores and loading classes are in `seconds_in_all` only. Any thread.
class Committed {
 public:
  explicit Committed(uint64_t warm) : warm_(warm) {}

  void add(uint64_t records);
  uint64_t records() const;
  /// Stops both clocks; adds `records`, `seconds`, `events_per_second` and `seconds_in_all`.
  void finish(Report& report);

 private:
  const uint64_t warm_;
  const Clock::time_point made_ = Clock::now();
  mutable std::mutex mutex_;
  uint64_t records_ = 0;
  uint64_t records_before_ = 0;
  Clock::time_point begun_{};
};

/// Adds `<name>_per_second` and `<name>_ns` of work done at once, without a warm part.
void add_rate(Report& report, const std::string& name, uint64_t count, double seconds);

/// Adds p50, p99, p99.9 and the maximum of milliseconds.
void add_quantiles(Report& report, std::vector<double> values);

/// Of this process so far, in bytes.
uint64_t peak_memory();

/// Of all files below a directory, in bytes.
uint64_t directory_bytes(const std::string& directory);

}  // namespace subledger::bench
