// Hand-over of chunks between a lane and its commit thread.
#include "engine/committer.h"

#include <chrono>
#include <utility>

#include "events/check.h"

namespace subledger {

Committer::Committer(TransactionPort& log, CommitPolicy policy, bool threaded)
    : log_(log), policy_(std::move(policy)), threaded_(threaded) {
  if (threaded_) thread_ = std::thread([this] { work(); });
}

Committer::~Committer() {
  if (!threaded_) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Committer::submit(std::unique_ptr<OutgoingChunk> chunk) {
  CHECK(!under_way_);
  under_way_ = true;
  if (!threaded_) {
    CommitResult result = commit_chunk(log_, *chunk, policy_);
    finished_ = Finished{std::move(chunk), std::move(result)};
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    waiting_ = std::move(chunk);
  }
  changed_.notify_all();
}

std::optional<Committer::Finished> Committer::take(int timeout_ms) {
  if (!under_way_) return std::nullopt;
  std::unique_lock lock(mutex_);
  const auto ready = [this] { return finished_.has_value(); };
  if (timeout_ms < 0) {
    changed_.wait(lock, ready);
  } else if (!changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms), ready)) {
    return std::nullopt;
  }
  under_way_ = false;
  return std::exchange(finished_, std::nullopt);
}

void Committer::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || waiting_ != nullptr; });
    if (waiting_ == nullptr) return;
    std::unique_ptr<OutgoingChunk> chunk = std::move(waiting_);
    lock.unlock();
    CommitResult result = commit_chunk(log_, *chunk, policy_);
    lock.lock();
    finished_ = Finished{std::move(chunk), std::move(result)};
    changed_.notify_all();
  }
}

}  // namespace subledger
