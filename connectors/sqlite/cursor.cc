// Blocks of rows are copied out, so that no read transaction stays open between calls: an open one would keep
// the write-ahead log from being emptied.
#include "connectors/sqlite/cursor.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "connectors/sqlite/checksum.h"
#include "connectors/sqlite/headers.h"

namespace subledger::sqlite {
namespace {

/// A poll gives up to this much and one record more.
constexpr std::size_t poll_bytes_max = std::size_t{8} << 20;

using SteadyTime = std::chrono::steady_clock::time_point;

/// Waits until another connection has committed since `seen`, or until `deadline`. SQLite tells nobody across
/// processes, so it is asked: every millisecond at first, every five after a while.
Result<void> wait_for_commit(Connection& connection, int64_t seen, SteadyTime deadline) {
  for (int round = 0;; ++round) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) return {};
    const std::chrono::steady_clock::duration pause = std::chrono::milliseconds(round < 100 ? 1 : 5);
    std::this_thread::sleep_for(std::min(pause, deadline - now));
    const Result<int64_t> version = connection.data_version();
    if (!version) return tl::unexpected<Fault>(version.error());
    if (*version != seen) return {};
  }
}

}  // namespace

Result<void> Cursor::seek(int32_t partition, int64_t offset) {
  if (partition < 0 || partition >= topics_.partitions || offset < 0) {
    return failed("log " + connection_->path() + ": no offset " + std::to_string(offset) + " in partition " +
                  std::to_string(partition));
  }
  const auto [found, fresh] = streams_.try_emplace(partition);
  if (fresh) {
    Result<Statement> rows = connection_->prepare(
        "SELECT \"offset\", timestamp_ms, key, value, headers, checksum FROM " +
        table_of(topics_.prefix, topic_, partition) + " WHERE \"offset\" >= ?1 ORDER BY \"offset\"");
    if (!rows) {
      streams_.erase(found);
      return tl::unexpected<Fault>(rows.error());
    }
    found->second.rows = std::move(*rows);
  }
  found->second.position = offset;
  return {};
}

Result<OffsetRange> Cursor::range(int32_t partition) {
  if (partition < 0 || partition >= topics_.partitions) {
    return failed("log " + connection_->path() + " has no partition " + std::to_string(partition));
  }
  const std::string table = table_of(topics_.prefix, topic_, partition);
  Result<Statement> statement = connection_->prepare("SELECT (SELECT min(\"offset\") FROM " + table +
                                                     "), (SELECT max(\"offset\") FROM " + table + ")");
  if (!statement) return tl::unexpected<Fault>(statement.error());
  const Result<bool> row = statement->step();
  if (!row) return tl::unexpected<Fault>(row.error());
  if (statement->null(1)) return OffsetRange{};
  return OffsetRange{statement->integer(0), statement->integer(1) + 1};
}

Result<std::span<const LogRecord>> Cursor::poll(int timeout_ms, std::size_t records_max,
                                                const std::function<Result<void>()>& check) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (true) {
    // The version first: a commit between the two is then read now or seen as a change later.
    const Result<int64_t> version = connection_->data_version();
    if (!version) return tl::unexpected<Fault>(version.error());
    if (const Result<void> checked = check(); !checked) return tl::unexpected<Fault>(checked.error());
    if (const Result<void> done = read(records_max); !done) return tl::unexpected<Fault>(done.error());
    if (!records_.empty() || std::chrono::steady_clock::now() >= deadline) return std::span(records_);
    const Result<void> waited = wait_for_commit(*connection_, *version, deadline);
    if (!waited) return tl::unexpected<Fault>(waited.error());
  }
}

std::vector<Header> Cursor::headers(const LogRecord& record) const {
  return decode_headers(headers_blob(*static_cast<const Row*>(record.token))).value_or(std::vector<Header>{});
}

bool Cursor::passed(int32_t partition, int64_t end) const {
  const auto found = streams_.find(partition);
  return found != streams_.end() && found->second.position >= end;
}

/// Begins with another partition at each call, so that none starves beside a long one.
Result<void> Cursor::read(std::size_t records_max) {
  rows_.clear();
  bytes_.clear();
  records_.clear();
  auto at = streams_.upper_bound(last_partition_);
  for (std::size_t i = 0; i < streams_.size(); ++i, ++at) {
    if (rows_.size() >= records_max || bytes_.size() >= poll_bytes_max) break;
    if (at == streams_.end()) at = streams_.begin();
    last_partition_ = at->first;
    if (Result<void> done = read_stream(at->first, at->second, records_max); !done) return done;
  }
  make_records();
  return {};
}

Result<void> Cursor::read_stream(int32_t partition, Stream& stream, std::size_t records_max) {
  stream.rows.bind(1, stream.position);
  while (rows_.size() < records_max && bytes_.size() < poll_bytes_max) {
    const Result<bool> row = stream.rows.step();
    if (!row) return tl::unexpected<Fault>(row.error());
    if (!*row) break;
    if (Result<void> copied = copy_row(partition, stream); !copied) {
      stream.rows.reset();
      return copied;
    }
    stream.position = rows_.back().offset + 1;
  }
  stream.rows.reset();
  return {};
}

Result<void> Cursor::copy_row(int32_t partition, const Stream& stream) {
  const Statement& rows = stream.rows;
  const int64_t offset = rows.integer(0);
  const std::string_view headers = rows.bytes(4).value_or("");
  Row row{partition, offset, rows.integer(1), bytes_.size(), -1, -1, headers.size()};
  if (const auto key = rows.bytes(2)) {
    row.key_size = static_cast<int64_t>(key->size());
    bytes_ += *key;
  }
  if (const auto value = rows.bytes(3)) {
    row.value_size = static_cast<int64_t>(value->size());
    bytes_ += *value;
  }
  bytes_ += headers;
  const StoredRecord record{offset, row.timestamp_ms, row.key_size, row.value_size,
                            static_cast<int64_t>(headers.size())};
  const bool sound =
      rows.null(5) || rows.integer(5) == checksum(record, std::string_view(bytes_).substr(row.begin));
  if (offset != stream.position || !sound || !decode_headers(headers)) {
    return unreachable(
        "log " + connection_->path() + ": the record at offset " + std::to_string(stream.position) + " of " +
        table_of(topics_.prefix, topic_, partition) + " is missing or damaged; restore the file from a copy");
  }
  rows_.push_back(row);
  return {};
}

std::string_view Cursor::headers_blob(const Row& row) const {
  const int64_t before = std::max<int64_t>(row.key_size, 0) + std::max<int64_t>(row.value_size, 0);
  return std::string_view(bytes_).substr(row.begin + static_cast<std::size_t>(before), row.headers_size);
}

/// After all rows are copied: until then the bytes move as they grow.
void Cursor::make_records() {
  records_.reserve(rows_.size());
  for (const Row& row : rows_) {
    LogRecord record{row.partition, row.offset, Timestamp{row.timestamp_ms * 1'000}, {}, {}, &row};
    std::size_t at = row.begin;
    if (row.key_size >= 0) {
      record.key = std::string_view(bytes_).substr(at, static_cast<std::size_t>(row.key_size));
      at += record.key->size();
    }
    if (row.value_size >= 0)
      record.value = std::string_view(bytes_).substr(at, static_cast<std::size_t>(row.value_size));
    records_.push_back(record);
  }
}

}  // namespace subledger::sqlite
