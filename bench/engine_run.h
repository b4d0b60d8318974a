// One run of the engine, watched.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "bench/benches.h"
#include "engine/engine.h"

namespace subledger::bench {

/// Counts what the engine's lanes say; a partition that stops ends the program. One run each.
class WatchedRun final : public EngineObserver {
 public:
  /// What `committed`, which outlives this, is told of: chunks committed, or records replayed.
  enum class Counts { chunks, replayed };
  WatchedRun(Committed& committed, Counts counts) : committed_(committed), counts_(counts) {}

  /// Returns when the engine has ended, its stores closed.
  void run(const EngineRunOptions& options, bool until_end, const std::atomic<bool>& stop);

  uint64_t transactions() const { return transactions_; }
  /// Partitions that have become ready so far.
  int ready() const { return ready_; }

  void partition_ready(int32_t partition, int64_t store_position, int64_t log_position) override;
  void partition_released(int32_t) override {}
  void partition_stopped(int32_t partition, const Fault& why) override;
  void position_found(int32_t partition, int64_t position) override;
  void waiting(int lane, const std::string& why) override;
  void chunk_committed(int lane, uint64_t records, uint64_t outputs) override;
  void backlog(int32_t, int64_t) override {}
  void replayed(int32_t partition, uint64_t records) override;

 private:
  Committed& committed_;
  const Counts counts_;
  std::atomic<uint64_t> transactions_{0};
  std::atomic<int> ready_{0};
  std::mutex mutex_;
  std::map<int32_t, uint64_t> replayed_;  // records so far
};

}  // namespace subledger::bench
