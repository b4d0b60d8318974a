// A lane of the engine on the embedded log: who may commit for a group, its reader, its writer.
//
// There is no rebalancing: partition p belongs to lane p % lanes of the run that took the group last. A run
// is an instance in one Log object; it takes the group once, with a number one above the last in the table
// `owners`, and from then on every step of an earlier run is `fenced`, whatever its name.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "connectors/sqlite/batch.h"
#include "connectors/sqlite/cursor.h"
#include "engine/ports.h"

namespace subledger::sqlite {

/// What the lanes of one run share. Outlives them. Thread-safe through its mutex.
struct Run {
  std::mutex mutex;
  std::string group;
  std::string instance;
  int64_t epoch = 0;                    ///< 0: the group is not taken yet
  std::map<int, int64_t> lane_serials;  ///< the latest writer of each lane; earlier ones are fenced
};

/// What a group has committed.
Result<Committed> read_position(const Connection& connection, const std::string& prefix,
                                const std::string& group, int32_t partition);

class SqliteSource : public SourcePort {
 public:
  SqliteSource(Run& run, const LaneOptions& options, const TopicSet& topics,
               std::unique_ptr<Connection> connection);

  /// The first call assigns the lane's partitions. Once another run has the group: `lost`, and a fenced
  /// fault.
  Result<std::span<const LogRecord>> poll(int timeout_ms, std::size_t records_max,
                                          OwnershipListener& listener) override;
  Result<void> seek(int32_t partition, int64_t offset) override;
  Result<OffsetRange> range(int32_t partition) override { return cursor_.range(partition); }
  std::vector<Header> headers(const LogRecord& record) override { return cursor_.headers(record); }
  bool passed(int32_t partition, int64_t end) override { return cursor_.passed(partition, end); }

 private:
  Result<void> check_owner();

  Run& run_;
  std::string prefix_;
  std::vector<int32_t> partitions_;
  bool assigned_ = false;
  Cursor cursor_;
};

class SqliteTransactions : public TransactionPort {
 public:
  /// `writing` is held by whoever writes from this process, so that its threads queue instead of polling the
  /// file.
  SqliteTransactions(Run& run, std::mutex& writing, const LaneOptions& options, TopicSet topics,
                     std::unique_ptr<Connection> connection, Clock clock);

  Result<void> reset() override;
  StepResult begin() override;
  StepResult produce(const NewRecord& record) override;
  StepResult commit(std::span<const PositionUpdate> positions) override;
  StepResult abort() override;
  Result<Committed> committed(int32_t partition) override;

 private:
  enum class State : uint8_t { needs_reset, idle, open };

  Result<void> take_group();
  /// Done, or `fenced`, or `fault` where the port is used out of turn.
  StepResult check_turn(State expected);
  StepResult check_positions(std::span<const PositionUpdate> positions);
  Result<void> write_positions(std::span<const PositionUpdate> positions);
  StepResult fenced(const std::string& instance);
  StepResult ended(StepResult result);
  StepResult failed_write(const Fault& fault);

  Run& run_;
  std::mutex& writing_;
  LaneOptions options_;
  TopicSet topics_;
  std::unique_ptr<Connection> connection_;
  Inserter inserter_;
  Batch batch_;
  State state_ = State::needs_reset;
  int64_t serial_ = 0;
};

}  // namespace subledger::sqlite
