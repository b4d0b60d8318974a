// The loop of a lane: read, apply, close, commit, persist.
#include "engine/lane.h"

#include <algorithm>
#include <utility>

#include "engine/kill_point.h"
#include "events/check.h"

namespace subledger {
namespace {

constexpr int idle_poll_ms = 20;
constexpr int busy_poll_ms = 1;
constexpr int64_t stop_patience_ms = 5'000;  // of the 10 s that a stop may take
constexpr std::size_t fill_records = 4'000;  // some 10 ms of work
constexpr int64_t fill_interval_ms = 100;
// A poll that finds this share of what it may give is of a lane that has much to do.
constexpr std::size_t busy_share = 2;
constexpr std::size_t calm_persist_bytes = std::size_t{256} << 10;  // a few milliseconds of work
constexpr int full_tries = 7;                                       // waits as long as the seventh time

}  // namespace

Lane::Lane(Log& log, StoreFactory& stores, const EngineOptions& options, const Settings& settings,
           EngineObserver& observer, LaneStatus& status, const std::atomic<bool>& stop, Clock& clock)
    : log_(log),
      stores_(stores),
      options_(options),
      settings_(settings),
      observer_(observer),
      status_(status),
      stop_(stop),
      clock_(clock),
      emitted_(log) {}

Lane::~Lane() = default;

Result<void> Lane::open() {
  auto ports = log_.open_lane({options_.group, options_.instance, settings_.lane, options_.lanes});
  if (!ports) return tl::unexpected(ports.error());
  ports_ = *std::move(ports);
  if (auto fenced_past = ports_.transactions->reset(); !fenced_past) return fenced_past;
  committer_ = std::make_unique<Committer>(
      *ports_.transactions,
      CommitPolicy{[this](int tries, const std::string& why) { return may_wait(why, tries); }},
      options_.threaded_commit);
  return {};
}

Result<void> Lane::run() {
  while (!stop_) {
    if (restart_ && !may_wait("starts again from what the stores hold", ++restarts_)) break;
    restart_ = false;
    if (auto opened = open(); !opened) return opened;
    while (!stop_ && !restart_) {
      if (auto stepped = step(); !stepped) {
        drop_all();
        return stepped;
      }
    }
    const Result<void> finished = restart_ ? take_commit(-1) : finish();
    drop_all();
    committer_.reset();
    ports_.transactions.reset();  // it may look at the reader's place in the group
    ports_.source.reset();
    if (!finished) return finished;
  }
  return {};
}

Result<void> Lane::step() {
  const bool calm = committer_->idle() && !chunk_open() && !filling_;
  const std::size_t room = options_.chunk_records - (chunk_ ? chunk_->records : 0);
  const auto records = ports_.source->poll(calm ? idle_poll_ms : busy_poll_ms, room, *this);
  if (fault_) return tl::unexpected(*fault_);
  if (!records) return tl::unexpected(records.error());
  if (!records->empty()) pass(KillPoint("after_poll"));
  for (std::size_t i = 0; i < records->size(); ++i) {
    if (restart_) return {};
    if (i % Partition::look_ahead == 0) {
      expect(records->subspan(i, std::min(Partition::look_ahead, records->size() - i)));
    }
    if (auto processed = process((*records)[i]); !processed) return processed;
  }
  stop_endless_replays();
  if (auto taken = take_commit(0); !taken) return taken;
  const bool busy = !records->empty() && records->size() * busy_share >= room;
  if (chunk_due(busy)) {
    if (auto flushed = flush_chunk(); !flushed) return flushed;
  }
  persist_due(busy);
  fill_due(records->empty());
  update_status();
  return {};
}

/// Everything applied goes into the log and the stores; then nothing is left to do.
Result<void> Lane::finish() {
  if (auto flushed = flush_chunk(); !flushed) return flushed;
  if (auto taken = take_commit(-1); !taken) return taken;
  persist_all();
  return {};
}

/// Tells each partition of its records to come, run by run.
void Lane::expect(std::span<const LogRecord> records) {
  while (!records.empty()) {
    const int32_t partition = records.front().partition;
    const auto end = std::ranges::find_if(
        records, [partition](const LogRecord& record) { return record.partition != partition; });
    const auto run = records.first(static_cast<std::size_t>(end - records.begin()));
    const auto slot = slots_.find(partition);
    if (slot != slots_.end() && slot->second.partition) slot->second.partition->expect(run);
    records = records.subspan(run.size());
  }
}

Result<void> Lane::process(const LogRecord& record) {
  const auto found = slots_.find(record.partition);
  if (found == slots_.end() || !found->second.partition) return {};
  Slot& slot = found->second;
  if (chunks_apart_ && chunk_open() && !slot.in_chunk) {
    if (auto flushed = flush_chunk(); !flushed) return flushed;
    if (restart_) return {};
  }
  if (auto applied = apply(record, slot); !applied) stop_slot(record.partition, applied.error());
  return chunk_full() ? flush_chunk() : Result<void>();
}

Result<void> Lane::apply(const LogRecord& record, Slot& slot) {
  if (slot.replaying) {
    if (record.offset < slot.resume_at) return replay(record, slot);
    return tl::unexpected(nothing_below(slot.resume_at));
  }
  if (!chunk_) chunk_ = spare_ ? std::move(spare_) : std::make_unique<OutgoingChunk>();
  if (chunk_->records == 0) chunk_opened_ms_ = clock_.now_ms();
  const auto headers = [&] { return ports_.source->headers(record); };
  slot.in_chunk = true;
  ++chunk_->records;
  return slot.partition->apply(record, headers, &chunk_->outputs);
}

bool Lane::chunk_full() const {
  return chunk_ &&
         (chunk_->records >= options_.chunk_records || chunk_->outputs.bytes() >= options_.chunk_bytes);
}

/// A chunk that is not full takes in what comes until the one before it is out of the way; of a busy lane,
/// until it has its age.
bool Lane::chunk_due(bool busy) const {
  if (!chunk_open()) return false;
  if (chunk_full()) return true;
  const int64_t now = clock_.now_ms();
  if (!committer_->idle() || now < settled_ms_) return false;
  return !busy || now - chunk_opened_ms_ >= options_.chunk_ms;
}

void Lane::close_chunk() {
  for (auto& [partition, slot] : slots_) {
    if (!slot.in_chunk) continue;
    PositionUpdate update = slot.partition->seal();
    chunk_->spans.push_back({slot.sent, update});
    slot.sent = update.position;
    slot.in_chunk = false;
  }
  committer_->submit(std::move(chunk_));
}

/// Sends the open chunk, after the one before it is settled.
Result<void> Lane::flush_chunk() {
  if (!chunk_open() || restart_ || fault_) return {};
  if (auto taken = take_commit(-1); !taken) return taken;
  if (restart_) return {};
  if (auto same = check_partitions(); !same) return same;
  close_chunk();
  return {};
}

/// Records of another partition may be a producer's mistake, or the first sign that the log has another
/// number of partitions by now: then they are in the right place, and the state is what no longer fits
/// (domain 2).
Result<void> Lane::check_partitions() {
  uint64_t misplaced = 0;
  for (auto& [partition, slot] : slots_) misplaced += slot.partition ? slot.partition->take_misplaced() : 0;
  if (misplaced == 0) return {};
  auto partitions = log_.partitions_now();
  for (int tries = 1; !partitions; ++tries) {
    if (!may_wait(partitions.error().message, tries)) return tl::unexpected(partitions.error());
    partitions = log_.partitions_now();
  }
  if (*partitions == settings_.partitions) return {};
  return tl::unexpected(other_partitions(std::to_string(*partitions) + " partitions"));
}

Fault Lane::other_partitions(const std::string& found) const {
  return {Fault::Kind::failed, "the log has " + found + " by now, of " +
                                   std::to_string(settings_.partitions) +
                                   " when the engine began: their number is part of the state and never "
                                   "changes; make topics of that number, and send again what came since"};
}

Result<void> Lane::take_commit(int timeout_ms) {
  auto finished = committer_->take(timeout_ms);
  return finished ? settle_commit(*std::move(finished)) : Result<void>();
}

Result<void> Lane::settle_commit(Committer::Finished finished) {
  switch (finished.result.outcome) {
    case CommitOutcome::committed:
      break;
    case CommitOutcome::lost:
      observer_.waiting(settings_.lane, finished.result.message);
      restart_ = true;
      return {};
    case CommitOutcome::fenced:
      return tl::unexpected(Fault{Fault::Kind::fenced, finished.result.message});
    case CommitOutcome::fault:
      refuse_chunk(*finished.chunk, finished.result.message);
      return {};
    case CommitOutcome::given_up:
      return failed("stopped while the log did not answer (" + finished.result.message +
                    "); whether the last chunk is in it, the next start finds out");
  }
  OutgoingChunk& chunk = *finished.chunk;
  pass(KillPoint("before_promote"));
  for (const ChunkSpan& span : chunk.spans) {
    const auto slot = slots_.find(span.end.partition);
    if (slot != slots_.end() && slot->second.partition) slot->second.partition->chunk_committed();
  }
  pass(KillPoint("after_promote"));
  restarts_ = 0;
  settled_ms_ = clock_.now_ms() + ports_.transactions->settling_ms();
  status_.records += chunk.records;
  status_.outputs += chunk.outputs.size();
  observer_.chunk_committed(settings_.lane, chunk.records, chunk.outputs.size());
  chunk.outputs.clear();
  chunk.spans.clear();
  chunk.records = 0;
  spare_ = std::move(finished.chunk);
  return {};
}

/// The log will never take this chunk. It stops the partition that it comes of; where there are several, each
/// has to show by itself whether it is the one.
void Lane::refuse_chunk(const OutgoingChunk& chunk, const std::string& why) {
  if (chunk.spans.size() == 1) stop_slot(chunk.spans.front().end.partition, {Fault::Kind::failed, why});
  chunks_apart_ = true;
  restart_ = true;
}

void Lane::persist_all() {
  for (auto& [partition, slot] : slots_) {
    if (slot.partition) persist(partition, slot, Flush::done);
  }
}

/// Flushed every persist_ms, since only what is flushed can be seen by queries of other processes. One
/// partition at a time and without waiting for its disk: the next chunk waits for this.
void Lane::persist_due(bool busy) {
  const int64_t now = clock_.now_ms();
  const auto due = [](const Slot& slot) {
    return slot.partition && (slot.unflushed || slot.partition->pending_bytes() > 0);
  };
  auto longest = slots_.end();
  for (auto slot = slots_.begin(); slot != slots_.end(); ++slot) {
    if (slot->second.flushed_ms < 0) slot->second.flushed_ms = now;
    if (!due(slot->second)) continue;
    if (longest == slots_.end() || slot->second.flushed_ms < longest->second.flushed_ms) longest = slot;
  }
  if (longest != slots_.end() && now - longest->second.flushed_ms >= options_.persist_ms) {
    persist(longest->first, longest->second, Flush::begun);
  }
  // A lane that is not busy writes early and little at a time.
  persist_largest(busy ? options_.persist_bytes : std::min(calm_persist_bytes, options_.persist_bytes));
}

/// Once so many bytes wait, down to half, the partitions with most to write first: large batches cost less.
void Lane::persist_largest(std::size_t bytes_max) {
  std::size_t total = 0;
  for (const auto& [partition, slot] : slots_) total += slot.partition ? slot.partition->pending_bytes() : 0;
  if (total < bytes_max) return;
  std::vector<std::pair<std::size_t, int32_t>> waiting;
  for (const auto& [partition, slot] : slots_) {
    if (slot.partition) waiting.emplace_back(slot.partition->pending_bytes(), partition);
  }
  std::sort(waiting.rbegin(), waiting.rend());
  for (const auto& [bytes, partition] : waiting) {
    if (total <= bytes_max / 2 || bytes == 0) break;
    persist(partition, slots_.at(partition), Flush::none);
    total -= bytes;
  }
}

/// A full disk is waited for: nothing is read meanwhile, so nothing grows. Any other fault stops the
/// partition.
void Lane::persist(int32_t partition, Slot& slot, Flush flush) {
  for (int tries = 1;; ++tries) {
    auto persisted = slot.partition->persist(flush == Flush::done);
    if (persisted && flush == Flush::begun) persisted = slot.partition->begin_flush();
    if (persisted) break;
    const std::string why = "partition " + std::to_string(partition) + ": " + persisted.error().message;
    if (persisted.error().kind != Fault::Kind::full || !may_wait(why, tries)) {
      return stop_slot(partition, persisted.error());
    }
  }
  slot.unflushed = flush == Flush::none;
  if (flush != Flush::none) slot.flushed_ms = clock_.now_ms();
}

/// Roll-ups that a store lacks are filled beside the work: a portion where nothing is to be read, and one now
/// and then where there is.
void Lane::fill_due(bool idle) {
  filling_ = false;
  for (auto& [partition, slot] : slots_) {
    if (!slot.fills()) continue;
    filling_ = true;
    if (!idle && clock_.now_ms() < fill_at_ms_) return;
    if (auto filled = fill_rollup(partition, slot); !filled) stop_slot(partition, filled.error());
    fill_at_ms_ = clock_.now_ms() + fill_interval_ms;
    return;
  }
}

Result<void> Lane::fill_rollup(int32_t partition, Slot& slot) {
  const bool of_rejects = slot.partition->missing_rollup() == Rollup::rejects;
  Result<RollupProgress> portion;
  if (of_rejects && !slot.rejects) {
    auto opened = log_.open_reader(Topic::rejects);
    if (!opened) {
      portion = tl::unexpected(opened.error());
    } else {
      slot.rejects = *std::move(opened);
    }
  }
  if (portion) portion = slot.partition->fill_rollup(slot.rejects.get(), fill_records);
  if (!portion) {
    slot.rejects.reset();
    const std::string why =
        "partition " + std::to_string(partition) + ": a roll-up is not filled: " + portion.error().message;
    const bool full = portion.error().kind == Fault::Kind::full;
    if (!full && !of_rejects) return tl::unexpected(portion.error());
    // A topic of rejects that cannot be read keeps nobody from charging; the next start tries again.
    slot.fill_put_off = !full;
    (void)may_wait(why, full ? full_tries : 1);
    return {};
  }
  slot.unflushed = true;
  if (portion->finished) slot.rejects.reset();
  observer_.rollup_filled(partition, *portion);
  return {};
}

void Lane::update_status() {
  int live = 0;
  bool at_end = true;
  for (const auto& [partition, slot] : slots_) {
    if (!slot.partition) continue;
    ++live;
    at_end = at_end && !slot.replaying && !slot.in_chunk && !slot.fills() &&
             ports_.source->passed(partition, slot.end);
  }
  status_.live = live;
  status_.stopped = static_cast<int>(stopped_.size());
  status_.at_end = at_end && committer_->idle() && !chunk_open() && !restart_;
}

/// Waits a little longer each time; false once a stop has been asked for long enough.
bool Lane::may_wait(const std::string& why, int tries) {
  observer_.waiting(settings_.lane, why);
  const int64_t until = clock_.now_ms() + std::min<int64_t>(2'000, int64_t{20} << std::min(tries, 7));
  while (clock_.now_ms() < until) {
    if (stop_) {
      int64_t unset = -1;
      stop_seen_ms_.compare_exchange_strong(unset, clock_.now_ms());
      if (clock_.now_ms() - stop_seen_ms_ >= stop_patience_ms) return false;
    }
    clock_.sleep_ms(10);
  }
  return true;
}

}  // namespace subledger
