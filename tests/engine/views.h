// Views of a log and of stores in memory, through which an engine under test sees them: they call back at
// chosen moments, keep a tape of every transaction, share partitions among instances, and fill a disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/support/memory_log.h"
#include "tests/support/memory_store.h"

namespace subledger::test {

/// All bytes of a record that is sent or that stands in a log, but its offset.
std::string text_of(Topic topic, int32_t partition, const MemoryRecord& record);
std::string text_of(const NewRecord& record);

/// Who owns which partition, among instances that share a group. Thread-safe.
class Group {
 public:
  /// At first all partitions are `owner`'s.
  Group(int32_t partitions, const std::string& owner);

  /// The present owner is told by `revoked` in its next poll, and the new one afterwards.
  void hand_over(int32_t partition, const std::string& to);
  /// The present owner is told by `lost` in its next poll, and commits nothing of the partition any more.
  void take_away(int32_t partition, const std::string& to);

 private:
  friend class SourceView;
  friend class TransactionsView;
  struct Share {
    std::string owner;
    std::string next;        ///< differs from `owner` while a hand-over waits to be told
    int64_t generation = 0;  ///< counts the changes of owner
  };

  std::mutex mutex_;
  std::vector<Share> shares_;
};

/// The log as one engine sees it. Calls back from the threads that use its ports; what it calls is set before
/// a run.
class LogView : public Log {
 public:
  explicit LogView(MemoryLog& log, Group* group = nullptr) : log_(log), group_(group) {}

  Result<void> create_topics(int32_t partitions) override { return log_.create_topics(partitions); }
  Result<int32_t> partitions() override { return log_.partitions(); }
  Result<int32_t> partitions_now() override {
    if (partitions_unknown-- > 0) return unreachable("the log does not answer, as the test demands");
    const auto partitions = log_.partitions();
    return partitions ? Result<int32_t>(*partitions + partitions_added) : partitions;
  }
  Result<std::string> identity() override { return log_.identity(); }
  Result<Committed> position_of(const std::string& group, int32_t partition) override {
    if (before_position_of) before_position_of(partition);
    return log_.position_of(group, partition);
  }
  Result<LanePorts> open_lane(const LaneOptions& options) override;
  Result<std::unique_ptr<ReaderPort>> open_reader(Topic topic) override {
    if (unreadable == topic) return failed("the topic cannot be read, as the test demands");
    return log_.open_reader(topic);
  }
  Result<std::unique_ptr<WriterPort>> open_writer(bool atomic) override { return log_.open_writer(atomic); }

  /// With the number of the commit, from 1, by all lanes together.
  std::function<void(int commit)> before_commit;
  std::function<void(int commit, const StepResult& result)> after_commit;
  /// Somebody outside the group asks for its position.
  std::function<void(int32_t partition)> before_position_of;
  /// With the number of the poll, from 1.
  std::function<void(int poll)> before_poll;
  std::size_t poll_records_max = SIZE_MAX;
  std::atomic<int32_t> partitions_added = 0;  ///< to the topic of events, as one may do by mistake
  std::atomic<int> partitions_unknown = 0;    ///< so many questions for their number are not answered
  int settling_ms = 0;                        ///< of transactions
  std::optional<Topic> unreadable;            ///< of readers outside the group
  std::vector<std::string>* tape = nullptr;   ///< of one lane without a thread for commits

 private:
  friend class SourceView;
  friend class TransactionsView;

  MemoryLog& log_;
  Group* group_;
  std::mutex mutex_;
  int commits_ = 0;
  int polls_ = 0;
  std::map<int32_t, int64_t> told_generations_;  ///< of the partitions held; under the group's mutex
};

/// The stores of one engine.
class Stores : public StoreFactory {
 public:
  Result<std::unique_ptr<StorePort>> open(int32_t partition) override;
  MemoryDisk& disk(int32_t partition) { return memory_.disk(partition); }

  /// Before a write; a fault is given back in its place.
  std::function<std::optional<Fault>(int32_t partition)> before_write;
  std::function<std::optional<Fault>(int32_t partition)> before_open;
  std::atomic<int> flushes_begun = 0;
  std::atomic<int> flushes_waited_for = 0;

 private:
  friend class StoreView;
  MemoryStoreFactory memory_;
};

}  // namespace subledger::test
