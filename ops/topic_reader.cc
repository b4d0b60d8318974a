#include "ops/topic_reader.h"

#include <algorithm>

namespace subledger::ops {
namespace {

constexpr int poll_ms = 100;
constexpr std::size_t poll_records = 5'000;
/// Of one partition that wait for those of others.
constexpr std::size_t waiting_max = 5'000;
constexpr std::size_t batch_max = 1'000;

}  // namespace

Result<TopicReader> TopicReader::open(Log& log, const ReadOptions& options) {
  auto port = log.open_reader(options.topic);
  if (!port) return tl::unexpected(port.error());
  TopicReader reader(*std::move(port), options);
  if (auto placed = reader.place(); !placed) return tl::unexpected(placed.error());
  return reader;
}

Result<void> TopicReader::place() {
  for (const int32_t partition : options_.partitions) {
    const auto range = reader_->range(options_.topic, partition);
    if (!range) return tl::unexpected(range.error());
    int64_t begin = range->first;
    if (std::holds_alternative<FromEnd>(options_.from)) begin = range->end;
    // An offset outside of what is there would stop the reader.
    if (const int64_t* offset = std::get_if<int64_t>(&options_.from)) {
      begin = std::clamp(*offset, range->first, range->end);
    }
    if (begin == range->end && !options_.follow) continue;
    streams_[partition].end = range->end;
    backlog_ += static_cast<uint64_t>(range->end - begin);
    if (auto sought = reader_->seek(options_.topic, partition, begin); !sought) return sought;
  }
  return {};
}

bool TopicReader::ended() const { return !options_.follow && streams_.empty(); }

Result<std::vector<TopicRecord>> TopicReader::next() {
  std::vector<TopicRecord> records;
  if (ended()) return records;
  if (options_.follow) {
    const auto polled = reader_->poll(poll_ms, batch_max);
    if (!polled) return tl::unexpected(polled.error());
    for (const LogRecord& record : *polled) {
      const Timestamp* since = std::get_if<Timestamp>(&options_.from);
      if (since == nullptr || record.recorded_at >= *since) records.push_back(copy(record));
    }
    return records;
  }
  if (first() == nullptr) {
    if (auto filled = fill(); !filled) return tl::unexpected(filled.error());
  }
  for (Stream* stream = first(); stream != nullptr && records.size() < batch_max; stream = first()) {
    records.push_back(std::move(stream->waiting.front()));
    stream->waiting.pop_front();
  }
  return records;
}

TopicReader::Stream* TopicReader::first() {
  std::erase_if(streams_,
                [](const auto& each) { return each.second.complete && each.second.waiting.empty(); });
  Stream* found = nullptr;
  for (auto& [partition, stream] : streams_) {
    if (stream.waiting.empty()) return nullptr;
    // Partitions come in their order, so the lowest of equal times stays.
    if (found == nullptr || stream.waiting.front().recorded_at < found->waiting.front().recorded_at)
      found = &stream;
  }
  return found;
}

Result<void> TopicReader::fill() {
  for (auto& [partition, stream] : streams_) {
    if (!stream.waiting.empty() || !stream.left_out) continue;
    if (auto sought = reader_->seek(options_.topic, partition, *stream.left_out); !sought) return sought;
    stream.left_out.reset();
  }
  const auto polled = reader_->poll(poll_ms, poll_records);
  if (!polled) return tl::unexpected(polled.error());
  for (const LogRecord& record : *polled) take(record);
  for (auto& [partition, stream] : streams_) {
    stream.complete = !stream.left_out && reader_->passed(partition, stream.end);
  }
  return {};
}

void TopicReader::take(const LogRecord& record) {
  const auto found = streams_.find(record.partition);
  if (found == streams_.end()) return;
  Stream& stream = found->second;
  if (stream.left_out || record.offset >= stream.end) return;
  const Timestamp* since = std::get_if<Timestamp>(&options_.from);
  if (since != nullptr && record.recorded_at < *since) return;
  if (stream.waiting.size() >= waiting_max) {
    stream.left_out = record.offset;
  } else {
    stream.waiting.push_back(copy(record));
  }
}

TopicRecord TopicReader::copy(const LogRecord& record) {
  TopicRecord copy;
  copy.source = {record.partition, record.offset};
  copy.recorded_at = record.recorded_at;
  if (record.key) copy.key.emplace(*record.key);
  if (record.value) copy.value.emplace(*record.value);
  if (!options_.headers) return copy;
  for (const Header& header : reader_->headers(record)) {
    auto& kept = copy.headers.emplace_back();
    kept.name = header.name;
    if (header.value) kept.value.emplace(*header.value);
  }
  return copy;
}

}  // namespace subledger::ops
