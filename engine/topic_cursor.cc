#include "engine/topic_cursor.h"

#include <utility>

namespace subledger {
namespace {

constexpr int poll_ms = 100;
constexpr std::size_t poll_records = 5'000;

}  // namespace

Result<TopicCursor> TopicCursor::open(Log& log, Topic topic, int32_t partition) {
  auto reader = log.open_reader(topic);
  if (!reader) return tl::unexpected(reader.error());
  TopicCursor cursor(*std::move(reader), topic, partition);
  if (auto extended = cursor.extend(); !extended) return tl::unexpected(extended.error());
  cursor.next_offset_ = cursor.range_.first;
  if (auto sought = cursor.reader_->seek(topic, partition, cursor.next_offset_); !sought) {
    return tl::unexpected(sought.error());
  }
  return cursor;
}

Result<void> TopicCursor::extend() {
  const auto range = reader_->range(topic_, partition_);
  if (!range) return tl::unexpected(range.error());
  range_ = *range;
  return {};
}

Result<const LogRecord*> TopicCursor::record() {
  while (records_.empty()) {
    if (next_offset_ >= range_.end || reader_->passed(partition_, range_.end)) return nullptr;
    const auto polled = reader_->poll(poll_ms, poll_records);
    if (!polled) return tl::unexpected(polled.error());
    records_ = *polled;
  }
  return records_.front().offset < range_.end ? &records_.front() : nullptr;
}

void TopicCursor::advance() {
  next_offset_ = records_.front().offset + 1;
  records_ = records_.subspan(1);
}

std::vector<Header> TopicCursor::headers() { return reader_->headers(records_.front()); }

Result<bool> TopicCursor::step_over() {
  ++next_offset_;
  if (next_offset_ >= range_.end) return false;
  if (auto sought = reader_->seek(topic_, partition_, next_offset_); !sought) {
    return tl::unexpected(sought.error());
  }
  return true;
}

}  // namespace subledger
