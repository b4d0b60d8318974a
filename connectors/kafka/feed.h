// Records of one topic out of a consumer. Knows the next offset of each partition and applies seeks by
// assigning anew. Not: whose partitions they are.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connectors/kafka/handle.h"

namespace subledger::kafka {

/// Used by one thread.
class Feed {
 public:
  /// `client` is a consumer with the name of a group, and outlives the feed.
  Feed(const KafkaLogOptions& options, const Client& client, std::string topic);

  /// Takes effect with the next `poll` or `assign`.
  Result<void> seek(int32_t partition, int64_t offset);
  /// Forgets all partitions, and the records of the batch being collected.
  void forget();
  /// Lets the consumer fetch exactly the partitions that were sought, from where they stand.
  Result<void> assign();

  /// Records and their views live until the next call. A fault of the consumer that came after records is
  /// told by the next call, whose partition is then `faulty`.
  Result<std::span<const LogRecord>> poll(int timeout_ms, std::size_t records_max);
  /// Of the fault that `poll` told last: the partition that stands still, of which nothing more is delivered;
  /// nullopt: the whole consumer is at fault.
  std::optional<int32_t> faulty() const { return faulty_; }
  bool passed(int32_t partition, int64_t end) const;

 private:
  std::size_t take_waiting(std::size_t messages_max);
  void take(MessageHandle message);
  void stop(const MessageHandle& message);
  Fault fault_of(const MessageHandle& message) const;
  Fault fault_of(const MessageHandle& message, int64_t position) const;

  const KafkaLogOptions& options_;
  const Client& client_;
  QueueHandle queue_;
  std::string topic_;
  std::map<int32_t, int64_t> next_;  ///< next offset of each partition that was sought
  bool sought_ = false;              ///< since the last `assign`
  uint64_t changes_ = 0;             ///< of what is assigned
  std::vector<MessageHandle> messages_;
  std::vector<LogRecord> records_;
  struct Told {
    Fault fault;
    std::optional<int32_t> partition;
  };
  std::vector<Told> faults_;  ///< to be told, oldest first
  std::optional<int32_t> faulty_;
};

}  // namespace subledger::kafka
