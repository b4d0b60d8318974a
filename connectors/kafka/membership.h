// A lane's place in the consumer group: the consumer that holds it, and the generation that its commits
// carry.
#pragma once

#include <mutex>
#include <string>

#include "connectors/kafka/handle.h"

namespace subledger::kafka {

/// Shared by a lane's reader and its writer, which run on different threads. Owned by the reader, which
/// outlives the writer (`LanePorts`).
class Membership {
 public:
  Membership(const KafkaLogOptions& options, MemberNames names)
      : options_(options), names_(std::move(names)) {}

  const KafkaLogOptions& options() const { return options_; }
  const MemberNames& names() const { return names_; }
  const Client& consumer() const { return *consumer_; }
  void join(std::unique_ptr<Client> consumer) { consumer_ = std::move(consumer); }

  /// Remembers the generation of the assignment being made. On the polling thread, inside the rebalance
  /// callback: a generation fetched at commit could be a newer one, in which the partitions are not ours.
  void capture();
  /// Null before the first assignment.
  GroupMetadata captured() const;

  /// The group has given this member's name to a newer instance. Waits up to `wait_ms` for the word of it.
  bool instance_fenced(int wait_ms) const;
  Fault fenced_fault() const;

 private:
  const KafkaLogOptions& options_;
  const MemberNames names_;
  std::unique_ptr<Client> consumer_;
  mutable std::mutex mutex_;
  std::string serialized_;  ///< librdkafka's own form, as there is no copy of the handle
};

}  // namespace subledger::kafka
