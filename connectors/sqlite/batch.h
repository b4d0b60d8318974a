// Records that wait for their transaction, and their insertion. Kept in memory until then, so that the file
// is locked only while a transaction is written, whatever its maker does in between.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "connectors/sqlite/database.h"
#include "connectors/sqlite/schema.h"
#include "engine/ports.h"

namespace subledger::sqlite {

/// Wall clock of the recorded times, in milliseconds since 1970.
using Clock = std::function<int64_t()>;

/// Copies of records, in the order of `add`.
class Batch {
 public:
  /// Fails on a partition that is not there and on a record above the limits of interfaces 1, and takes
  /// nothing then.
  Result<void> add(const NewRecord& record, const TopicSet& topics);
  void clear();
  bool empty() const { return entries_.empty(); }
  std::size_t records() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_.size(); }

 private:
  friend class Inserter;
  /// Sizes of what stands in `bytes_` from `begin` on; -1 is null.
  struct Entry {
    Topic topic{};
    int32_t partition = 0;
    int64_t timestamp_ms = 0;
    std::size_t begin = 0;
    int64_t key_size = -1;
    int64_t value_size = -1;
    int64_t headers_size = -1;
  };
  std::vector<Entry> entries_;
  std::string bytes_;
};

/// Appends batches to the tables through one connection, which must outlive it.
class Inserter {
 public:
  Inserter(Connection& connection, TopicSet topics, Clock clock)
      : connection_(connection), topics_(std::move(topics)), clock_(std::move(clock)) {}

  /// Within a transaction that holds the lock: offsets go on from the last record of each table. Records of
  /// the events topic get the clock's time, read once, or that of the record before them if that is later.
  Result<void> insert(Batch& batch);

 private:
  struct Stream {
    Statement tail;
    Statement insert;
    int64_t next_offset = 0;
    int64_t last_ms = 0;
  };
  Result<Stream*> stream(Topic topic, int32_t partition);
  Result<void> read_tail(Stream& stream);

  Connection& connection_;
  TopicSet topics_;
  Clock clock_;
  std::map<std::pair<Topic, int32_t>, Stream> streams_;
};

}  // namespace subledger::sqlite
