// Who runs next, and what time it is. Lanes are fibers; each call of a port is a place where others may go
// on, and where the process may die. Time is a number that this advances.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/clock.h"
#include "tests/simulation/fiber.h"
#include "tests/simulation/random.h"

namespace subledger::simulation {

/// What a seed lets happen, each with a rate of its own. The names are printed with their counts.
enum class Mishap : uint8_t {
  crash,
  stall,
  orderly_stop,
  namesake,
  rebalance,
  expelled,
  request_failed,
  request_unanswered,
  commit_request_lost,
  commit_reply_lost,
  commit_delayed,
  commit_duplicated,
  slow_completion,
  reset_unanswered,
  log_unreachable,
  disk_full,
  write_failed,
  flush_failed,
  read_failed,
  store_removed,
  input_aborted,
  chunk_refused,
  positions_expired,
};
inline constexpr std::size_t mishap_count = 23;
const char* mishap_name(Mishap mishap);

struct Mishaps {
  std::array<int, mishap_count> rates{};  ///< per 100,000 occasions
  std::array<uint64_t, mishap_count> counts{};
  bool allowed = true;

  bool strikes(Mishap mishap, Random& random);
};

/// Unwinds the fibers of a process that died.
struct Crash {};

/// A process as the machine sees it.
struct Life {
  bool dead = false;
  int64_t stalled_until_ms = 0;
};

class Schedule : public Clock {
 public:
  Schedule(Random& random, Mishaps& mishaps) : random_(random), mishaps_(mishaps) {}

  /// `life` outlives the task.
  void start(Life& life, std::function<void()> work);
  /// Goes on with some task that can; lets time pass where none can.
  void step();
  /// Unwinds every task of a dead process, and forgets those that are done.
  void bury(const Life& life);
  bool running(const Life& life) const;
  /// The next thing that happens by itself; time does not jump over it.
  std::function<int64_t()> next_event_ms;

  // From within tasks.
  int64_t now_ms() override { return now_ms_; }
  int64_t present_ms() const { return now_ms_; }
  void sleep_ms(int64_t ms) override;
  /// A place where the process may die and others may go on.
  void pause(int yield_per_mille = 300);

  uint64_t steps() const { return steps_; }

 private:
  struct Task {
    Life* life = nullptr;
    std::unique_ptr<Fiber> fiber;
    int64_t wakes_ms = 0;
  };

  int64_t ready_ms(const Task& task) const;
  void yield();

  Random& random_;
  Mishaps& mishaps_;
  std::vector<std::unique_ptr<Task>> tasks_;
  Task* present_ = nullptr;
  int64_t now_ms_ = 1'000;
  uint64_t steps_ = 0;
};

}  // namespace subledger::simulation
