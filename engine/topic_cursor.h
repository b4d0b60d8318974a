// The records of one output topic's partition, one after another, up to an end.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/ports.h"

namespace subledger {

class TopicCursor {
 public:
  /// Up to what the topic holds now.
  static Result<TopicCursor> open(Log& log, Topic topic, int32_t partition);

  Topic topic() const { return topic_; }
  /// Offsets that were there; the end may be moved.
  const OffsetRange& range() const { return range_; }
  /// Up to what the topic holds now.
  Result<void> extend();

  /// The record that the cursor stands on, until `advance`; nullptr: the end. A fault: the log does not
  /// answer, or the record at `next_offset` is damaged.
  Result<const LogRecord*> record();
  /// Requires a record.
  void advance();
  /// Of the record that the cursor stands on.
  std::vector<Header> headers();
  /// The next offset that is not yet read, where gaps are not known.
  int64_t next_offset() const { return next_offset_; }
  /// Goes on behind the offset that cannot be read. False: that is the end.
  Result<bool> step_over();

 private:
  TopicCursor(std::unique_ptr<ReaderPort> reader, Topic topic, int32_t partition)
      : reader_(std::move(reader)), topic_(topic), partition_(partition) {}

  std::unique_ptr<ReaderPort> reader_;
  Topic topic_;
  int32_t partition_;
  OffsetRange range_;
  int64_t next_offset_ = 0;
  std::span<const LogRecord> records_;
};

}  // namespace subledger
