// Reading positions in one topic of the log in memory: what its source and its reader have in common.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "tests/support/memory_log.h"

namespace subledger {

/// Positions in one topic, and the records of the last poll.
class MemoryLog::Cursor {
 public:
  Cursor(MemoryLog& log, Topic topic) : log_(log), topic_(topic) {}

  // With the log's mutex held.
  void seek(int32_t partition, int64_t offset) { positions_[partition] = offset; }
  void forget(int32_t partition) { positions_.erase(partition); }
  bool passed(int32_t partition, int64_t end) {
    const auto found = positions_.find(partition);
    return found != positions_.end() && reached(partition, found->second) >= end;
  }
  OffsetRange range(int32_t partition) const {
    const Stream& stream = log_.stream(topic_, partition);
    return {stream.first, stream.end};
  }
  /// Fills `batch` with up to `records_max` records, beginning with another partition at each call.
  bool collect(std::size_t records_max) {
    batch.clear();
    auto at = positions_.upper_bound(last_partition_);
    for (std::size_t i = 0; i < positions_.size() && batch.size() < records_max; ++i, ++at) {
      if (at == positions_.end()) at = positions_.begin();
      last_partition_ = at->first;
      while (batch.size() < records_max) {
        const MemoryRecord* record = log_.next_record(topic_, at->first, at->second);
        if (record == nullptr) break;
        batch.push_back({at->first, record->offset, record->timestamp, record->key, record->value, record});
        at->second = record->offset + 1;
      }
    }
    return !batch.empty();
  }
  /// A position below the log's start is never reached: nothing is skipped silently.
  std::optional<Fault> gap() const {
    for (const auto& [partition, position] : positions_) {
      const int64_t first = log_.stream(topic_, partition).first;
      if (position < first) {
        return Fault{Fault::Kind::failed, "memory log: offset " + std::to_string(position) +
                                              " of partition " + std::to_string(partition) +
                                              " is gone; the log starts at " + std::to_string(first)};
      }
    }
    return std::nullopt;
  }

  std::vector<LogRecord> batch;

 private:
  int64_t reached(int32_t partition, int64_t position) {
    const MemoryRecord* record = log_.next_record(topic_, partition, position);
    return record != nullptr ? record->offset : std::max(position, log_.stream(topic_, partition).end);
  }

  MemoryLog& log_;
  Topic topic_;
  std::map<int32_t, int64_t> positions_;
  int32_t last_partition_ = -1;
};

inline std::vector<Header> header_views(const LogRecord& record) {
  std::vector<Header> headers;
  for (const auto& [name, value] : static_cast<const MemoryRecord*>(record.token)->headers) {
    headers.push_back({name, value});
  }
  return headers;
}

inline std::chrono::steady_clock::time_point deadline_in(int timeout_ms) {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
}

}  // namespace subledger
