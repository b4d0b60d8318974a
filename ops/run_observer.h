// What the engine tells, as log lines and as progress.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "engine/engine.h"
#include "ops/progress.h"

namespace subledger::ops {

/// Thread-safe, as the engine's lanes need it.
class RunObserver : public EngineObserver {
 public:
  /// `show_progress` only where there is an end to be reached.
  explicit RunObserver(bool show_progress) : progress_("applying", "record", show_progress) {}

  void partition_ready(int32_t partition, int64_t store_position, int64_t log_position) override;
  void partition_released(int32_t partition) override;
  void partition_stopped(int32_t partition, const Fault& why) override;
  void position_found(int32_t partition, int64_t position) override;
  void waiting(int lane, const std::string& why) override;
  void chunk_committed(int lane, uint64_t records, uint64_t outputs) override;
  void backlog(int32_t partition, int64_t records) override;
  void replayed(int32_t partition, uint64_t records) override;
  void rollup_filled(int32_t partition, const RollupProgress& progress) override;

  const Progress& progress() const { return progress_; }
  /// By partition, why. After the engine has ended.
  const std::map<int32_t, Fault>& stopped() const { return stopped_; }

 private:
  Progress progress_;
  std::mutex mutex_;
  std::map<int32_t, Fault> stopped_;
  std::map<int32_t, uint64_t> replayed_;  ///< since the partition was last taken over
  std::map<int32_t, uint64_t> filled_;    ///< percent of the roll-up under way that were told
};

}  // namespace subledger::ops
