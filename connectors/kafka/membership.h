// A lane's place in the consumer group: the consumer that holds it, and the generation that its commits
// carry.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "connectors/kafka/handle.h"

namespace subledger::kafka {

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

  /// The broker has turned this member away because a newer one has its name.
  bool turned_away() const;
  /// No connection has ended since the last assignment. A member whose connection broke may have joined twice
  /// and so turned itself away; without that, the newer one is another process.
  bool undisturbed() const;
  /// Whether the group knows a member by this one's name; asks the broker. nullopt: no answer.
  std::optional<bool> name_is_held() const;
  /// On the writer's thread, after its fencing: another process has this one's name, for certain. Two such
  /// processes fence each other's writers, and the group says which is the later. Waits up to `wait_ms` for
  /// its word.
  bool superseded(int wait_ms) const;
  Fault superseded_fault() const;

 private:
  const KafkaLogOptions& options_;
  const MemberNames names_;
  mutable std::mutex consumer_mutex_;
  std::unique_ptr<Client> consumer_;
  mutable std::mutex captured_mutex_;
  uint64_t connections_ended_ = 0;  ///< at the last assignment
  std::string captured_;            ///< in librdkafka's own form, as there is no copy of the handle
};

}  // namespace subledger::kafka
