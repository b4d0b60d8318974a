#include "tests/simulation/schedule.h"

#include <algorithm>
#include <utility>

#include "events/check.h"

namespace subledger::simulation {
namespace {

constexpr int64_t idle_ms_max = 1'000;

}  // namespace

const char* mishap_name(Mishap mishap) {
  constexpr std::array<const char*, mishap_count> names{"crash",
                                                        "stall",
                                                        "orderly stop",
                                                        "namesake",
                                                        "rebalance",
                                                        "expelled from the group",
                                                        "request failed",
                                                        "request unanswered",
                                                        "commit lost",
                                                        "commit's answer lost",
                                                        "commit delayed",
                                                        "commit duplicated",
                                                        "slow completion",
                                                        "reset unanswered",
                                                        "log unreachable",
                                                        "disk full",
                                                        "write failed",
                                                        "flush failed",
                                                        "read failed",
                                                        "store removed",
                                                        "input aborted",
                                                        "chunk refused",
                                                        "positions expired"};
  return names[static_cast<std::size_t>(mishap)];
}

bool Mishaps::strikes(Mishap mishap, Random& random) {
  const auto index = static_cast<std::size_t>(mishap);
  if (!allowed || random.below(100'000) >= rates[index]) return false;
  ++counts[index];
  return true;
}

void Schedule::start(Life& life, std::function<void()> work) {
  auto task = std::make_unique<Task>();
  task->life = &life;
  task->fiber = std::make_unique<Fiber>(std::move(work));
  task->wakes_ms = now_ms_;
  tasks_.push_back(std::move(task));
}

int64_t Schedule::ready_ms(const Task& task) const {
  return std::max(task.wakes_ms, task.life->stalled_until_ms);
}

void Schedule::step() {
  ++steps_;
  std::vector<Task*> ready;
  int64_t next_ms = std::min(now_ms_ + idle_ms_max, next_event_ms());
  for (const auto& task : tasks_) {
    if (ready_ms(*task) <= now_ms_) ready.push_back(task.get());
    next_ms = std::min(next_ms, ready_ms(*task));
  }
  if (ready.empty()) {
    now_ms_ = std::max(now_ms_ + 1, next_ms);
    return;
  }
  now_ms_ += random_.coin() ? 1 : 0;
  present_ = random_.pick(ready);
  present_->fiber->resume();
  present_ = nullptr;
  std::erase_if(tasks_, [](const auto& task) { return task->fiber->done(); });
}

void Schedule::bury(const Life& life) {
  CHECK(life.dead);
  for (const auto& task : tasks_) {
    if (task->life != &life) continue;
    present_ = task.get();
    if (!task->fiber->done()) task->fiber->resume();
    CHECK(task->fiber->done());
  }
  present_ = nullptr;
  std::erase_if(tasks_, [&](const auto& task) { return task->life == &life; });
}

bool Schedule::running(const Life& life) const {
  return std::any_of(tasks_.begin(), tasks_.end(), [&](const auto& task) { return task->life == &life; });
}

void Schedule::yield() {
  Task& task = *present_;
  Fiber::pause();
  if (task.life->dead) throw Crash();
}

void Schedule::sleep_ms(int64_t ms) {
  present_->wakes_ms = now_ms_ + ms;
  yield();
}

void Schedule::pause(int yield_per_mille) {
  if (present_ == nullptr) return;
  if (present_->life->dead) throw Crash();
  if (mishaps_.strikes(Mishap::crash, random_)) {
    present_->life->dead = true;
    throw Crash();
  }
  if (mishaps_.strikes(Mishap::stall, random_)) {
    present_->life->stalled_until_ms = now_ms_ + random_.between<int64_t>(1, 60'000);
    yield();
  } else if (random_.chance(yield_per_mille)) {
    yield();
  }
}

}  // namespace subledger::simulation
