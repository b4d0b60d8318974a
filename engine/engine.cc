// Starts the lanes, waits for what ends them, and gathers what they did.
#include "engine/engine.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "engine/lane.h"

namespace subledger {
namespace {

constexpr auto watch_interval = std::chrono::milliseconds(5);
constexpr auto unheld_interval = std::chrono::milliseconds(200);

struct LaneThread {
  LaneStatus status;
  std::atomic<bool> ended{false};
  std::optional<Fault> fault;  // written before `ended`
  std::thread thread;
};

bool finished_backlog(const LaneThread& lane) {
  return lane.ended || (lane.status.assigned && lane.status.at_end);
}

/// No partition is left that could be processed, and some were.
bool nothing_left(const std::deque<LaneThread>& lanes) {
  bool stopped = false;
  for (const LaneThread& lane : lanes) {
    if (!lane.ended && (!lane.status.assigned || lane.status.live > 0)) return false;
    stopped = stopped || lane.status.stopped > 0;
  }
  return stopped;
}

/// A fault of a lane is the log's: what it will not take from one partition stops that one alone.
bool ends_all(const LaneThread& lane) { return lane.ended && lane.fault; }

/// Whether the group's work is done in the partitions that the lanes do not hold.
class UnheldWork {
 public:
  UnheldWork(Log& log, const EngineOptions& options, int32_t partitions)
      : unheld_(log, options.group), partitions_(partitions) {}

  bool done(const std::deque<LaneThread>& lanes) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_look_) return false;
    for (int32_t partition = 0; partition < partitions_; ++partition) {
      const bool held = std::any_of(lanes.begin(), lanes.end(), [partition](const LaneThread& lane) {
        return lane.status.held.contains(partition);
      });
      if (held || unheld_.processed(partition)) continue;
      next_look_ = now + unheld_interval;
      return false;
    }
    return true;
  }

 private:
  UnheldPartitions unheld_;
  int32_t partitions_;
  std::chrono::steady_clock::time_point next_look_;
};

void watch(std::deque<LaneThread>& lanes, const EngineOptions& options, UnheldWork& unheld,
           std::atomic<bool>& halt, const std::atomic<bool>& stop) {
  const auto all = [&](auto claim) { return std::all_of(lanes.begin(), lanes.end(), claim); };
  for (;;) {
    const bool done = stop || all([](const LaneThread& lane) { return lane.ended.load(); }) ||
                      std::any_of(lanes.begin(), lanes.end(), ends_all) || nothing_left(lanes) ||
                      (options.until_end && all(finished_backlog) && unheld.done(lanes));
    if (done) break;
    std::this_thread::sleep_for(watch_interval);
  }
  halt = true;
}

}  // namespace

Result<EngineReport> run_engine(Log& log, StoreFactory& stores, const EngineOptions& options,
                                EngineObserver& observer, const std::atomic<bool>& stop) {
  if (options.lanes < 1 || options.chunk_records < 1) {
    return failed("the engine needs at least one lane, and chunks of at least one record");
  }
  const auto partitions = log.partitions();
  if (!partitions) return tl::unexpected(partitions.error());
  std::atomic<bool> halt{false};
  std::deque<LaneThread> lanes(static_cast<std::size_t>(options.lanes));
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    LaneThread& lane = lanes[i];
    lane.thread = std::thread([&, i] {
      Lane work(log, stores, options, {static_cast<int>(i), *partitions}, observer, lane.status, halt);
      if (auto ran = work.run(); !ran) lane.fault = ran.error();
      lane.ended = true;
    });
  }
  UnheldWork unheld(log, options, *partitions);
  watch(lanes, options, unheld, halt, stop);
  EngineReport report;
  std::optional<Fault> fault;
  for (LaneThread& lane : lanes) {
    lane.thread.join();
    report.records += lane.status.records;
    report.outputs += lane.status.outputs;
    report.stopped_partitions += lane.status.stopped;
    if (lane.fault && (!fault || fault->kind == Fault::Kind::failed)) fault = lane.fault;
  }
  if (fault) return tl::unexpected(*fault);
  return report;
}

}  // namespace subledger
