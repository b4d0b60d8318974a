#include "ops/run_observer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace subledger::ops {
namespace {

constexpr uint64_t told_percent = 5;

}  // namespace

void RunObserver::partition_ready(int32_t partition, int64_t store_position, int64_t log_position) {
  spdlog::info("partition ready partition={} offset={} store_offset={}", partition, log_position,
               store_position);
  progress_.add_total(static_cast<uint64_t>(log_position - store_position));
  const std::lock_guard lock(mutex_);
  replayed_[partition] = 0;
}

void RunObserver::partition_released(int32_t partition) {
  spdlog::info("partition released partition={}", partition);
}

void RunObserver::partition_stopped(int32_t partition, const Fault& why) {
  spdlog::error("partition stopped partition={} why=\"{}\"", partition, why.message);
  const std::lock_guard lock(mutex_);
  stopped_[partition] = why;
}

void RunObserver::position_found(int32_t partition, int64_t position) {
  spdlog::warn(
      "the group has committed nothing, but outputs of earlier runs are in the log; what they came of is not "
      "emitted again partition={} offset={}",
      partition, position);
}

void RunObserver::waiting(int lane, const std::string& why) {
  spdlog::warn("waiting lane={} why=\"{}\"", lane, why);
}

void RunObserver::chunk_committed(int lane, uint64_t records, uint64_t outputs) {
  spdlog::debug("chunk committed lane={} records={} outputs={}", lane, records, outputs);
  progress_.add(records);
}

void RunObserver::backlog(int32_t partition, int64_t records) {
  spdlog::debug("backlog partition={} records={}", partition, records);
  progress_.add_total(static_cast<uint64_t>(records));
}

void RunObserver::replayed(int32_t partition, uint64_t records) {
  spdlog::debug("replayed partition={} records={}", partition, records);
  const std::lock_guard lock(mutex_);
  progress_.add(records - std::exchange(replayed_[partition], records));
}

void RunObserver::rollup_filled(int32_t partition, const RollupProgress& progress) {
  const std::string_view name = rollup_name(progress.rollup);
  const std::lock_guard lock(mutex_);
  if (progress.finished) {
    filled_.erase(partition);
    spdlog::info("roll-up filled partition={} rollup={} records={}", partition, name, progress.total);
    return;
  }
  const uint64_t percent = 100 * progress.done / std::max<uint64_t>(1, progress.total);
  const auto [told, first] = filled_.try_emplace(partition, percent);
  if (!first && percent < told->second + told_percent) return;
  told->second = percent;
  spdlog::info("roll-up being filled partition={} rollup={} records={} of={} percent={}", partition, name,
               progress.done, progress.total, percent);
}

}  // namespace subledger::ops
