// One output topic of a partition against what a fold of the events gives, record by record and byte by byte.
// Records are matched by `output-sequence`, which is dense, so one that is missing, repeated or out of order
// shows and the rest is compared all the same.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/topic_cursor.h"

namespace subledger {

class OutputAudit {
 public:
  /// What is wrong, and at which offset of the topic; nullopt: of none.
  using Tell = std::function<void(std::optional<int64_t> offset, const std::string& what)>;

  /// Begins where the topic begins. `expire`: what is gone before that is no finding.
  static Result<OutputAudit> open(Log& log, Topic topic, int32_t partition, bool expire, Tell tell);

  Topic topic() const { return cursor_.topic(); }
  /// Records that have come since are read too, but they may be beyond what is expected.
  Result<void> extend() { return cursor_.extend(); }
  /// The fold gives this record next.
  Result<void> expect(const NewRecord& wanted);
  /// The fold gives no more.
  Result<void> finish();

  uint64_t compared() const { return compared_; }
  uint64_t expired() const { return expired_; }

 private:
  OutputAudit(TopicCursor cursor, bool expire, Tell tell)
      : cursor_(std::move(cursor)),
        expire_(expire),
        tell_(std::move(tell)),
        certain_end_(cursor_.range().end) {}

  /// nullptr: the end. Damaged records are told and stepped over.
  Result<const LogRecord*> next();
  void compare(const LogRecord& found, const NewRecord& wanted);

  TopicCursor cursor_;
  bool expire_;
  Tell tell_;
  int64_t certain_end_;    // below it, each record is of an input that was committed
  uint64_t sequence_ = 0;  // of the record expected last
  uint64_t compared_ = 0;
  uint64_t expired_ = 0;
};

}  // namespace subledger
