#include "tests/simulation/broker.h"

#include <algorithm>
#include <utility>

#include "events/check.h"

namespace subledger::simulation {

NewRecord Pending::view(std::vector<Header>& headers) const {
  headers.clear();
  for (const auto& [name, value] : record.headers) headers.push_back({name, value});
  NewRecord made;
  made.topic = topic;
  made.partition = partition;
  made.timestamp = record.timestamp;
  if (record.key) made.key = *record.key;
  if (record.value) made.value = *record.value;
  made.headers = headers;
  return made;
}

Broker::Broker(MemoryLog& log, Schedule& schedule, Random& random, Mishaps& mishaps, int32_t partitions)
    : log_(log),
      schedule_(schedule),
      random_(random),
      mishaps_(mishaps),
      shares_(at(partitions)),
      certain_positions_(at(partitions)) {}

int64_t Broker::join(const std::string& name, const Life& life) {
  Member& member = members_[name];
  const bool is_new = !member.live;
  member = {true, ++incarnations_, &life, schedule_.now_ms(), {}};
  if (is_new) rebalance();
  return member.incarnation;
}

void Broker::leave(const std::string& name, int64_t incarnation) {
  Member& member = members_[name];
  if (member.incarnation != incarnation) return;
  const bool died = std::exchange(member.life, nullptr)->dead;
  // A static member keeps its place until its session ends; others do not.
  if (died || random_.coin()) return;
  member.live = false;
  rebalance();
}

bool Broker::superseded(const std::string& name, int64_t incarnation) const {
  return members_.at(name).incarnation != incarnation;
}

void Broker::rejoin(const std::string& name) {
  Member& member = members_[name];
  if (std::exchange(member.live, true)) return;
  member.seen_ms = schedule_.now_ms();
  rebalance();
}

bool Broker::holds(const std::string& name, int32_t partition) const {
  const auto& told = members_.at(name).told;
  const auto found = told.find(partition);
  return owns(name, partition) && found != told.end() && found->second == shares_[at(partition)].generation;
}

void Broker::tell(const std::string& name, int32_t partition) {
  members_[name].told[partition] = shares_[at(partition)].generation;
}

void Broker::give(Share& share, const std::string& owner) {
  share.owner = owner;
  ++share.generation;
}

void Broker::hand_over(int32_t partition) {
  Share& share = shares_[at(partition)];
  give(share, share.next);
}

void Broker::rebalance() {
  std::vector<std::string> live;
  for (const auto& [name, member] : members_) {
    if (member.live) live.push_back(name);
  }
  if (live.empty()) return;
  const std::size_t shift = random_.below(live.size());
  for (std::size_t p = 0; p < shares_.size(); ++p) {
    Share& share = shares_[p];
    share.next = live[(p + shift) % live.size()];
    if (share.owner.empty() || !members_.at(share.owner).live) give(share, share.next);
  }
}

void Broker::expel(const std::string& name) {
  members_[name].live = false;
  for (Share& share : shares_) {
    if (share.owner == name) give(share, "");
  }
  rebalance();
}

void Broker::commit(const std::string& id) {
  Transaction& ended = transactions_[id];
  ended.state = Transaction::State::committing;
  for (const PositionUpdate& update : ended.positions) {
    int64_t& highest = certain_positions_[at(update.partition)];
    highest = std::max(highest, update.position);
  }
  ended.completes_ms = schedule_.now_ms();
  if (mishaps_.strikes(Mishap::slow_completion, random_)) ended.completes_ms += random_.below(2'000);
  if (ended.completes_ms == schedule_.now_ms()) complete(ended);
}

void Broker::complete(Transaction& transaction) {
  const auto writer = log_.open_writer(true);
  CHECK(writer);
  std::vector<Header> headers;
  for (const Pending& pending : transaction.records) CHECK((*writer)->append(pending.view(headers)));
  CHECK((*writer)->flush());
  const auto positions = std::exchange(transaction.positions, {});
  transaction.records.clear();
  transaction.state = Transaction::State::none;
  for (const PositionUpdate& update : positions) {
    log_.set_committed(group_name, update.partition, {update.position, update.metadata});
    if (on_position) on_position(update);
  }
}

void Broker::abort(const std::string& id) {
  Transaction& ended = transactions_[id];
  if (ended.state != Transaction::State::open) return;
  for (const Pending& pending : ended.records) log_.skip_offset(pending.topic, pending.partition);
  ended.records.clear();
  ended.positions.clear();
  ended.state = Transaction::State::none;
}

void Broker::deliver_later(const std::string& id, int64_t epoch) {
  late_ends_.push_back(
      {id, epoch, schedule_.now_ms() + random_.below<int64_t>(random_.coin() ? 40 : 20'000)});
}

bool Broker::unstable(int32_t partition) const {
  return std::any_of(transactions_.begin(), transactions_.end(), [&](const auto& entry) {
    return std::any_of(entry.second.positions.begin(), entry.second.positions.end(),
                       [&](const PositionUpdate& update) { return update.partition == partition; });
  });
}

int64_t Broker::certain_position(int32_t partition) const { return certain_positions_[at(partition)]; }

bool Broker::quiet() const {
  return std::all_of(transactions_.begin(), transactions_.end(),
                     [](const auto& entry) { return entry.second.state == Transaction::State::none; });
}

void Broker::tick() {
  const int64_t now = schedule_.now_ms();
  for (std::size_t i = 0; i < late_ends_.size();) {
    const LateEnd late = late_ends_[i];
    if (late.arrives_ms > now) {
      ++i;
      continue;
    }
    late_ends_.erase(late_ends_.begin() + static_cast<std::ptrdiff_t>(i));
    const Transaction& present = transactions_[late.id];
    if (present.epoch != late.epoch || present.state != Transaction::State::open) continue;
    ++late_ends_that_hit;
    commit(late.id);
  }
  for (auto& [id, transaction] : transactions_) {
    if (transaction.state == Transaction::State::committing && transaction.completes_ms <= now) {
      complete(transaction);
    }
    if (transaction.state == Transaction::State::open &&
        transaction.begun_ms + transaction_timeout_ms <= now) {
      abort(id);
      ++transaction.epoch;
    }
  }
  bool expired = false;
  for (auto& [name, member] : members_) {
    const bool beats = member.life != nullptr && !member.life->dead && member.life->stalled_until_ms <= now;
    if (beats) member.seen_ms = now;
    if (member.live && member.seen_ms + session_timeout_ms <= now) {
      member.live = false;
      expired = true;
    }
  }
  if (expired) rebalance();
}

int64_t Broker::next_event_ms() const {
  int64_t next = INT64_MAX;
  for (const LateEnd& late : late_ends_) next = std::min(next, late.arrives_ms);
  for (const auto& [id, transaction] : transactions_) {
    if (transaction.state == Transaction::State::committing) next = std::min(next, transaction.completes_ms);
    if (transaction.state == Transaction::State::open)
      next = std::min(next, transaction.begun_ms + transaction_timeout_ms);
  }
  for (const auto& [name, member] : members_) {
    if (member.live) next = std::min(next, member.seen_ms + session_timeout_ms);
  }
  return next;
}

}  // namespace subledger::simulation
