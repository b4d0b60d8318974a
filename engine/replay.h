// Folding a partition's log again, beside whatever runs on it: reads its events outside any group, feeds them
// to a partition whose store is of its own, and writes nothing into the log. Goes on from where the store
// stands, so it can be ended at any moment and begun again. A whole log's replay deals its partitions to
// threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/partition.h"
#include "engine/ports.h"
#include "engine/store.h"

namespace subledger {

/// What makes a replay differ from the engine's own way through the log. A store that comes of such a replay
/// is no state of the ledger, and has to be marked.
struct ReplayVariation {
  /// Only the records under this key, and catalogs; all others are passed.
  std::optional<Msisdn> subscriber;
  /// Catalog documents that count as published at the log's start, in this order; versions of their names
  /// that the log holds are passed (interfaces 3).
  std::vector<std::string> catalogs;

  bool none() const { return !subscriber && catalogs.empty(); }
};

/// Where a replay ends: before the first record at or beyond `end`, or recorded after `recorded_until`.
struct ReplayEnd {
  int64_t end = 0;
  std::optional<Timestamp> recorded_until;
};

struct ReplayHooks {
  /// Asked after each poll of the log; false ends the replay early. Empty: never.
  std::function<bool()> go_on;
  /// How many records were read since the last call.
  std::function<void(uint64_t)> progress;
  /// What the engine would have written, in its order, some records at a time. Empty: outputs are not made.
  std::function<Result<void>(const Outputs&)> outputs;
};

/// One partition's replay. Used by one thread.
class Replay {
 public:
  struct Options {
    Partition::Options partition;
    ReplayVariation variation;
    std::size_t chunk_records = 10'000;
    /// Of rows that wait for the store; what a crash takes back is no more.
    std::size_t persist_bytes = 32 * 1024 * 1024;
  };

  /// `reader` is of the events topic and has no partition sought; it and the store outlive the replay. A
  /// fault: the store is damaged, or holds a replay with other catalogs; the catalogs are of different
  /// currencies.
  static Result<Replay> open(ReaderPort& reader, StorePort& store, Options options);

  Replay(Replay&&) noexcept;
  ~Replay();

  /// Applies what lies before the end, and makes the store durable there. False: `go_on` ended it. A fault of
  /// kind unreachable: the log does not begin where the store ends, or the store is beyond the end.
  Result<bool> run(const ReplayEnd& end, const ReplayHooks& hooks);
  /// The state; sealed after `run`.
  const Partition& partition() const { return *partition_; }

 private:
  class Filter;

  Replay(ReaderPort& reader, Options options);

  Result<void> place(int64_t end);
  Result<bool> take(const LogRecord& record, const ReplayEnd& end, Outputs* outputs);
  Result<void> close_chunk(const ReplayHooks& hooks);
  Result<bool> fill_rollups(const ReplayHooks& hooks);
  std::string where() const;

  ReaderPort* reader_;
  Options options_;
  std::unique_ptr<Filter> filter_;
  std::unique_ptr<Partition> partition_;
  Outputs outputs_;
  std::size_t open_records_ = 0;  // in the chunk being filled
};

/// Told what happens; called from several threads at once.
class ReplayObserver {
 public:
  virtual ~ReplayObserver() = default;
  /// Records that lie before a partition, at its start.
  virtual void backlog(int32_t partition, uint64_t records) = 0;
  virtual void replayed(int32_t partition, uint64_t records) = 0;
};

struct ReplayLogOptions {
  int lanes = 1;
  /// By partition, the first offset that is not applied, which has to be within the log; those without one
  /// end where the log ends now.
  std::map<int32_t, int64_t> ends;
  std::optional<Timestamp> recorded_until;
  ReplayVariation variation;             ///< of a subscriber: only that subscriber's partition is replayed
  std::size_t accounts_max = 1'000'000;  ///< kept in memory by all lanes together
};

struct ReplayReport {
  uint64_t records = 0;  ///< read
  bool complete = true;  ///< false: `stop` came first
};

/// Replays a log into stores, partition by partition on each lane. The first fault ends all.
Result<ReplayReport> replay_log(Log& log, StoreFactory& stores, const ReplayLogOptions& options,
                                ReplayObserver& observer, const std::atomic<bool>& stop);

/// Where a partition's replay of the log ends: `end` as wanted, else what the log holds now. Fails for an end
/// beyond that.
Result<int64_t> replay_end(ReaderPort& events, int32_t partition, std::optional<int64_t> wanted);

}  // namespace subledger
