// Everything that a run consists of: the log, its oracle, one or two machines with a process each, and the
// mishaps that befall them.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/lane.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/ports.h"
#include "tests/simulation/run.h"
#include "tests/simulation/workload.h"

namespace subledger::simulation {

class World;

/// A running instance of the engine: its lanes as tasks, and the supervisor's view of them.
class Process : private EngineObserver {
 public:
  Process(World& world, SimulatedStores& stores, const EngineOptions& options);
  ~Process() override;

  void start();
  /// All lanes have ended, by themselves or with the process.
  bool over() const;
  /// Some of its work will not be done before it starts again.
  bool impaired() const { return impaired_ || stop_ || life.dead; }
  /// Partitions that are processed; nullopt: some lane has not caught up yet.
  std::optional<int> ready() const;
  void ask_to_stop() { stop_ = true; }

  Life life;
  const std::string name;

 private:
  void run_lane(std::size_t lane);

  void partition_ready(int32_t partition, int64_t store_position, int64_t log_position) override;
  void partition_released(int32_t) override {}
  void partition_stopped(int32_t partition, const Fault& why) override;
  void position_found(int32_t partition, int64_t position) override;
  void waiting(int lane, const std::string& why) override;
  void chunk_committed(int, uint64_t, uint64_t) override {}
  void backlog(int32_t, int64_t) override {}
  void replayed(int32_t, uint64_t) override {}

  World& world_;
  SimulatedStores& stores_;
  EngineOptions options_;
  SimulatedLog log_;
  std::deque<LaneStatus> statuses_;
  std::atomic<bool> stop_{false};
  bool impaired_ = false;
};

/// A machine: disks, and a supervisor that starts the process again.
struct Machine {
  std::string name;
  std::unique_ptr<SimulatedStores> stores;
  std::unique_ptr<Process> process;
  int64_t starts_ms = 0;
};

class World {
 public:
  World(uint64_t seed, bool trace);
  ~World();

  /// Mishaps until the input is used up and some more; then none.
  void disturb();
  /// Until nothing is left to do, or 30 s of the log's time have gone by.
  void heal();
  void check_end();
  RunReport report() const;

  void violate(const std::string& what);
  bool failed() const { return !violation_.empty(); }
  void trace(const std::string& what) const;

 private:
  friend class Process;

  void draw_rates();
  EngineOptions draw_options(const std::string& instance);
  void step();
  void supervise();
  void strike();
  void send_some();
  void send(const Input& input);
  void expire_positions();
  void start_process(Machine& machine);
  void bury(Machine& machine);
  bool settled();
  void catch_up(int32_t partition);
  void check_position(const PositionUpdate& update);
  void check_write(int32_t partition, std::string_view meta);
  void check_disk(MemoryDisk& disk, int32_t partition);
  void check_outputs(int32_t partition);
  void check_rejects(int32_t partition);

  const uint64_t seed_;
  const bool trace_;
  Random random_;
  Mishaps mishaps_;
  const int32_t partitions_;
  MemoryLog log_;
  Schedule schedule_;
  Broker broker_;
  Surroundings around_;
  std::vector<Input> input_;
  std::size_t sent_ = 0;
  std::vector<Oracle> oracles_;
  std::vector<int64_t> positions_;  ///< last seen, which never fall
  std::vector<std::size_t> folded_;
  std::vector<Machine> machines_;
  uint64_t starts_ = 0;
  std::string violation_;
};

}  // namespace subledger::simulation
