// A log in memory: the ports of engine/ports.h with atomic transactions, fencing, gaps in the offsets and
// faults on demand. The object is the broker: it outlives the engines that a test starts and kills on it. Not
// here: time-outs, delays, durability.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/ports.h"

namespace subledger {

struct MemoryLogOptions {
  int32_t partitions = 0;  ///< 0: the topics have to be created first
  std::string identity = "memory-log";
  /// Where the recorded times of the events topic come from, in microseconds; cut to whole milliseconds.
  /// Without it a clock that advances by one millisecond per record from 2014-11-01.
  std::function<int64_t()> now_micros;
  /// Skips an offset at the end of each transaction in each partition it wrote to, as Kafka's control records
  /// do, and those of the records of an aborted one.
  bool offset_gaps = false;
};

/// The steps that can be made to fail.
enum class MemoryStep : uint8_t { reset, begin, produce, commit, abort, committed, poll };

/// A record as the log keeps it; owns its bytes.
struct MemoryRecord {
  int64_t offset = 0;
  Timestamp timestamp;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

/// Thread-safe: ports of several lanes work at once, each port used by one thread at a time. Ports must not
/// outlive it.
///
/// Writers of the same group, instance and lane are the same transactional id: `reset` of a newer one makes
/// every step of the older one `fenced` and drops its open transaction. `reset` of the older one takes the id
/// back, as in Kafka.
///
/// What ends a transaction: any outcome of `commit` and `abort`, and any outcome but `done` of `produce`.
/// After `unknown`, `lost` and `fenced` every step but `reset` is a `fault`. `abort` without a transaction is
/// `done`.
class MemoryLog : public Log {
 public:
  explicit MemoryLog(MemoryLogOptions options);
  ~MemoryLog() override;

  Result<void> create_topics(int32_t partitions) override;
  Result<int32_t> partitions() override;
  Result<std::string> identity() override;
  Result<Committed> position_of(const std::string& group, int32_t partition) override;
  /// Partition p belongs to lane p % lanes.
  Result<LanePorts> open_lane(const LaneOptions& options) override;
  Result<std::unique_ptr<ReaderPort>> open_reader(Topic topic) override;
  Result<std::unique_ptr<WriterPort>> open_writer(bool atomic) override;

  void set_clock(std::function<int64_t()> now_micros);

  /// The next such step of any lane, after `skip` more that are left alone, ends as `outcome`. A commit that
  /// is `unknown` has happened if `committed_anyway`, otherwise it has not. Steps that give a Result give a
  /// fault: fenced for `lost` and `fenced`, else failed. Scripted faults of the same step happen in the order
  /// of the calls.
  void fail_next(MemoryStep step, StepOutcome outcome, bool committed_anyway = false, int skip = 0);
  /// How often the step was called, by all lanes together.
  int64_t calls(MemoryStep step) const;

  /// Takes the partition from its lane: `orderly` with `revoked` in that lane's next poll, otherwise with
  /// `lost`, and its commits are `lost` at once. `give` assigns it to the lane of p % lanes again.
  void take(int32_t partition, bool orderly);
  void give(int32_t partition);

  /// Everything below `offset` is gone, as by retention.
  void drop_before(Topic topic, int32_t partition, int64_t offset);

  /// An offset that no reader sees: of a control record, or of a record of an aborted transaction.
  void skip_offset(Topic topic, int32_t partition);

  /// Copies of the committed records.
  std::vector<MemoryRecord> records(Topic topic, int32_t partition) const;
  Committed committed(const std::string& group, int32_t partition) const;
  /// Sets what a group has committed, whatever it is: for tests of a damaged log.
  void set_committed(const std::string& group, int32_t partition, Committed committed);

 private:
  friend class MemorySource;
  friend class MemoryTransactions;
  friend class MemoryReader;
  friend class MemoryWriter;
  class Cursor;

  /// Records never move: views and tokens stay valid as long as the log.
  struct Stream {
    std::deque<MemoryRecord> records;
    int64_t first = 0;
    int64_t end = 0;
    int64_t last_ms = INT64_MIN;
  };
  struct PendingRecord {
    Topic topic{};
    int32_t partition = 0;
    MemoryRecord record;
  };
  struct ScriptedFault {
    StepOutcome outcome{};
    bool committed_anyway = false;
    int skip = 0;
  };
  enum class Ownership : uint8_t { held, leaving, lost, away };

  static PendingRecord copy(const NewRecord& record);
  // The rest is called with `mutex_` held.
  bool has(int32_t partition) const;
  Stream& stream(Topic topic, int32_t partition);
  const MemoryRecord* next_record(Topic topic, int32_t partition, int64_t offset);
  void append(PendingRecord&& pending);
  void append_all(std::vector<PendingRecord>&& pending);
  void skip_offsets(const std::vector<PendingRecord>& pending, bool aborted);
  std::optional<ScriptedFault> next_fault(MemoryStep step);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  MemoryLogOptions options_;
  int64_t default_now_micros_;
  std::vector<Stream> streams_;
  std::map<std::pair<std::string, int32_t>, Committed> committed_;
  std::map<std::string, int64_t> epochs_;  ///< by transactional id
  std::vector<Ownership> ownership_;
  std::map<MemoryStep, std::deque<ScriptedFault>> faults_;
  std::map<MemoryStep, int64_t> calls_;
};

}  // namespace subledger
