// A lane's place in the consumer group: the consumer that holds it, and the generation that its commits
// carry.
#pragma once

#include <mutex>
#include <string>

#include "connectors/kafka/handle.h"

namespace subledger::kafka {

enum class NameHolder : uint8_t { this_process, another_process, unknown };

/// Shared by a lane's reader and its writer, which run on different threads. Owned by the reader, which
/// outlives the writer (`LanePorts`).
class Membership {
 public:
  Membership(const KafkaLogOptions& options, MemberNames names);

  const MemberNames& names() const { return names_; }
  /// Changed by the reader's thread only; on another thread it stays as long as `hold` is held.
  const Client& consumer() const { return *consumer_; }
  std::unique_lock<std::mutex> hold() const { return std::unique_lock(consumer_mutex_); }
  /// Subscribes a consumer in place of an earlier one, if any.
  Result<void> join(std::unique_ptr<Client> consumer, const std::string& topic);

  /// Remembers the generation of the assignment being made. On the polling thread, inside the rebalance
  /// callback: a generation fetched at commit could be a newer one, in which the partitions are not ours.
  void capture();
  /// Null before the first assignment.
  GroupMetadata captured() const;

  /// The broker has turned this member away because of its name. That happens not only when another process
  /// has joined with it: after an outage longer than the session the member can stand in its own way.
  bool turned_away() const;
  /// Whom the group knows by this member's name; asks the broker.
  NameHolder name_holder() const;
  /// Whether another process has this one's name. On the writer's thread, after its fencing: two processes
  /// with one name fence each other's writers, and the group says which of them is the later.
  bool superseded() const;
  Fault superseded_fault() const;

 private:
  const KafkaLogOptions& options_;
  const MemberNames names_;
  mutable std::mutex consumer_mutex_;
  std::unique_ptr<Client> consumer_;
  mutable std::mutex captured_mutex_;
  std::string captured_;  ///< in librdkafka's own form, as there is no copy of the handle
};

}  // namespace subledger::kafka
