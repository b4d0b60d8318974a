// Who watches a lane on a failing disk: the clock that it sees and what it tells.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "engine/clock.h"
#include "engine/engine.h"
#include "engine/lane.h"

namespace subledger::test {

/// What came of a run.
struct RunOutcome {
  std::optional<Fault> stopped;  ///< why the partition is not processed any more
  std::optional<Fault> ended;    ///< why the lane ended
  int waits = 0;
};

/// Stops the lane at the end of the log or when its partition has stopped, and lets waiting pass at once.
class Watch : public Clock, public EngineObserver {
 public:
  Watch(const std::function<void(int)>& on_wait, bool sleeps) : on_wait_(on_wait), sleeps_(sleeps) {}

  int64_t now_ms() override {
    if (outcome.stopped || (status.assigned && status.at_end)) stop = true;
    return ++now_ms_;
  }
  void sleep_ms(int64_t ms) override {
    now_ms_ += ms;
    if (sleeps_) std::this_thread::sleep_for(std::chrono::milliseconds(ms) / 10);
  }

  void partition_ready(int32_t, int64_t, int64_t) override {}
  void partition_released(int32_t) override {}
  void partition_stopped(int32_t, const Fault& why) override { outcome.stopped = why; }
  void position_found(int32_t, int64_t) override {}
  void waiting(int, const std::string&) override {
    ++outcome.waits;
    if (on_wait_) on_wait_(outcome.waits);
  }
  void chunk_committed(int, uint64_t, uint64_t) override {}
  void backlog(int32_t, int64_t) override {}
  void replayed(int32_t, uint64_t) override {}

  LaneStatus status;
  std::atomic<bool> stop{false};
  RunOutcome outcome;

 private:
  const std::function<void(int)>& on_wait_;
  bool sleeps_;
  int64_t now_ms_ = 0;
};

}  // namespace subledger::test
