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

void watch(std::deque<LaneThread>& lanes, const EngineOptions& options, std::atomic<bool>& halt,
           const std::atomic<bool>& stop) {
  const auto all = [&](auto claim) { return std::all_of(lanes.begin(), lanes.end(), claim); };
  for (;;) {
    const bool done = stop || all([](const LaneThread& lane) { return lane.ended.load(); }) ||
                      std::any_of(lanes.begin(), lanes.end(), ends_all) || nothing_left(lanes) ||
                      (options.until_end && all(finished_backlog));
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
  watch(lanes, options, halt, stop);
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
