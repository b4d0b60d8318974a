// Partitions that no lane of this engine holds: another instance's, or those of a member that has just gone
// and whose time the group still waits out. A run until the end waits until they are processed too, by
// whomever.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "engine/ports.h"

namespace subledger {

/// What a lane holds, read by the thread that waits for all lanes.
class HeldPartitions {
 public:
  void add(int32_t partition) {
    const std::lock_guard lock(mutex_);
    held_.insert(partition);
  }
  void remove(int32_t partition) {
    const std::lock_guard lock(mutex_);
    held_.erase(partition);
  }
  bool contains(int32_t partition) const {
    const std::lock_guard lock(mutex_);
    return held_.contains(partition);
  }

 private:
  mutable std::mutex mutex_;
  std::set<int32_t> held_;
};

class UnheldPartitions {
 public:
  /// `log` outlives this.
  UnheldPartitions(Log& log, std::string group) : log_(log), group_(std::move(group)) {}

  /// The group has processed what stood in the partition when it was first asked for. Also false while the
  /// log does not answer.
  bool processed(int32_t partition);

 private:
  Result<bool> look(int32_t partition);

  Log& log_;
  std::string group_;
  std::unique_ptr<ReaderPort> reader_;
  std::map<int32_t, int64_t> ends_;
};

}  // namespace subledger
