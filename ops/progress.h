// A line on the terminal with count, rate and time left, from the second second on. Elsewhere: nothing.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace subledger::ops {

/// Thread-safe.
class Progress {
 public:
  /// `verb` and `noun` as in "reading 1,000 records". `shown` false: never.
  Progress(std::string verb, std::string noun, bool shown = true);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Clears the line.
  ~Progress();

  /// What is to be done in all, in whatever measure `add` counts; 0: not known.
  void set_total(uint64_t total) { total_ = total; }
  void add_total(uint64_t more) { total_ += more; }
  /// `count` is shown; `measure`, if the total is in another measure, is compared with the total.
  void add(uint64_t count) { add(count, count); }
  void add(uint64_t count, uint64_t measure);

  uint64_t count() const { return count_; }
  double seconds() const;
  /// Of `count` a second since the beginning, rounded.
  uint64_t rate() const;

 private:
  void draw();

  const std::string verb_;
  const std::string noun_;
  const bool shown_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::atomic<uint64_t> total_ = 0;
  std::atomic<uint64_t> count_ = 0;
  std::atomic<uint64_t> measure_ = 0;
  std::atomic<int64_t> next_draw_ms_ = 1'000;
  std::mutex drawing_;
  bool drawn_ = false;
};

/// "1.2 s", "3:04 min".
std::string duration_text(double seconds);

}  // namespace subledger::ops
