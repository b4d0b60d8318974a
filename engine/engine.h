// The engine: lanes that carry the partitions of a log through the fold, each partition exactly once.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "engine/ports.h"
#include "engine/rollup_fill.h"
#include "engine/store.h"
#include "events/result.h"

namespace subledger {

struct EngineOptions {
  std::string group = "subledger";
  std::string instance;  ///< its static member and transactional id begin with it
  int lanes = 1;
  std::size_t chunk_records = 20'000;
  std::size_t chunk_bytes = 16 * 1024 * 1024;    ///< of output records
  int chunk_ms = 100;                            ///< a chunk under load closes at this age
  std::size_t persist_bytes = 64 * 1024 * 1024;  ///< of committed rows of a lane that wait for the stores
  int persist_ms = 5'000;
  std::size_t accounts_max = 1'000'000;  ///< kept in memory by a lane's partitions together
  bool until_end = false;                ///< stop once everything present at the start is applied
  bool threaded_commit = true;
};

/// Told what happens, for logs and progress; called from the lanes' threads, which implementations must
/// allow.
class EngineObserver {
 public:
  virtual ~EngineObserver() = default;
  virtual void partition_ready(int32_t partition, int64_t store_position, int64_t log_position) = 0;
  virtual void partition_released(int32_t partition) = 0;
  /// The partition is not processed any more; others go on. `why` says what to do; its kind is
  /// unreachable or full where the store is.
  virtual void partition_stopped(int32_t partition, const Fault& why) = 0;
  /// The group has committed nothing, but the outputs tell that the input below `position` was processed:
  /// nothing of it is emitted again.
  virtual void position_found(int32_t partition, int64_t position) = 0;
  /// Trouble that is being retried.
  virtual void waiting(int lane, const std::string& why) = 0;
  virtual void chunk_committed(int lane, uint64_t records, uint64_t outputs) = 0;
  /// Records that the partitions still have before them at the start of `--until-end`.
  virtual void backlog(int32_t partition, int64_t records) = 0;
  virtual void replayed(int32_t partition, uint64_t records) = 0;
  /// A portion of a roll-up that the partition's store lacked was added.
  virtual void rollup_filled(int32_t partition, const RollupProgress& progress) {
    (void)partition, (void)progress;
  }
};

struct EngineReport {
  uint64_t records = 0;  ///< input records committed
  uint64_t outputs = 0;
  int stopped_partitions = 0;
};

/// Runs until `stop` is set (chunks under way are finished and persisted), until the end (until_end), or
/// until no partition is left to process. What the log will not take stops the partition it comes from, and
/// the others go on; a fault of the log itself ends all. Fault kinds: fenced when another instance took over;
/// unreachable for the log; failed for options without a lane or a record.
Result<EngineReport> run_engine(Log& log, StoreFactory& stores, const EngineOptions& options,
                                EngineObserver& observer, const std::atomic<bool>& stop);

}  // namespace subledger
