// Copying records and inserting them table by table.
#include "connectors/sqlite/batch.h"

#include <algorithm>
#include <utility>

#include "connectors/sqlite/checksum.h"
#include "connectors/sqlite/headers.h"

namespace subledger::sqlite {
namespace {

constexpr std::size_t event_bytes_max = std::size_t{2} << 20;
constexpr std::size_t output_bytes_max = std::size_t{3} << 20;

int64_t append(std::string& out, std::optional<std::string_view> bytes) {
  if (!bytes) return -1;
  out += *bytes;
  return static_cast<int64_t>(bytes->size());
}

std::optional<std::string_view> take(std::string_view& bytes, int64_t size) {
  if (size < 0) return std::nullopt;
  const std::string_view taken = bytes.substr(0, static_cast<std::size_t>(size));
  bytes.remove_prefix(taken.size());
  return taken;
}

/// Whole milliseconds, downwards also before 1970.
int64_t millis_of(Timestamp time) {
  return time.micros >= 0 ? time.micros / 1'000 : -((999 - time.micros) / 1'000);
}

}  // namespace

Result<void> Batch::add(const NewRecord& record, const TopicSet& topics) {
  if (record.partition < 0 || record.partition >= topics.partitions) {
    return failed("no partition " + std::to_string(record.partition) + " in the embedded log; it has " +
                  std::to_string(topics.partitions));
  }
  const std::size_t begin = bytes_.size();
  Entry entry{record.topic, record.partition, millis_of(record.timestamp), begin, -1, -1, -1};
  entry.key_size = append(bytes_, record.key);
  entry.value_size = append(bytes_, record.value);
  if (!record.headers.empty()) {
    const std::size_t before = bytes_.size();
    append_headers(bytes_, record.headers);
    entry.headers_size = static_cast<int64_t>(bytes_.size() - before);
  }
  const std::size_t size = bytes_.size() - begin;
  const std::size_t size_max = record.topic == Topic::events ? event_bytes_max : output_bytes_max;
  if (size > size_max) {
    bytes_.resize(begin);
    return failed("a record of " + std::to_string(size) + " bytes is too large for the topic " +
                  std::string(topic_name(record.topic)) + ", which takes " + std::to_string(size_max));
  }
  entries_.push_back(entry);
  return {};
}

void Batch::clear() {
  entries_.clear();
  bytes_.clear();
}

Result<void> Inserter::insert(Batch& batch) {
  // Table by table, so that each tree's last pages are touched once.
  std::ranges::stable_sort(batch.entries_, {},
                           [](const Batch::Entry& entry) { return std::pair(entry.topic, entry.partition); });
  const int64_t now_ms = clock_();
  Stream* current = nullptr;
  for (std::size_t i = 0; i < batch.entries_.size(); ++i) {
    const Batch::Entry& entry = batch.entries_[i];
    if (i == 0 || entry.topic != batch.entries_[i - 1].topic ||
        entry.partition != batch.entries_[i - 1].partition) {
      const Result<Stream*> found = stream(entry.topic, entry.partition);
      if (!found) return tl::unexpected<Fault>(found.error());
      current = *found;
    }
    const bool stamped = entry.topic == Topic::events;
    if (stamped) current->last_ms = std::max(current->last_ms, now_ms);
    std::string_view bytes = std::string_view(batch.bytes_).substr(entry.begin);
    const StoredRecord record{current->next_offset++, stamped ? current->last_ms : entry.timestamp_ms,
                              entry.key_size, entry.value_size, std::max<int64_t>(entry.headers_size, 0)};
    current->insert.bind(1, record.offset);
    current->insert.bind(2, record.timestamp_ms);
    current->insert.bind(6, checksum(record, bytes));
    current->insert.bind_blob(3, take(bytes, entry.key_size));
    current->insert.bind_blob(4, take(bytes, entry.value_size));
    current->insert.bind_blob(5, take(bytes, entry.headers_size));
    const Result<bool> inserted = current->insert.step();
    if (!inserted) return tl::unexpected<Fault>(inserted.error());
    current->insert.reset();
  }
  return {};
}

Result<Inserter::Stream*> Inserter::stream(Topic topic, int32_t partition) {
  const auto [found, fresh] = streams_.try_emplace({topic, partition});
  Stream& stream = found->second;
  if (fresh) {
    const std::string table = table_of(topics_.prefix, topic, partition);
    Result<Statement> tail = connection_.prepare("SELECT \"offset\", timestamp_ms FROM " + table +
                                                 " ORDER BY \"offset\" DESC LIMIT 1");
    Result<Statement> insert =
        connection_.prepare("INSERT INTO " + table + " VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
    if (!tail || !insert) {
      streams_.erase(found);
      return tl::unexpected<Fault>(tail ? insert.error() : tail.error());
    }
    stream.tail = std::move(*tail);
    stream.insert = std::move(*insert);
  }
  if (const Result<void> read = read_tail(stream); !read) return tl::unexpected<Fault>(read.error());
  return &stream;
}

Result<void> Inserter::read_tail(Stream& stream) {
  const Result<bool> row = stream.tail.step();
  if (!row) return tl::unexpected<Fault>(row.error());
  stream.next_offset = *row ? stream.tail.integer(0) + 1 : 0;
  stream.last_ms = *row ? stream.tail.integer(1) : INT64_MIN;
  stream.tail.reset();
  return {};
}

}  // namespace subledger::sqlite
