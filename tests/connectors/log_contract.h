// What every log promises (engine/ports.h), as checks that run on each of them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/ports.h"

namespace subledger::test {

constexpr int32_t bench_partitions = 4;

/// A log with `bench_partitions` partitions, made anew for each check.
class LogBench {
 public:
  virtual ~LogBench() = default;
  /// The same log as a run of the engine opens it, once per run; lives as long as the bench.
  virtual Log& open_run() = 0;
  int64_t now_ms = 1'414'800'000'000;  ///< what its clock shows
};

/// Owned bytes of a record.
struct Seen {
  int32_t partition = 0;
  int64_t offset = 0;
  int64_t micros = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;

  friend bool operator==(const Seen&, const Seen&) = default;
};

/// Remembers what it was told, and seeks every assigned partition to its start, or to `start`.
class Listener : public OwnershipListener {
 public:
  explicit Listener(SourcePort& source, int64_t start = 0) : source_(source), start_(start) {}
  void assigned(std::span<const int32_t> partitions) override;
  void revoked(std::span<const int32_t> partitions) override;
  void lost(std::span<const int32_t> partitions) override;
  void unreadable(int32_t partition, const Fault& why) override;

  std::vector<int32_t> now;
  std::vector<int32_t> all_revoked;
  std::vector<int32_t> all_lost;

 private:
  void drop(std::span<const int32_t> partitions);
  SourcePort& source_;
  int64_t start_;
};

/// A failed Result fails the test with its message.
template <class T>
T must(Result<T> result);
void must(Result<void> result);
void must(const StepResult& result);

LanePorts lane_of(Log& log, const std::string& instance, int lane = 0, int lanes = 1);
void append_event(Log& log, int32_t partition, std::string_view value);
NewRecord charge(int32_t partition, std::string_view value);
/// All committed records of a partition.
std::vector<Seen> read_all(Log& log, Topic topic, int32_t partition);
std::vector<std::string> values_of(const std::vector<Seen>& records);

void check_append_and_read(LogBench& bench);
void check_recorded_time_never_falls(LogBench& bench);
void check_output_time_is_kept(LogBench& bench);
void check_atomic_writer(LogBench& bench);
void check_transaction(LogBench& bench);
void check_abort(LogBench& bench);
void check_fencing(LogBench& bench);
void check_fencing_before_commit(LogBench& bench);
void check_positions(LogBench& bench);
void check_steps_out_of_turn(LogBench& bench);
void check_lanes_share_partitions(LogBench& bench);
void check_seek_and_limits(LogBench& bench);
void check_passed(LogBench& bench);
void check_poll_wakes(LogBench& bench);
void check_creation(LogBench& bench);
void check_no_such_partition(LogBench& bench);
void check_lanes_commit_at_once(LogBench& bench);

}  // namespace subledger::test

#define SUBLEDGER_LOG_CASE(Bench, name)   \
  BOOST_AUTO_TEST_CASE(name) {            \
    Bench bench;                          \
    subledger::test::check_##name(bench); \
  }

/// The cases of a log: within a suite of its own.
#define SUBLEDGER_LOG_CONTRACT(Bench)                  \
  SUBLEDGER_LOG_CASE(Bench, append_and_read)           \
  SUBLEDGER_LOG_CASE(Bench, recorded_time_never_falls) \
  SUBLEDGER_LOG_CASE(Bench, output_time_is_kept)       \
  SUBLEDGER_LOG_CASE(Bench, atomic_writer)             \
  SUBLEDGER_LOG_CASE(Bench, transaction)               \
  SUBLEDGER_LOG_CASE(Bench, abort)                     \
  SUBLEDGER_LOG_CASE(Bench, fencing)                   \
  SUBLEDGER_LOG_CASE(Bench, fencing_before_commit)     \
  SUBLEDGER_LOG_CASE(Bench, positions)                 \
  SUBLEDGER_LOG_CASE(Bench, steps_out_of_turn)         \
  SUBLEDGER_LOG_CASE(Bench, lanes_share_partitions)    \
  SUBLEDGER_LOG_CASE(Bench, seek_and_limits)           \
  SUBLEDGER_LOG_CASE(Bench, passed)                    \
  SUBLEDGER_LOG_CASE(Bench, poll_wakes)                \
  SUBLEDGER_LOG_CASE(Bench, creation)                  \
  SUBLEDGER_LOG_CASE(Bench, no_such_partition)         \
  SUBLEDGER_LOG_CASE(Bench, lanes_commit_at_once)
