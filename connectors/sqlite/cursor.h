// Reading one topic from chosen offsets, and waiting for more. What the engine's source and plain readers
// have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "connectors/sqlite/database.h"
#include "connectors/sqlite/schema.h"
#include "engine/ports.h"

namespace subledger::sqlite {

/// Owns its connection. Records and their views live until the next `poll`.
class Cursor {
 public:
  Cursor(std::unique_ptr<Connection> connection, TopicSet topics, Topic topic)
      : connection_(std::move(connection)), topics_(std::move(topics)), topic_(topic) {}

  Result<void> seek(int32_t partition, int64_t offset);
  Result<OffsetRange> range(int32_t partition);
  /// Waits up to `timeout_ms` for records of the partitions that were sought. `check` is called whenever the
  /// file has changed, at least once; its fault ends the call.
  Result<std::span<const LogRecord>> poll(int timeout_ms, std::size_t records_max,
                                          const std::function<Result<void>()>& check);
  std::vector<Header> headers(const LogRecord& record) const;
  /// Offsets are dense here, so the position says it all.
  bool passed(int32_t partition, int64_t end) const;
  Connection& connection() { return *connection_; }

 private:
  struct Stream {
    Statement rows;
    int64_t position = 0;
  };
  /// A row as copied to `bytes_`; sizes of -1 are null.
  struct Row {
    int32_t partition = 0;
    int64_t offset = 0;
    int64_t timestamp_ms = 0;
    std::size_t begin = 0;
    int64_t key_size = -1;
    int64_t value_size = -1;
    std::size_t headers_size = 0;
  };
  Result<void> read(std::size_t records_max);
  Result<void> read_stream(int32_t partition, Stream& stream, std::size_t records_max);
  Result<void> copy_row(int32_t partition, const Stream& stream);
  std::string_view headers_blob(const Row& row) const;
  void make_records();

  std::unique_ptr<Connection> connection_;
  TopicSet topics_;
  Topic topic_;
  std::map<int32_t, Stream> streams_;
  int32_t last_partition_ = -1;
  std::string bytes_;
  std::vector<Row> rows_;
  std::vector<LogRecord> records_;
};

}  // namespace subledger::sqlite
