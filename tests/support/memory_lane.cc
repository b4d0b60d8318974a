// A lane on the log in memory: its reader and its writer.
#include <utility>

#include "events/check.h"
#include "tests/support/memory_cursor.h"
#include "tests/support/memory_log.h"

namespace subledger {
namespace {

constexpr std::size_t metadata_bytes_max = 4'000;

tl::unexpected<Fault> scripted(StepOutcome outcome, const char* step) {
  const std::string message = std::string("memory log: ") + step + " failed as the test demands";
  if (outcome == StepOutcome::lost || outcome == StepOutcome::fenced) {
    return tl::unexpected<Fault>(Fault{Fault::Kind::fenced, message});
  }
  return failed(message);
}

}  // namespace

class MemorySource : public SourcePort {
 public:
  MemorySource(MemoryLog& log, const LaneOptions& options)
      : log_(log), options_(options), cursor_(log, Topic::events) {}

  Result<std::span<const LogRecord>> poll(int timeout_ms, std::size_t records_max,
                                          OwnershipListener& listener) override {
    const auto deadline = deadline_in(timeout_ms);
    std::unique_lock lock(log_.mutex_);
    if (const auto fault = log_.next_fault(MemoryStep::poll)) return scripted(fault->outcome, "poll");
    while (true) {
      tell(listener, lock);
      if (const auto gap = cursor_.gap()) return tl::unexpected<Fault>(*gap);
      if (cursor_.collect(records_max)) break;
      if (log_.changed_.wait_until(lock, deadline) == std::cv_status::timeout) {
        tell(listener, lock);
        cursor_.collect(records_max);
        break;
      }
    }
    return std::span<const LogRecord>(cursor_.batch);
  }

  Result<void> seek(int32_t partition, int64_t offset) override {
    const std::lock_guard lock(log_.mutex_);
    if (!held_.contains(partition)) return failed("memory log: seek in a partition that is not assigned");
    cursor_.seek(partition, offset);
    return {};
  }

  Result<OffsetRange> range(int32_t partition) override {
    const std::lock_guard lock(log_.mutex_);
    if (!log_.has(partition)) return failed("memory log: no such partition");
    return cursor_.range(partition);
  }

  std::vector<Header> headers(const LogRecord& record) override { return header_views(record); }

  bool passed(int32_t partition, int64_t end) override {
    const std::lock_guard lock(log_.mutex_);
    return cursor_.passed(partition, end);
  }

 private:
  /// Tells the listener what changed since the last call, without the lock.
  void tell(OwnershipListener& listener, std::unique_lock<std::mutex>& lock) {
    std::vector<int32_t> assigned;
    std::vector<int32_t> revoked;
    std::vector<int32_t> lost;
    for (int32_t p = options_.lane; p < log_.options_.partitions; p += options_.lanes) {
      const MemoryLog::Ownership now = log_.ownership_[static_cast<std::size_t>(p)];
      if (now == MemoryLog::Ownership::held && !held_.contains(p)) assigned.push_back(p);
      if (now != MemoryLog::Ownership::held && held_.contains(p)) {
        (now == MemoryLog::Ownership::leaving ? revoked : lost).push_back(p);
      }
    }
    for (const int32_t p : assigned) held_[p] = true;
    lock.unlock();
    if (!lost.empty()) listener.lost(lost);
    if (!revoked.empty()) listener.revoked(revoked);
    if (!assigned.empty() || !told_) listener.assigned(assigned);
    told_ = true;
    lock.lock();
    revoked.insert(revoked.end(), lost.begin(), lost.end());
    for (const int32_t p : revoked) {
      held_.erase(p);
      cursor_.forget(p);
      MemoryLog::Ownership& ownership = log_.ownership_[static_cast<std::size_t>(p)];
      if (ownership != MemoryLog::Ownership::held) ownership = MemoryLog::Ownership::away;
    }
  }

  MemoryLog& log_;
  LaneOptions options_;
  MemoryLog::Cursor cursor_;
  std::map<int32_t, bool> held_;
  bool told_ = false;  // `assigned` was called once, if only with no partitions
};

class MemoryTransactions : public TransactionPort {
 public:
  MemoryTransactions(MemoryLog& log, const LaneOptions& options)
      : log_(log),
        group_(options.group),
        id_(options.group + "/" + options.instance + "/" + std::to_string(options.lane)) {}

  Result<void> reset() override {
    const std::lock_guard lock(log_.mutex_);
    drop();
    if (const auto fault = log_.next_fault(MemoryStep::reset)) return scripted(fault->outcome, "reset");
    epoch_ = ++log_.epochs_[id_];
    usable_ = true;
    return {};
  }

  StepResult begin() override {
    const std::lock_guard lock(log_.mutex_);
    if (auto refused = check(MemoryStep::begin, false)) return std::move(*refused);
    open_ = true;
    return {};
  }

  StepResult produce(const NewRecord& record) override {
    MemoryLog::PendingRecord pending = MemoryLog::copy(record);
    const std::lock_guard lock(log_.mutex_);
    if (auto refused = check(MemoryStep::produce, true)) return std::move(*refused);
    if (!log_.has(record.partition)) return ended({StepOutcome::fault, "memory log: no such partition"});
    pending_.push_back(std::move(pending));
    return {};
  }

  StepResult commit(std::span<const PositionUpdate> positions) override {
    const std::lock_guard lock(log_.mutex_);
    const auto fault = log_.next_fault(MemoryStep::commit);
    if (auto refused = state_refusal(true)) return std::move(*refused);
    if (fault && !fault->committed_anyway)
      return ended({fault->outcome, "memory log: commit failed on demand"});
    for (const PositionUpdate& update : positions) {
      const auto ownership = log_.ownership_.at(static_cast<std::size_t>(update.partition));
      if (ownership == MemoryLog::Ownership::lost || ownership == MemoryLog::Ownership::away) {
        return ended({StepOutcome::lost, "memory log: the partition belongs to another"});
      }
      if (update.metadata.size() > metadata_bytes_max) {
        return ended({StepOutcome::fault, "memory log: metadata above 4,000 bytes"});
      }
    }
    // Nothing fails from here on.
    for (const PositionUpdate& update : positions) {
      log_.committed_[{group_, update.partition}] = {update.position, update.metadata};
    }
    log_.append_all(std::exchange(pending_, {}));
    open_ = false;
    if (!fault) return {};
    usable_ = fault->outcome == StepOutcome::done;
    return {fault->outcome, "memory log: the answer to the commit was lost on demand"};
  }

  StepResult abort() override {
    const std::lock_guard lock(log_.mutex_);
    if (auto refused = check(MemoryStep::abort, open_)) return std::move(*refused);
    drop();
    return {};
  }

  Result<Committed> committed(int32_t partition) override {
    const std::lock_guard lock(log_.mutex_);
    if (const auto fault = log_.next_fault(MemoryStep::committed))
      return scripted(fault->outcome, "committed");
    const auto found = log_.committed_.find({group_, partition});
    return found == log_.committed_.end() ? Committed{} : found->second;
  }

 private:
  /// What keeps the step from being made; nullopt: nothing.
  std::optional<StepResult> check(MemoryStep step, bool inside) {
    const auto fault = log_.next_fault(step);
    if (auto refused = state_refusal(inside)) return refused;
    if (fault) return ended({fault->outcome, "memory log: the step failed as the test demands"});
    return std::nullopt;
  }

  std::optional<StepResult> state_refusal(bool inside) {
    if (!usable_) return ended({StepOutcome::fault, "memory log: the writer needs a reset"});
    if (log_.epochs_[id_] != epoch_) {
      return ended(
          {StepOutcome::fenced, "memory log: another instance took over the transactional id " + id_});
    }
    if (open_ != inside) {
      return ended(
          {StepOutcome::fault, open_ ? "memory log: a transaction is open" : "memory log: none is open"});
    }
    return std::nullopt;
  }

  /// Ends the transaction without its records.
  StepResult ended(StepResult result) {
    drop();
    const bool over = result.outcome == StepOutcome::unknown || result.outcome == StepOutcome::lost ||
                      result.outcome == StepOutcome::fenced;
    if (over) usable_ = false;
    return result;
  }

  void drop() {
    if (open_) log_.skip_offsets(pending_, true);
    pending_.clear();
    open_ = false;
  }

  MemoryLog& log_;
  std::string group_;
  std::string id_;
  int64_t epoch_ = 0;
  bool usable_ = false;
  bool open_ = false;
  std::vector<MemoryLog::PendingRecord> pending_;
};

Result<LanePorts> MemoryLog::open_lane(const LaneOptions& options) {
  CHECK(options.lanes > 0 && options.lane >= 0 && options.lane < options.lanes);
  if (const auto count = partitions(); !count) return tl::unexpected<Fault>(count.error());
  return LanePorts{std::make_unique<MemorySource>(*this, options),
                   std::make_unique<MemoryTransactions>(*this, options)};
}

}  // namespace subledger
