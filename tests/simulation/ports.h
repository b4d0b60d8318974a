// The log and the stores as one process sees them: the ports of the engine over the model of the server, and
// over disks in memory. Every call is a place where the process may die, where others go on, where an answer
// is lost.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "engine/store.h"
#include "tests/simulation/broker.h"
#include "tests/support/memory_store.h"

namespace subledger::simulation {

/// What a process and its ports share with the world.
struct Surroundings {
  MemoryLog& log;
  Broker& broker;
  Schedule& schedule;
  Random& random;
  Mishaps& mishaps;
};

/// The log as one process sees it.
class SimulatedLog : public Log {
 public:
  SimulatedLog(Surroundings& around, const Life& life) : around_(around), life_(life) {}

  Result<void> create_topics(int32_t partitions) override { return around_.log.create_topics(partitions); }
  Result<int32_t> partitions() override { return around_.log.partitions(); }
  Result<std::string> identity() override { return around_.log.identity(); }
  Result<LanePorts> open_lane(const LaneOptions& options) override;
  Result<std::unique_ptr<ReaderPort>> open_reader(Topic topic) override {
    return around_.log.open_reader(topic);
  }
  Result<std::unique_ptr<WriterPort>> open_writer(bool atomic) override {
    return around_.log.open_writer(atomic);
  }

 private:
  Surroundings& around_;
  const Life& life_;
};

/// The disks of one machine: they outlive the processes on it.
class SimulatedStores : public StoreFactory {
 public:
  SimulatedStores(Surroundings& around, int32_t partitions) : around_(around), partitions_(partitions) {}

  Result<std::unique_ptr<StorePort>> open(int32_t partition) override;
  MemoryDisk& disk(int32_t partition) { return disks_.disk(partition); }
  /// Every disk keeps some of what was not flushed.
  void lose_power();

  int64_t full_until_ms = 0;
  /// Told the meta row of each batch before it is written.
  std::function<void(int32_t partition, std::string_view meta)> on_write;

 private:
  friend class SimulatedStore;

  Surroundings& around_;
  int32_t partitions_;
  MemoryStoreFactory disks_;
  std::set<int32_t> in_use_;
};

}  // namespace subledger::simulation
