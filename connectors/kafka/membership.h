// A lane's place in the consumer group: the consumer that holds it, and the generation that its commits
// carry. Of two processes with one name, lane 0 alone says which goes on.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "connectors/kafka/handle.h"
#include "connectors/kafka/roster.h"

namespace subledger::kafka {

/// What the group says of a member.
enum class Standing : uint8_t {
  valid,        ///< nothing against it
  turned_away,  ///< a newer member has its name
  superseded,   ///< the same, and it is another process's, which goes on in place of this one
};

/// Who has a lane's name in the group.
enum class Holder : uint8_t { unknown, nobody, this_process, another };

/// Shared by a lane's reader and its writer, which run on different threads. Owned by the reader, which
/// outlives the writer (`LanePorts`).
class Membership {
 public:
  /// `own` outlives this.
  Membership(const KafkaLogOptions& options, const LaneOptions& lane, OwnMembers& own);

  const MemberNames& names() const { return names_; }
  /// Changed by the reader's thread only; on another thread it stays as long as `hold` is held.
  const Client& consumer() const { return *consumer_; }
  std::unique_lock<std::mutex> hold() const { return std::unique_lock(consumer_mutex_); }
  /// In place of an earlier one, if any.
  void take(std::unique_ptr<Client> consumer);
  /// Subscribes: turns away whoever has the name.
  Result<void> join(const std::string& topic);
  /// What the consumer had is over; another consumer may join in its place.
  void leave() { joined_ = false; }

  /// This lane of this process was a member before.
  bool returns() const { return own_.id_of(names_.transactional_id).has_value(); }
  bool joined() const { return joined_; }
  /// How often it joined. Any thread.
  uint64_t joins() const { return joins_; }

  /// Remembers the generation of the assignment being made. On the polling thread, inside the rebalance
  /// callback: a generation fetched at commit could be a newer one, in which the partitions are not ours.
  void capture();
  /// How often partitions were assigned. Any thread.
  uint64_t assignments() const { return assignments_; }
  /// Null before the first assignment.
  GroupMetadata captured() const;

  /// The broker has turned this member away because a newer one has its name.
  bool turned_away() const;
  /// No connection has ended since the last assignment. A member whose connection broke may have joined twice
  /// and so turned itself away; without that, the newer one is another process.
  bool undisturbed() const;
  /// Lane 0, whose name decides which of two processes goes on: were it each lane's own, both could lose one.
  bool decides() const { return names_.transactional_id == first_.transactional_id; }
  /// Asks the broker who has this lane's name. Where another has it, but lane 0's is with this process, that
  /// other one is about to end: this_process.
  Holder holder() const;
  /// On the writer's thread, after its fencing, which two processes of one name do to each other: the group
  /// says which is the later. Waits up to `wait_ms` for its word.
  Standing standing(int wait_ms) const;
  Fault superseded_fault() const;

 private:
  Holder holder_of(const Roster& roster, const MemberNames& names) const;

  const KafkaLogOptions& options_;
  const MemberNames names_;
  const MemberNames first_;  ///< of lane 0
  OwnMembers& own_;
  mutable std::mutex consumer_mutex_;
  std::unique_ptr<Client> consumer_;
  std::atomic<bool> joined_ = false;
  std::atomic<uint64_t> joins_ = 0;
  std::atomic<uint64_t> assignments_ = 0;
  mutable std::mutex captured_mutex_;
  uint64_t connections_ended_ = 0;  ///< at the last assignment
  std::string captured_;            ///< in librdkafka's own form, as there is no copy of the handle
};

}  // namespace subledger::kafka
