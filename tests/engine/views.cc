#include "tests/engine/views.h"

#include <array>
#include <utility>

#include "engine/outputs.h"

namespace subledger::test {
namespace {

std::string text_of(const std::optional<std::string>& bytes) { return bytes ? "'" + *bytes + "'" : "null"; }

std::optional<std::string> owned(std::optional<std::string_view> bytes) {
  return bytes ? std::optional<std::string>(*bytes) : std::nullopt;
}

/// What the log in memory says to partitions that a view shares out by itself.
class Unheard : public OwnershipListener {
 public:
  void assigned(std::span<const int32_t>) override {}
  void revoked(std::span<const int32_t>) override {}
  void lost(std::span<const int32_t>) override {}
  void unreadable(int32_t, const Fault&) override {}
};

}  // namespace

std::string text_of(Topic topic, int32_t partition, const MemoryRecord& record) {
  std::string text = std::string(topic_name(topic)) + ' ' + std::to_string(partition) + " at " +
                     std::to_string(record.timestamp.micros) + " key " + text_of(record.key);
  for (const auto& [name, value] : record.headers) text += ' ' + name + '=' + text_of(value);
  return text + " value " + text_of(record.value);
}

std::string text_of(const NewRecord& record) {
  MemoryRecord copy{0, record.timestamp, owned(record.key), owned(record.value), {}};
  for (const Header& header : record.headers) {
    copy.headers.emplace_back(std::string(header.name), owned(header.value));
  }
  return text_of(record.topic, record.partition, copy);
}

Group::Group(int32_t partitions, const std::string& owner)
    : shares_(static_cast<std::size_t>(partitions), {owner, owner, 0}) {}

void Group::hand_over(int32_t partition, const std::string& to) {
  const std::lock_guard lock(mutex_);
  shares_.at(static_cast<std::size_t>(partition)).next = to;
}

void Group::take_away(int32_t partition, const std::string& to) {
  const std::lock_guard lock(mutex_);
  Share& share = shares_.at(static_cast<std::size_t>(partition));
  share = {to, to, share.generation + 1};
}

class SourceView : public SourcePort {
 public:
  SourceView(LogView& view, std::unique_ptr<SourcePort> source, const LaneOptions& options)
      : view_(view), source_(std::move(source)), options_(options) {}

  Result<std::span<const LogRecord>> poll(int timeout_ms, std::size_t records_max,
                                          OwnershipListener& listener) override {
    int poll = 0;
    {
      const std::lock_guard lock(view_.mutex_);
      poll = ++view_.polls_;
    }
    if (view_.before_poll) view_.before_poll(poll);
    const std::size_t wanted = std::min(records_max, view_.poll_records_max);
    if (view_.group_ == nullptr) return source_->poll(timeout_ms, wanted, listener);
    Unheard unheard;
    if (auto opened = source_->poll(0, 0, unheard); !opened) return opened;
    tell(listener);
    return source_->poll(timeout_ms, wanted, unheard);
  }
  Result<void> seek(int32_t partition, int64_t offset) override { return source_->seek(partition, offset); }
  Result<OffsetRange> range(int32_t partition) override { return source_->range(partition); }
  std::vector<Header> headers(const LogRecord& record) override { return source_->headers(record); }
  bool passed(int32_t partition, int64_t end) override { return source_->passed(partition, end); }

 private:
  void tell(OwnershipListener& listener) {
    std::vector<int32_t> given, asked_back, gone;
    Group& group = *view_.group_;
    {
      const std::lock_guard lock(group.mutex_);
      for (int32_t p = options_.lane; p < std::ssize(group.shares_); p += options_.lanes) {
        const Group::Share& share = group.shares_[static_cast<std::size_t>(p)];
        const bool mine = share.owner == options_.instance;
        const auto told = held_.find(p);
        if (told == held_.end()) {
          if (mine && share.next == share.owner) given.push_back(p);
        } else if (!mine || view_.told_generations_.at(p) != share.generation) {
          gone.push_back(p);
        } else if (share.next != share.owner) {
          asked_back.push_back(p);
        }
      }
      for (const int32_t p : given)
        view_.told_generations_[p] = group.shares_[static_cast<std::size_t>(p)].generation;
    }
    if (!gone.empty()) listener.lost(gone);
    if (!asked_back.empty()) listener.revoked(asked_back);
    {
      const std::lock_guard lock(group.mutex_);
      for (const int32_t p : asked_back) {
        Group::Share& share = group.shares_[static_cast<std::size_t>(p)];
        share = {share.next, share.next, share.generation + 1};
      }
    }
    for (const int32_t p : gone) held_.erase(p);
    for (const int32_t p : asked_back) held_.erase(p);
    held_.insert(given.begin(), given.end());
    // Of its new partitions, and of those that stay: a member is told its share again when others change
    // theirs.
    if (!given.empty() || !asked_back.empty() || !told_) listener.assigned(given);
    told_ = true;
  }

  LogView& view_;
  std::unique_ptr<SourcePort> source_;
  LaneOptions options_;
  std::set<int32_t> held_;
  bool told_ = false;
};

class TransactionsView : public TransactionPort {
 public:
  TransactionsView(LogView& view, std::unique_ptr<TransactionPort> port, std::string instance)
      : view_(view), port_(std::move(port)), instance_(std::move(instance)) {}

  Result<void> reset() override {
    write("reset");
    return port_->reset();
  }
  StepResult begin() override {
    write("begin");
    return named(port_->begin());
  }
  StepResult produce(const NewRecord& record) override {
    write("produce " + text_of(record));
    return named(port_->produce(record));
  }
  StepResult commit(std::span<const PositionUpdate> positions) override {
    std::string line = "commit";
    for (const PositionUpdate& update : positions) {
      line += ' ' + std::to_string(update.partition) + '@' + std::to_string(update.position) + " '" +
              update.metadata + "'";
    }
    write(line);
    int commit = 0;
    {
      const std::lock_guard lock(view_.mutex_);
      commit = ++view_.commits_;
    }
    if (view_.before_commit) view_.before_commit(commit);
    const StepResult result = commit_owned(positions);
    if (view_.after_commit) view_.after_commit(commit, result);
    return result;
  }
  StepResult abort() override {
    write("abort");
    return named(port_->abort());
  }
  int settling_ms() const override { return view_.settling_ms; }
  Result<Committed> committed(int32_t partition) override { return port_->committed(partition); }

 private:
  void write(const std::string& line) {
    if (view_.tape != nullptr) view_.tape->push_back(line);
  }

  /// Of two writers with one name the earlier is `fenced` (engine/ports.h), by whatever word the log tells
  /// it.
  static StepResult named(StepResult result) {
    const bool taken_over = result.message.find("took over the transactional id") != std::string::npos;
    if (taken_over) result.outcome = StepOutcome::fenced;
    return result;
  }

  StepResult commit_owned(std::span<const PositionUpdate> positions) {
    if (view_.group_ == nullptr) return named(port_->commit(positions));
    const std::lock_guard lock(view_.group_->mutex_);
    for (const PositionUpdate& update : positions) {
      const Group::Share& share = view_.group_->shares_.at(static_cast<std::size_t>(update.partition));
      const bool mine = share.owner == instance_;
      if (mine && share.generation == view_.told_generations_.at(update.partition)) continue;
      (void)port_->abort();
      return {StepOutcome::lost, "partition " + std::to_string(update.partition) + " is another's"};
    }
    return named(port_->commit(positions));
  }

  LogView& view_;
  std::unique_ptr<TransactionPort> port_;
  std::string instance_;
};

Result<LanePorts> LogView::open_lane(const LaneOptions& options) {
  auto ports = log_.open_lane(options);
  if (!ports) return ports;
  return LanePorts{
      std::make_unique<SourceView>(*this, std::move(ports->source), options),
      std::make_unique<TransactionsView>(*this, std::move(ports->transactions), options.instance)};
}

class StoreView : public StorePort {
 public:
  StoreView(Stores& stores, int32_t partition, std::unique_ptr<StorePort> store)
      : stores_(stores), partition_(partition), store_(std::move(store)) {}

  Result<std::optional<std::string>> get(std::string_view key) const override { return store_->get(key); }
  Result<std::vector<std::optional<std::string>>> get_many(
      std::span<const std::string_view> keys) const override {
    return store_->get_many(keys);
  }
  Result<void> scan(std::string_view prefix,
                    const std::function<bool(std::string_view, std::string_view)>& row) const override {
    return store_->scan(prefix, row);
  }
  Result<void> scan_from(std::string_view prefix, std::string_view first,
                         const std::function<bool(std::string_view, std::string_view)>& row) const override {
    return store_->scan_from(prefix, first, row);
  }
  Result<void> write(std::span<const RowWrite> rows) override {
    if (stores_.before_write) {
      if (const auto fault = stores_.before_write(partition_)) return tl::unexpected<Fault>(*fault);
    }
    return store_->write(rows);
  }
  Result<void> flush() override {
    ++stores_.flushes_waited_for;
    return store_->flush();
  }
  Result<void> begin_flush() override {
    ++stores_.flushes_begun;
    return store_->begin_flush();
  }

 private:
  Stores& stores_;
  int32_t partition_;
  std::unique_ptr<StorePort> store_;
};

Result<std::unique_ptr<StorePort>> Stores::open(int32_t partition) {
  if (before_open) {
    if (const auto fault = before_open(partition)) return tl::unexpected<Fault>(*fault);
  }
  auto store = memory_.open(partition);
  if (!store) return store;
  return std::make_unique<StoreView>(*this, partition, *std::move(store));
}

}  // namespace subledger::test
