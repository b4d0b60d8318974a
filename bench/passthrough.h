// librdkafka without any state between the log and the output: the limit of what an engine on it can carry.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "bench/benches.h"

namespace subledger::bench {

/// Lanes that consume, produce and commit. They are done at the log's end as it was at the start, or go on
/// until they are stopped, then committing whenever nothing is left to read.
class Passthrough {
 public:
  /// All arguments outlive this.
  Passthrough(const PassthroughOptions& options, Committed& committed, bool until_end);
  ~Passthrough();
  Passthrough(const Passthrough&) = delete;
  Passthrough& operator=(const Passthrough&) = delete;

  /// Lanes that read by now.
  int ready() const { return ready_; }
  uint64_t transactions() const { return transactions_; }
  void stop() { stop_ = true; }
  void join();

 private:
  void work(int lane);

  const PassthroughOptions& options_;
  Committed& committed_;
  const bool until_end_;
  std::atomic<bool> stop_{false};
  std::atomic<int> ready_{0};
  std::atomic<uint64_t> transactions_{0};
  std::vector<std::thread> threads_;
};

}  // namespace subledger::bench
