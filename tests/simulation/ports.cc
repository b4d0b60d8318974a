#include "tests/simulation/ports.h"

#include <algorithm>
#include <utility>

#include "projections/rows.h"

namespace subledger::simulation {
namespace {

constexpr int64_t stable_patience_ms = 45'000;
constexpr int produce_yield_per_mille = 20;

Fault out_of_reach(const std::string& what) {
  return {Fault::Kind::unreachable, "simulated: " + what + " is not answered"};
}

tl::unexpected<Fault> no_space() {
  return tl::unexpected<Fault>(Fault{Fault::Kind::full, "simulated: no space left"});
}

/// Which member of the group, and which of those that bore the name.
struct Identity {
  std::string name;
  int64_t incarnation = 0;
};

Fault name_taken(const Identity& self) {
  return {Fault::Kind::fenced, "simulated: another process bears the name " + self.name};
}

}  // namespace

class SimulatedSource : public SourcePort {
 public:
  SimulatedSource(Surroundings& around, Identity self, int32_t partitions)
      : around_(around), self_(std::move(self)), partitions_(partitions) {}
  ~SimulatedSource() override { around_.broker.leave(self_.name, self_.incarnation); }

  Result<std::span<const LogRecord>> poll(int timeout_ms, std::size_t records_max,
                                          OwnershipListener& listener) override {
    around_.schedule.pause();
    if (around_.broker.superseded(self_.name, self_.incarnation))
      return tl::unexpected<Fault>(name_taken(self_));
    if (around_.mishaps.strikes(Mishap::log_unreachable, around_.random))
      return tl::unexpected<Fault>(out_of_reach("a poll"));
    if (around_.mishaps.strikes(Mishap::expelled, around_.random)) around_.broker.expel(self_.name);
    around_.broker.rejoin(self_.name);
    tell(listener);
    collect(records_max);
    if (batch_.empty()) around_.schedule.sleep_ms(timeout_ms);
    return std::span<const LogRecord>(batch_);
  }

  Result<void> seek(int32_t partition, int64_t offset) override {
    auto reader = around_.log.open_reader(Topic::events);
    if (auto sought = (*reader)->seek(Topic::events, partition, offset); !sought) return sought;
    readers_[partition] = *std::move(reader);
    return {};
  }

  Result<OffsetRange> range(int32_t partition) override {
    around_.schedule.pause();
    if (around_.mishaps.strikes(Mishap::log_unreachable, around_.random))
      return tl::unexpected<Fault>(out_of_reach("a question for offsets"));
    return (*around_.log.open_reader(Topic::events))->range(Topic::events, partition);
  }

  std::vector<Header> headers(const LogRecord& record) override {
    return readers_.at(record.partition)->headers(record);
  }

  bool passed(int32_t partition, int64_t end) override {
    const auto found = readers_.find(partition);
    return found != readers_.end() && found->second->passed(partition, end);
  }

 private:
  void tell(OwnershipListener& listener) {
    std::vector<int32_t> lost;
    std::vector<int32_t> revoked;
    for (const int32_t p : told_) {
      if (!around_.broker.holds(self_.name, p)) {
        lost.push_back(p);
      } else if (around_.broker.leaving(p)) {
        revoked.push_back(p);
      }
    }
    // An eager protocol takes all to give most of them back; a cooperative one only what goes.
    if (!revoked.empty() && around_.random.coin()) {
      revoked.clear();
      for (const int32_t p : told_) {
        if (around_.broker.holds(self_.name, p)) revoked.push_back(p);
      }
    }
    if (!lost.empty()) listener.lost(lost);
    forget(lost);
    if (!revoked.empty()) listener.revoked(revoked);
    forget(revoked);
    for (const int32_t p : revoked) {
      if (around_.broker.holds(self_.name, p) && around_.broker.leaving(p)) around_.broker.hand_over(p);
    }
    std::vector<int32_t> assigned;
    for (int32_t p = 0; p < partitions_; ++p) {
      if (!around_.broker.owns(self_.name, p) || told_.contains(p)) continue;
      if (around_.broker.leaving(p)) {
        around_.broker.hand_over(p);
        continue;
      }
      told_.insert(p);
      around_.broker.tell(self_.name, p);
      assigned.push_back(p);
    }
    if (!assigned.empty() || !revoked.empty() || !spoken_) listener.assigned(assigned);
    spoken_ = true;
  }

  void forget(const std::vector<int32_t>& partitions) {
    for (const int32_t p : partitions) {
      told_.erase(p);
      readers_.erase(p);
    }
  }

  /// Some records of each partition, in an order of the seed's.
  void collect(std::size_t records_max) {
    batch_.clear();
    if (readers_.empty()) return;
    auto at = readers_.begin();
    std::advance(at, around_.random.below(readers_.size()));
    for (std::size_t i = 0; i < readers_.size(); ++i) {
      const std::size_t room =
          std::min(records_max - batch_.size(), 1 + around_.random.below<std::size_t>(12));
      if (room > 0) {
        const auto records = at->second->poll(0, room);
        if (records) batch_.insert(batch_.end(), records->begin(), records->end());
      }
      if (++at == readers_.end()) at = readers_.begin();
    }
  }

  Surroundings& around_;
  Identity self_;
  int32_t partitions_;
  std::set<int32_t> told_;
  std::map<int32_t, std::unique_ptr<ReaderPort>> readers_;
  std::vector<LogRecord> batch_;
  bool spoken_ = false;
};

class SimulatedTransactions : public TransactionPort {
 public:
  SimulatedTransactions(Surroundings& around, Identity self) : around_(around), self_(std::move(self)) {}

  Result<void> reset() override {
    around_.schedule.pause();
    if (around_.mishaps.strikes(Mishap::log_unreachable, around_.random))
      return tl::unexpected<Fault>(out_of_reach("a reset"));
    if (superseded()) return tl::unexpected<Fault>(name_taken(self_));
    while (mine().state == Transaction::State::committing) around_.schedule.sleep_ms(20);
    around_.broker.abort(self_.name);
    epoch_ = ++mine().epoch;
    end_under_way_ = false;
    if (around_.mishaps.strikes(Mishap::reset_unanswered, around_.random))
      return tl::unexpected<Fault>(out_of_reach("a reset"));
    return {};
  }

  StepResult begin() override {
    around_.schedule.pause();
    // As connectors/kafka does: a connection broke, so an end of the past may still arrive.
    if (end_under_way_) {
      if (auto renewed = reset(); !renewed) return {StepOutcome::unknown, renewed.error().message};
    }
    return failure("begin");
  }

  StepResult produce(const NewRecord& record) override {
    around_.schedule.pause(produce_yield_per_mille);
    if (auto refused = refusal()) return *std::move(refused);
    if (StepResult failed_step = failure("produce"); failed_step.outcome != StepOutcome::done)
      return failed_step;
    while (mine().state == Transaction::State::committing) around_.schedule.sleep_ms(20);
    if (auto refused = refusal()) return *std::move(refused);
    open();
    Pending& pending = mine().records.emplace_back();
    pending.topic = record.topic;
    pending.partition = record.partition;
    pending.record.timestamp = record.timestamp;
    if (record.key) pending.record.key.emplace(*record.key);
    if (record.value) pending.record.value.emplace(*record.value);
    for (const Header& header : record.headers) {
      auto& [name, value] = pending.record.headers.emplace_back();
      name = header.name;
      if (header.value) value.emplace(*header.value);
    }
    return {};
  }

  StepResult commit(std::span<const PositionUpdate> positions) override {
    around_.schedule.pause();
    while (mine().state == Transaction::State::committing) around_.schedule.sleep_ms(20);
    if (auto refused = refusal()) return *std::move(refused);
    if (StepResult failed_step = failure("the positions"); failed_step.outcome != StepOutcome::done)
      return failed_step;
    for (const PositionUpdate& update : positions) {
      if (around_.broker.holds(self_.name, update.partition)) continue;
      if (around_.random.coin()) around_.broker.abort(self_.name);
      return {StepOutcome::lost, "simulated: a partition belongs to another"};
    }
    open();
    mine().positions.assign(positions.begin(), positions.end());
    around_.schedule.pause();
    return end();
  }

  /// None, or a little: by the time of day, so that no seed's choices change.
  int settling_ms() const override { return static_cast<int>(around_.schedule.present_ms() % 3) * 10; }

  StepResult abort() override {
    around_.schedule.pause();
    if (auto refused = refusal()) return *std::move(refused);
    around_.broker.abort(self_.name);
    return {};
  }

  Result<Committed> committed(int32_t partition) override {
    around_.schedule.pause();
    if (around_.mishaps.strikes(Mishap::log_unreachable, around_.random))
      return tl::unexpected<Fault>(out_of_reach("a question for a position"));
    const int64_t deadline = around_.schedule.now_ms() + stable_patience_ms;
    while (around_.broker.unstable(partition)) {
      if (around_.schedule.now_ms() > deadline)
        return tl::unexpected<Fault>(out_of_reach("a question for a position"));
      around_.schedule.sleep_ms(20);
    }
    return around_.log.committed(group_name, partition);
  }

 private:
  Transaction& mine() { return around_.broker.transaction(self_.name); }
  bool superseded() const { return around_.broker.superseded(self_.name, self_.incarnation); }

  void open() {
    if (mine().state != Transaction::State::none) return;
    mine().state = Transaction::State::open;
    mine().begun_ms = around_.schedule.now_ms();
  }

  /// The server knows a newer epoch: another process's, or its own after a time-out.
  std::optional<StepResult> refusal() {
    if (superseded()) return StepResult{StepOutcome::fenced, name_taken(self_).message};
    if (mine().epoch != epoch_) return StepResult{StepOutcome::unknown, "simulated: the epoch is over"};
    return std::nullopt;
  }

  StepResult failure(const char* what) {
    if (around_.mishaps.strikes(Mishap::request_failed, around_.random)) {
      around_.broker.abort(self_.name);
      return {StepOutcome::aborted, std::string("simulated: ") + what + " failed"};
    }
    if (around_.mishaps.strikes(Mishap::chunk_refused, around_.random)) {
      around_.broker.abort(self_.name);
      return {StepOutcome::fault, std::string("simulated: ") + what + " is refused"};
    }
    if (around_.mishaps.strikes(Mishap::request_unanswered, around_.random))
      return {StepOutcome::unknown, std::string("simulated: ") + what + " is not answered"};
    return {};
  }

  /// The request that ends the transaction, and everything that may become of it on its way.
  StepResult end() {
    const StepResult unanswered{StepOutcome::unknown, "simulated: the end is not answered"};
    if (auto refused = refusal()) return *std::move(refused);
    if (around_.mishaps.strikes(Mishap::commit_request_lost, around_.random)) return unanswered;
    if (around_.mishaps.strikes(Mishap::commit_delayed, around_.random)) {
      around_.broker.deliver_later(self_.name, epoch_);
      return unanswered;
    }
    around_.broker.commit(self_.name);
    if (around_.mishaps.strikes(Mishap::commit_reply_lost, around_.random)) return unanswered;
    if (around_.mishaps.strikes(Mishap::commit_duplicated, around_.random)) {
      around_.broker.deliver_later(self_.name, epoch_);
      end_under_way_ = true;
    }
    around_.schedule.pause();
    return {};
  }

  Surroundings& around_;
  Identity self_;
  int64_t epoch_ = -1;
  bool end_under_way_ = false;
};

Result<LanePorts> SimulatedLog::open_lane(const LaneOptions& options) {
  around_.schedule.pause();
  if (around_.mishaps.strikes(Mishap::log_unreachable, around_.random))
    return tl::unexpected<Fault>(out_of_reach("an opening"));
  const std::string name = options.instance + '/' + std::to_string(options.lane);
  const Identity self{name, around_.broker.join(name, life_)};
  return LanePorts{std::make_unique<SimulatedSource>(around_, self, *partitions()),
                   std::make_unique<SimulatedTransactions>(around_, self)};
}

class SimulatedStore : public StorePort {
 public:
  SimulatedStore(SimulatedStores& stores, int32_t partition)
      : stores_(stores), partition_(partition), store_(stores.disks_.disk(partition)) {
    stores_.in_use_.insert(partition);
  }
  ~SimulatedStore() override { stores_.in_use_.erase(partition_); }

  Result<std::optional<std::string>> get(std::string_view key) const override {
    if (strikes(Mishap::read_failed)) return failed("simulated: a read failed");
    return store_.get(key);
  }
  Result<std::vector<std::optional<std::string>>> get_many(
      std::span<const std::string_view> keys) const override {
    if (strikes(Mishap::read_failed)) return failed("simulated: a read failed");
    return store_.get_many(keys);
  }
  Result<void> scan(std::string_view prefix,
                    const std::function<bool(std::string_view, std::string_view)>& row) const override {
    return store_.scan(prefix, row);
  }

  Result<void> write(std::span<const RowWrite> rows) override {
    stores_.around_.schedule.pause();
    if (full()) return no_space();
    if (strikes(Mishap::write_failed)) return failed("simulated: a write failed");
    for (const RowWrite& row : rows) {
      if (row.key == meta_key && row.value) stores_.on_write(partition_, *row.value);
    }
    if (auto written = store_.write(rows); !written) return written;
    stores_.around_.schedule.pause();
    return {};
  }

  Result<void> flush() override {
    stores_.around_.schedule.pause();
    if (full()) return no_space();
    if (strikes(Mishap::flush_failed)) return failed("simulated: a flush failed");
    return store_.flush();
  }

  /// What was begun may be done at once, or not before the power goes.
  Result<void> begin_flush() override {
    if (stores_.around_.random.coin()) return flush();
    stores_.around_.schedule.pause();
    return {};
  }

 private:
  bool strikes(Mishap mishap) const {
    return stores_.around_.mishaps.strikes(mishap, stores_.around_.random);
  }
  bool full() const {
    const int64_t now = stores_.around_.schedule.now_ms();
    if (strikes(Mishap::disk_full)) stores_.full_until_ms = now + stores_.around_.random.below(15'000);
    return now < stores_.full_until_ms;
  }

  SimulatedStores& stores_;
  int32_t partition_;
  MemoryStore store_;
};

Result<std::unique_ptr<StorePort>> SimulatedStores::open(int32_t partition) {
  around_.schedule.pause();
  if (in_use_.contains(partition)) return unreachable("simulated: another lane has the store open");
  return std::make_unique<SimulatedStore>(*this, partition);
}

void SimulatedStores::lose_power() {
  for (int32_t p = 0; p < partitions_; ++p) {
    MemoryDisk& kept = disk(p);
    kept.crash(around_.random.below(kept.unflushed_writes() + 1));
    if (around_.mishaps.strikes(Mishap::store_removed, around_.random)) kept.set_rows({});
  }
}

}  // namespace subledger::simulation
