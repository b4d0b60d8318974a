// Records of a topic out of all partitions, in an order that does not depend on how the log delivers them.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/ports.h"

namespace subledger::ops {

/// A record that owns its bytes.
struct TopicRecord {
  struct OwnedHeader {
    std::string name;
    std::optional<std::string> value;
  };

  Source source;
  Timestamp recorded_at;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<OwnedHeader> headers;  ///< only where they are asked for

  /// Of the value; empty where there is none. Valid as long as the record.
  std::string_view bytes() const { return value ? std::string_view(*value) : std::string_view(); }
};

/// Where reading begins: an offset, a recorded time, or the end.
struct FromEnd {};
using ReadFrom = std::variant<int64_t, Timestamp, FromEnd>;

struct ReadOptions {
  Topic topic{};
  std::vector<int32_t> partitions;
  ReadFrom from = int64_t{0};
  bool follow = false;
  bool headers = false;
};

/// Without `follow`: merged by recorded time, then partition, up to the end that was there at the start. With
/// it: as the log delivers them, in order within a partition. Memory is bounded in either case.
class TopicReader {
 public:
  /// `log` outlives the reader.
  static Result<TopicReader> open(Log& log, const ReadOptions& options);

  /// Waits a moment for more. Empty: nothing yet, or the end.
  Result<std::vector<TopicRecord>> next();
  /// Never with `follow`.
  bool ended() const;
  /// Offsets between where it began and the end that was there at the start, of all partitions together.
  uint64_t backlog() const { return backlog_; }

 private:
  struct Stream {
    int64_t end = 0;
    std::deque<TopicRecord> waiting;
    std::optional<int64_t> left_out;  ///< the first offset for which there was no room
    bool complete = false;            ///< nothing more will come to `waiting`
  };

  TopicReader(std::unique_ptr<ReaderPort> reader, const ReadOptions& options)
      : reader_(std::move(reader)), options_(options) {}

  Result<void> place();
  Result<void> fill();
  void take(const LogRecord& record);
  TopicRecord copy(const LogRecord& record);
  /// The stream whose first record is next; null while one has to be waited for.
  Stream* first();

  std::unique_ptr<ReaderPort> reader_;
  ReadOptions options_;
  std::map<int32_t, Stream> streams_;
  uint64_t backlog_ = 0;
};

}  // namespace subledger::ops
