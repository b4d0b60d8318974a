// What the engine needs from the world: a partitioned log with transactions, and a store of rows. Connectors
// implement these for Kafka, SQLite and RocksDB; tests implement them in memory. No rule of the domain is
// known here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/records.h"
#include "events/result.h"

namespace subledger {

enum class Topic : uint8_t { events, charges, access, rejects };
inline constexpr std::size_t topic_count = 4;
std::string_view topic_name(Topic topic);
std::optional<Topic> parse_topic(std::string_view name);

/// A record as it stands in a log. Views live until the reader's next call; `token` is the reader's own
/// handle.
struct LogRecord {
  int32_t partition = 0;
  int64_t offset = 0;
  Timestamp recorded_at;  ///< whole milliseconds
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  const void* token = nullptr;
};

/// A record to be appended. Kafka takes `timestamp` as given on output topics; the events topic stamps by
/// itself.
struct NewRecord {
  Topic topic{};
  int32_t partition = 0;
  Timestamp timestamp;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::span<const Header> headers;
};

/// What a group has committed for a partition: the next offset to process, and the engine's note beside it.
struct Committed {
  std::optional<int64_t> position;  ///< nullopt: nothing committed yet
  std::string metadata;
};

struct PositionUpdate {
  int32_t partition = 0;
  int64_t position = 0;  ///< next offset to process
  std::string metadata;  ///< ASCII, at most 4,000 bytes
};

/// Offsets present: [first, end).
struct OffsetRange {
  int64_t first = 0;
  int64_t end = 0;
};

/// How a step of a transaction ended.
enum class StepOutcome : uint8_t {
  done,
  aborted,  ///< certainly not committed; the same bytes may be sent again, after a pause where a log is full
            ///< or busy
  unknown,  ///< perhaps committed; resolve by `reset` and `committed`
  lost,     ///< certainly not committed, and the partitions belong to somebody else now
  fenced,   ///< certainly not committed: another instance took over
  fault,    ///< certainly not committed, and it will not get better by itself
};

struct StepResult {
  StepOutcome outcome = StepOutcome::done;
  std::string message;  ///< empty when done
};

/// One lane's transactional writer. Used by one thread at a time.
class TransactionPort {
 public:
  virtual ~TransactionPort() = default;
  /// Makes a fresh writer under the lane's transactional id: fences the past and settles what it left open.
  virtual Result<void> reset() = 0;
  virtual StepResult begin() = 0;
  /// Bytes are copied or consumed before the call returns.
  virtual StepResult produce(const NewRecord& record) = 0;
  /// Ends the transaction with the positions in it, all or nothing.
  virtual StepResult commit(std::span<const PositionUpdate> positions) = 0;
  virtual StepResult abort() = 0;
  /// For so long after a commit the log still ends the transaction: one begun sooner would end later.
  virtual int settling_ms() const { return 0; }
  /// As the group sees it now, after open transactions have been settled.
  virtual Result<Committed> committed(int32_t partition) = 0;
};

/// Told from inside `poll`, on the polling thread, before the call returns. During `revoked` the partitions
/// are still owned and a commit may finish; during `lost` they are not. `assigned` is told at the start, and
/// again after each `revoked`, also of no partitions; after `lost` only once the lane is in the group again.
class OwnershipListener {
 public:
  virtual ~OwnershipListener() = default;
  virtual void assigned(std::span<const int32_t> partitions) = 0;
  virtual void revoked(std::span<const int32_t> partitions) = 0;
  virtual void lost(std::span<const int32_t> partitions) = 0;
  /// Nothing more of this partition is delivered: what follows cannot be read, and may not be passed over.
  virtual void unreadable(int32_t partition, const Fault& why) = 0;
};

/// One lane's reader of the events topic, as a member of the group.
class SourcePort {
 public:
  virtual ~SourcePort() = default;
  /// Waits up to `timeout_ms` for records of positioned partitions; at most `records_max`, in offset order
  /// within a partition. An empty span: nothing yet. The records and their views live until the next call.
  virtual Result<std::span<const LogRecord>> poll(int timeout_ms, std::size_t records_max,
                                                  OwnershipListener& listener) = 0;
  /// The next offset that `poll` delivers for an assigned partition. Nothing is delivered before the first
  /// call.
  virtual Result<void> seek(int32_t partition, int64_t offset) = 0;
  virtual Result<OffsetRange> range(int32_t partition) = 0;
  /// Offset order, valid for a record of the last `poll`.
  virtual std::vector<Header> headers(const LogRecord& record) = 0;
  /// True once the reader has passed every record below `end`, also where offsets have gaps.
  virtual bool passed(int32_t partition, int64_t end) = 0;
};

/// One lane of one instance in a group: its reader and its writer.
struct LanePorts {
  std::unique_ptr<SourcePort> source;
  std::unique_ptr<TransactionPort> transactions;
};

struct LaneOptions {
  std::string group;
  std::string instance;
  int lane = 0;
  int lanes = 1;
};

/// A reader of any topic from chosen offsets, outside any group; sees committed records only.
class ReaderPort {
 public:
  virtual ~ReaderPort() = default;
  virtual Result<OffsetRange> range(Topic topic, int32_t partition) = 0;
  virtual Result<void> seek(Topic topic, int32_t partition, int64_t offset) = 0;
  /// As SourcePort::poll, over the partitions that were sought; `topic` is the one of all of them.
  virtual Result<std::span<const LogRecord>> poll(int timeout_ms, std::size_t records_max) = 0;
  virtual std::vector<Header> headers(const LogRecord& record) = 0;
  virtual bool passed(int32_t partition, int64_t end) = 0;
};

/// Appends records outside the engine: ingest, publish, redrive.
class WriterPort {
 public:
  virtual ~WriterPort() = default;
  /// Bytes are copied. May return before the record is durable.
  virtual Result<void> append(const NewRecord& record) = 0;
  /// Returns once everything appended is durable, or says that some is not.
  virtual Result<void> flush() = 0;
};

/// A log: four topics with the same number of partitions.
class Log {
 public:
  virtual ~Log() = default;
  /// Creates the topics; a fault if they exist with another number of partitions.
  virtual Result<void> create_topics(int32_t partitions) = 0;
  /// Checks what the guarantees need (interfaces 1) and gives the number of partitions.
  virtual Result<int32_t> partitions() = 0;
  /// How many the events topic has by now: one question, beside the work.
  virtual Result<int32_t> partitions_now() { return partitions(); }
  /// Differs between logs that are not the same one.
  virtual Result<std::string> identity() = 0;
  /// What a group has committed for a partition, asked from outside: joins nothing and changes nothing.
  virtual Result<Committed> position_of(const std::string& group, int32_t partition) {
    return failed("the positions of group '" + group + "' in partition " + std::to_string(partition) +
                  " cannot be asked for on this log");
  }
  virtual Result<LanePorts> open_lane(const LaneOptions& options) = 0;
  virtual Result<std::unique_ptr<ReaderPort>> open_reader(Topic topic) = 0;
  /// `atomic`: everything appended up to a flush appears at once or not at all.
  virtual Result<std::unique_ptr<WriterPort>> open_writer(bool atomic) = 0;
};

}  // namespace subledger
