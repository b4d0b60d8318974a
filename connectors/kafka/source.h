// A lane's reader of the events topic: a static member of the consumer group, with all partitions given and
// taken at once (eager, `range`). Positions are the engine's: nothing is fetched from a partition before it
// was sought.
#pragma once

#include <chrono>

#include "connectors/kafka/feed.h"
#include "connectors/kafka/membership.h"

namespace subledger::kafka {

class Source final : public SourcePort, private ClientEvents {
 public:
  /// A lane that was a member before joins only once its name is nobody's or this process's.
  static Result<std::unique_ptr<Source>> open(const KafkaLogOptions& options, const LaneOptions& lane,
                                              OwnMembers& own);

  /// Lives as long as the source.
  Membership& membership() { return membership_; }

  Result<std::span<const LogRecord>> poll(int timeout_ms, std::size_t records_max,
                                          OwnershipListener& listener) override;
  Result<void> seek(int32_t partition, int64_t offset) override;
  Result<OffsetRange> range(int32_t partition) override;
  std::vector<Header> headers(const LogRecord& record) override;
  bool passed(int32_t partition, int64_t end) override;

 private:
  Source(const KafkaLogOptions& options, const LaneOptions& lane, OwnMembers& own);
  void rebalance(int error, rd_kafka_topic_partition_list_s* partitions) override;
  Result<void> renew();
  Result<void> join();
  Result<std::span<const LogRecord>> wait_for_name(int timeout_ms);
  void give(std::vector<int32_t> partitions);
  void take();

  const KafkaLogOptions& options_;
  std::string topic_;
  Membership membership_;
  std::optional<Feed> feed_;
  std::vector<int32_t> owned_;
  OwnershipListener* listener_ = nullptr;  ///< during a poll
  std::optional<Fault> rebalance_fault_;
  bool assignment_lost_ = false;      ///< the consumer waits to be told so, and never is
  bool fresh_ = false;                ///< the consumer has not joined yet
  bool another_for_certain_ = false;  ///< whoever has the name now is no earlier attempt of this process
  /// Since when another member was seen to have the name, without a break.
  std::optional<std::chrono::steady_clock::time_point> name_held_since_;
};

}  // namespace subledger::kafka
