// The end of patience: a stop that was asked for ends the program in time, whatever does not answer.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace subledger::ops {

/// While it lives, a stop may take 10 s from when it is asked for. Then the program ends as if it were
/// killed, with exit code 1 and a word about it: calls of a library that wait for a silent broker cannot be
/// called off.
class StopLimit {
 public:
  /// `stop` outlives this.
  explicit StopLimit(const std::atomic<bool>& stop);
  ~StopLimit();
  StopLimit(const StopLimit&) = delete;
  StopLimit& operator=(const StopLimit&) = delete;

 private:
  void watch();
  /// True: this is about to be destroyed.
  bool over_within(std::chrono::milliseconds time);

  const std::atomic<bool>& stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace subledger::ops
