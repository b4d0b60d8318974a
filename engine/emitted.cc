// Looking at the last record of each output topic: it names the input that it came of.
#include "engine/emitted.h"

#include <algorithm>
#include <charconv>
#include <memory_resource>
#include <optional>
#include <string>
#include <utility>

#include "engine/outputs.h"
#include "events/codec.h"

namespace subledger {
namespace {

constexpr int64_t first_window = 16;  // offsets; markers of transactions stand between records
constexpr int poll_ms = 100;
constexpr int polls_max = 200;  // longer than a transaction that nobody ends stays open
constexpr std::size_t poll_records = 1'000;

std::optional<Source> source_of(Topic topic, std::string_view value) {
  std::pmr::monotonic_buffer_resource scratch;
  if (topic == Topic::charges) {
    const auto record = decode_charge(value, scratch);
    return record ? std::optional(record->source) : std::nullopt;
  }
  if (topic == Topic::access) {
    const auto record = decode_access(value, scratch);
    return record ? std::optional(record->source) : std::nullopt;
  }
  const auto record = decode_reject(value, scratch);
  return record ? std::optional(record->source) : std::nullopt;
}

struct LastOutput {
  uint64_t sequence = 0;
  int64_t source_offset = 0;
};

Result<LastOutput> last_output(ReaderPort& reader, Topic topic, const LogRecord& record) {
  LastOutput last;
  const auto source = source_of(topic, record.value.value_or(""));
  bool numbered = false;
  for (const Header& header : reader.headers(record)) {
    if (header.name != output_sequence_header || !header.value) continue;
    const char* end = header.value->data() + header.value->size();
    numbered = std::from_chars(header.value->data(), end, last.sequence).ptr == end;
  }
  if (!source || !numbered) {
    return failed("the record at " + std::to_string(record.offset) + " of topic " +
                  std::string(topic_name(topic)) + ", partition " + std::to_string(record.partition) +
                  ", is not an output of the engine: another program has written it");
  }
  last.source_offset = source->offset;
  return last;
}

/// The last of the records in [from, end); nullopt: there is none.
Result<std::optional<LastOutput>> last_in(ReaderPort& reader, Topic topic, int32_t partition, int64_t from,
                                          int64_t end) {
  if (auto sought = reader.seek(topic, partition, from); !sought) return tl::unexpected(sought.error());
  std::optional<LastOutput> last;
  for (int polls = 0; !reader.passed(partition, end); ++polls) {
    if (polls == polls_max) {
      return unreachable("the end of topic " + std::string(topic_name(topic)) + ", partition " +
                         std::to_string(partition) + ", cannot be read: a transaction stays open in it");
    }
    const auto records = reader.poll(poll_ms, poll_records);
    if (!records) return tl::unexpected(records.error());
    const LogRecord* newest = nullptr;
    for (const LogRecord& record : *records) {
      if (record.partition == partition && record.offset < end) newest = &record;
    }
    if (newest == nullptr) continue;
    auto output = last_output(reader, topic, *newest);
    if (!output) return tl::unexpected(output.error());
    last = *output;
  }
  return last;
}

}  // namespace

Result<ReaderPort*> EmittedOutputs::reader_of(Topic topic) {
  auto& reader = readers_[static_cast<std::size_t>(topic)];
  if (!reader) {
    auto opened = log_.open_reader(topic);
    if (!opened) return tl::unexpected(opened.error());
    reader = *std::move(opened);
  }
  return reader.get();
}

Result<void> EmittedOutputs::look_at(Topic topic, int32_t partition, uint64_t& sequence, int64_t& position) {
  const auto reader = reader_of(topic);
  if (!reader) return tl::unexpected(reader.error());
  const auto range = (*reader)->range(topic, partition);
  if (!range) return tl::unexpected(range.error());
  for (int64_t window = first_window; range->end > range->first; window *= 8) {
    const int64_t from = std::max(range->first, range->end - window);
    const auto last = last_in(**reader, topic, partition, from, range->end);
    if (!last) return tl::unexpected(last.error());
    if (*last) {
      sequence = (*last)->sequence;
      position = std::max(position, (*last)->source_offset + 1);
      return {};
    }
    if (from == range->first) break;
  }
  if (range->first == 0) return {};
  return failed("topic " + std::string(topic_name(topic)) + ", partition " + std::to_string(partition) +
                ", has lost its records, so that they cannot tell how far the input was processed");
}

Result<Emitted> EmittedOutputs::in_partition(int32_t partition) {
  Emitted found;
  OutputSequences& last = found.sequences;
  for (const auto& [topic, sequence] : {std::pair{Topic::charges, &last.charges},
                                        {Topic::access, &last.access},
                                        {Topic::rejects, &last.rejects}}) {
    auto looked = look_at(topic, partition, *sequence, found.position);
    if (!looked) return tl::unexpected(looked.error());
  }
  return found;
}

}  // namespace subledger
