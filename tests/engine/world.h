// A world for an engine to live in: a log and stores in memory, work to do, and somebody who watches. Each
// verb is one line of a test's story.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "engine/meta.h"
#include "tests/engine/views.h"

namespace subledger::test {

/// Remembers what an engine tells. Thread-safe; the callbacks are called without a lock and are set before a
/// run.
class Watcher : public EngineObserver {
 public:
  struct Ready {
    int32_t partition = 0;
    int64_t store_position = 0;
    int64_t log_position = 0;
    friend bool operator==(const Ready&, const Ready&) = default;
  };
  struct Seen {
    std::vector<Ready> ready;
    std::vector<int32_t> released;
    std::map<int32_t, std::string> stopped;
    std::map<int32_t, int64_t> found;
    std::vector<std::string> waits;
    std::vector<uint64_t> chunk_records;
    std::vector<uint64_t> chunk_outputs;
    std::map<int32_t, int64_t> backlog;
    std::map<int32_t, uint64_t> replayed;  ///< the last word of each partition
    std::vector<RollupProgress> filled;
  };

  Seen seen() const;
  /// Returns once `claim` holds of what was seen.
  void await(const std::function<bool(const Seen&)>& claim);

  std::function<void(const std::string& why)> on_waiting;
  std::function<void(int chunks)> on_chunk;
  std::function<void(int32_t partition)> on_released;

  void partition_ready(int32_t partition, int64_t store_position, int64_t log_position) override;
  void partition_released(int32_t partition) override;
  void partition_stopped(int32_t partition, const Fault& why) override;
  void position_found(int32_t partition, int64_t position) override;
  void waiting(int lane, const std::string& why) override;
  void chunk_committed(int lane, uint64_t records, uint64_t outputs) override;
  void backlog(int32_t partition, int64_t records) override;
  void replayed(int32_t partition, uint64_t records) override;
  void rollup_filled(int32_t partition, const RollupProgress& progress) override;

 private:
  template <class Change>
  void note(Change change);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Seen seen_;
};

/// One instance of the engine with its own stores. By default one thread in all, chunks of 7 records, each
/// persisted at once, until the end of the log.
class Instance {
 public:
  explicit Instance(MemoryLog& log, Group* group = nullptr, const std::string& name = "engine");
  ~Instance();

  Result<EngineReport> run();
  /// A run that has to succeed, with no partition stopped.
  EngineReport run_to_end();
  /// In a thread of its own, until `stop_run` or its own end.
  void start();
  Result<EngineReport> stop_run();
  Result<EngineReport> await_end();
  /// Its stores lose what was not flushed but the first `kept_writes` of each; only between runs.
  void lose_power(std::size_t kept_writes = 0);

  EngineOptions options;
  LogView log;
  Stores stores;
  Watcher watcher;
  std::atomic<bool> stop{false};

 private:
  int32_t partitions_;
  std::thread thread_;
  std::optional<Result<EngineReport>> ended_;  // written by thread_, read after it is joined
};

/// What has come of a log: the charges, access records and rejects that stand in it.
std::vector<std::string> outputs_of(const MemoryLog& log, int32_t partitions);
/// nullopt: the store holds nothing.
std::optional<Meta> meta_of(MemoryDisk& disk);
RowHash sum_of_rows(const MemoryDisk& disk);
/// A line for each partition: position, counts and digest, which has to be that of the rows.
std::vector<std::string> states_of(Stores& stores, int32_t partitions);

struct Shape {
  int32_t partitions = 3;
  bool gaps = false;    ///< in the offsets of the log
  int subscribers = 4;  ///< with some 25 records each
};

/// The log that outlives engines, made before what works on it.
struct Broker {
  explicit Broker(const Shape& shape);
  MemoryLog broker;
};

/// A log, and one instance of the engine on it.
class World : public Broker, public Instance {
 public:
  explicit World(Shape shape = {}, Group* group = nullptr);

  /// A catalog in every partition, a day of every kind of event, refused and repeated ones among them, and
  /// rubbish.
  void append_work();
  /// An event in its JSON form, to its key's partition.
  void append(std::string_view json);
  void publish(std::string_view catalog);
  void append_raw(int32_t partition, std::optional<std::string_view> key,
                  std::optional<std::string_view> value, std::span<const Header> headers = {});

  std::vector<std::string> outputs() const { return outputs_of(broker, shape.partitions); }
  std::vector<std::string> states() { return states_of(stores, shape.partitions); }
  std::optional<int64_t> committed(int32_t partition) const;
  int64_t end_of_events(int32_t partition) const;

  const Shape shape;
};

/// The work in a log that nothing has disturbed, done in one run.
struct Expected {
  std::vector<std::string> outputs;
  std::vector<std::string> states;
};
Expected undisturbed(Shape shape = {});

/// Fails unless the log and the stores are as if nothing had happened.
void check_as_undisturbed(World& world, const Expected& expected);
/// Fails unless each output partition of each topic counts from 1 without gaps.
void check_dense(const MemoryLog& log, int32_t partitions);

/// Runs again until the work is done, as a supervisor would; gives the number of runs.
int run_until_done(World& world);

/// An event a second later than that of the number before.
std::string event_json(int number, std::string_view type, std::string_view subscriber,
                       std::string_view more = "");
/// A catalog with one of everything, in force from 2014-01-01.
std::string catalog_json(std::string_view version, std::string_view currency = "RUB");
/// The same for every number of partitions; `subscriber` counts from 0.
std::string subscriber_name(int subscriber);

bool mentions(const std::string& text, std::string_view word);

}  // namespace subledger::test
