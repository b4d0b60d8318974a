// A whole log's replay: partitions dealt to threads.
#include <algorithm>
#include <deque>
#include <mutex>
#include <thread>

#include "engine/replay.h"
#include "events/partitioner.h"

namespace subledger {
namespace {

class LogReplay {
 public:
  LogReplay(Log& log, StoreFactory& stores, const ReplayLogOptions& options, ReplayObserver& observer,
            const std::atomic<bool>& stop)
      : log_(log), stores_(stores), options_(options), observer_(observer), stop_(stop) {}

  Result<ReplayReport> run() {
    const auto partitions = log_.partitions();
    if (!partitions) return tl::unexpected(partitions.error());
    partitions_ = *partitions;
    for (int32_t p = 0; p < partitions_; ++p) {
      const auto& subscriber = options_.variation.subscriber;
      if (!subscriber || partition_of(format_msisdn(*subscriber), partitions_) == p) waiting_.push_back(p);
    }
    lanes_ = std::clamp<std::size_t>(static_cast<std::size_t>(options_.lanes), 1, waiting_.size());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < lanes_; ++i) threads.emplace_back([this] { work(); });
    for (std::thread& thread : threads) thread.join();
    if (fault_) return tl::unexpected(*fault_);
    return ReplayReport{records_, complete_ && waiting_.empty()};
  }

 private:
  void work() {
    while (const auto partition = next()) {
      if (auto replayed = replay(*partition); !replayed) {
        const std::lock_guard lock(mutex_);
        if (!fault_) fault_ = replayed.error();
        broken_ = true;
      }
    }
  }

  bool going_on() const { return !stop_ && !broken_; }

  std::optional<int32_t> next() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty() || !going_on()) return std::nullopt;
    const int32_t partition = waiting_.front();
    waiting_.pop_front();
    return partition;
  }

  Result<void> replay(int32_t partition) {
    // A reader of its own: one that had read another partition would go on delivering it.
    const auto reader = log_.open_reader(Topic::events);
    if (!reader) return tl::unexpected(reader.error());
    const auto wanted = options_.ends.find(partition);
    const auto end = replay_end(**reader, partition,
                                wanted == options_.ends.end() ? std::nullopt : std::optional(wanted->second));
    if (!end) return tl::unexpected(end.error());
    const auto store = stores_.open(partition);
    if (!store) return tl::unexpected(store.error());
    Replay::Options options;
    options.partition = {partition, partitions_, options_.accounts_max / lanes_};
    options.variation = options_.variation;
    auto opened = Replay::open(**reader, **store, std::move(options));
    if (!opened) return tl::unexpected(opened.error());
    observer_.backlog(partition,
                      static_cast<uint64_t>(std::max<int64_t>(0, *end - opened->partition().position())));
    ReplayHooks hooks;
    hooks.go_on = [this] { return going_on(); };
    hooks.progress = [&](uint64_t records) {
      records_ += records;
      observer_.replayed(partition, records);
    };
    const auto ran = opened->run({*end, options_.recorded_until}, hooks);
    if (!ran) return tl::unexpected(ran.error());
    if (!*ran) complete_ = false;
    return {};
  }

  Log& log_;
  StoreFactory& stores_;
  const ReplayLogOptions& options_;
  ReplayObserver& observer_;
  const std::atomic<bool>& stop_;
  int32_t partitions_ = 0;
  std::size_t lanes_ = 1;
  std::atomic<bool> broken_{false};
  std::atomic<bool> complete_{true};
  std::atomic<uint64_t> records_{0};
  std::mutex mutex_;
  std::deque<int32_t> waiting_;  // guarded by mutex_, as the next
  std::optional<Fault> fault_;
};

}  // namespace

Result<ReplayReport> replay_log(Log& log, StoreFactory& stores, const ReplayLogOptions& options,
                                ReplayObserver& observer, const std::atomic<bool>& stop) {
  return LogReplay(log, stores, options, observer, stop).run();
}

}  // namespace subledger
