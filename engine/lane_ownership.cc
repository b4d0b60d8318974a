// Taking over partitions and giving them up: where each stands, what has to be replayed, and what must agree.
#include <algorithm>
#include <utility>

#include "engine/kill_point.h"
#include "engine/lane.h"
#include "events/check.h"

namespace subledger {
namespace {

constexpr int last_poll_ms = 100;
constexpr int last_polls_max = 200;
constexpr uint64_t replay_chunk = 10'000;
constexpr int store_tries = 6;  // a lane that gives a partition up may still be closing its store

std::string rebuild_hint(int32_t partition) {
  return "; remove the store of partition " + std::to_string(partition) + " to rebuild it from the log";
}

}  // namespace

void Lane::assigned(std::span<const int32_t> partitions) {
  status_.assigned = false;  // until all of them are open
  // The writer is this thread's while the committer is idle.
  if (auto taken = take_commit(-1); !taken) fault_ = taken.error();
  for (const int32_t partition : partitions) {
    if (fault_ || restart_) return;
    if (partition >= settings_.partitions) {
      fault_ = other_partitions("a partition " + std::to_string(partition));
      return;
    }
    if (stopped_.contains(partition)) continue;
    auto slot = open_slot(partition);
    if (fault_) return;
    if (!slot) {
      stop_slot(partition, slot.error());
      continue;
    }
    observer_.partition_ready(partition, slot->partition->position(), slot->resume_at);
    observer_.backlog(partition, std::max<int64_t>(0, slot->end - slot->resume_at));
    slots_.insert_or_assign(partition, *std::move(slot));
    status_.held.add(partition);
  }
  update_status();
  status_.assigned = true;
}

void Lane::revoked(std::span<const int32_t> partitions) {
  status_.at_end = false;
  status_.assigned = false;
  // Still the owner: what was applied is committed, so that the next owner has nothing to repeat.
  Result<void> settled = flush_chunk();
  if (settled) settled = take_commit(-1);
  if (!settled) fault_ = settled.error();
  for (const int32_t partition : partitions) {
    const auto found = slots_.find(partition);
    if (found == slots_.end()) continue;
    if (found->second.partition && !restart_ && !fault_) persist_before_release(partition, found->second);
    drop(partition);
  }
  update_status();
}

/// One try: the group waits for this, and what is not persisted its next owner replays.
void Lane::persist_before_release(int32_t partition, Slot& slot) {
  const auto persisted = slot.partition->persist(true);
  if (persisted) return;
  if (persisted.error().kind != Fault::Kind::full) return stop_slot(partition, persisted.error());
  observer_.waiting(settings_.lane, "partition " + std::to_string(partition) +
                                        " is given up before its store is " +
                                        "written: " + persisted.error().message);
}

void Lane::lost(std::span<const int32_t> partitions) {
  status_.at_end = false;
  status_.assigned = false;
  if (partitions.empty()) return;
  // What is not committed is somebody else's to repeat. Begin again with what the stores hold.
  restart_ = true;
}

void Lane::unreadable(int32_t partition, const Fault& why) { stop_slot(partition, why); }

Result<std::unique_ptr<StorePort>> Lane::open_store(int32_t partition) {
  for (int tries = 1;; ++tries) {
    auto store = stores_.open(partition);
    if (store || tries == store_tries || !may_wait(store.error().message, tries)) return store;
  }
}

/// A log that is out of reach or another's is no reason to stop one partition for good: the lane ends.
tl::unexpected<Fault> Lane::log_fault(const Fault& fault) {
  if (fault.kind != Fault::Kind::failed) fault_ = fault;
  return tl::unexpected(fault);
}

Result<Lane::Slot> Lane::open_slot(int32_t partition) {
  const auto committed = ports_.transactions->committed(partition);
  if (!committed) return log_fault(committed.error());
  auto store = open_store(partition);
  if (!store) return tl::unexpected(store.error());
  Slot slot;
  slot.store = *std::move(store);
  const int shares = std::max(1, (settings_.partitions + options_.lanes - 1) / options_.lanes);
  auto loaded = Partition::load(*slot.store, {partition, settings_.partitions,
                                              options_.accounts_max / static_cast<std::size_t>(shares)});
  if (!loaded) return tl::unexpected(loaded.error());
  slot.partition = *std::move(loaded);
  if (auto placed = place_slot(partition, slot, *committed); !placed) return tl::unexpected(placed.error());
  return slot;
}

/// Compares where the store stands (A) with what the group has committed (P) and what the log holds.
Result<void> Lane::place_slot(int32_t partition, Slot& slot, const Committed& committed) {
  const auto range = ports_.source->range(partition);
  if (!range) return log_fault(range.error());
  const int64_t from = slot.partition->position();
  slot.sent = committed.position;
  slot.resume_at = committed.position.value_or(0);
  slot.end = range->end;
  slot.expected_note = committed.metadata;
  if (!committed.position && range->end > 0) {
    if (auto placed = place_by_outputs(partition, slot); !placed) return placed;
  }
  if (from > slot.resume_at) {
    return failed("the store is at " + std::to_string(from) + ", but group '" + options_.group +
                  "' has committed " + std::to_string(slot.resume_at) +
                  ": the store belongs to another group, or the group's position was moved back; name the "
                  "right group, or set its position to " +
                  std::to_string(from) + " again. Remove the store of partition " +
                  std::to_string(partition) +
                  " only if the log is a new one: what is above the position would be emitted a second time");
  }
  if (from < range->first) {
    return failed(
        "the log begins at " + std::to_string(range->first) + ", but " + std::to_string(from) +
        " is needed: records were deleted. Replay needs the whole log: restore it, or a store that reaches "
        "its beginning");
  }
  if (slot.resume_at > range->end) {
    return failed("group '" + options_.group + "' has committed " + std::to_string(slot.resume_at) +
                  ", but the log ends at " + std::to_string(range->end) +
                  ": the log was cut or replaced; restore it");
  }
  slot.replaying = from < slot.resume_at;
  if (!slot.replaying) {
    if (auto agreed = end_replay(slot); !agreed) return agreed;
  }
  return ports_.source->seek(partition, from);
}

/// A group without a position would emit everything: right for a new log, twice for one that has outputs.
/// They tell exactly how far the input was processed, since what follows the last output's source gave none.
Result<void> Lane::place_by_outputs(int32_t partition, Slot& slot) {
  if (auto same = check_last_applied(partition, slot.partition->sealed()); !same) return same;
  const auto emitted = emitted_.in_partition(partition);
  if (!emitted) return log_fault(emitted.error());
  slot.resume_at = std::max(emitted->position, slot.partition->position());
  slot.expected_sequences = emitted->sequences;
  if (emitted->position > 0) observer_.position_found(partition, emitted->position);
  return {};
}

/// A topic that was made again has taken the group's positions with it, and may be longer than the old one by
/// now: only its records tell.
Result<void> Lane::check_last_applied(int32_t partition, const Meta& meta) {
  if (meta.position == 0) return {};
  const int64_t last = meta.position - 1;
  const auto reader = log_.open_reader(Topic::events);
  if (!reader) return log_fault(reader.error());
  const auto range = (*reader)->range(Topic::events, partition);
  if (!range) return log_fault(range.error());
  if (last < range->first || last >= range->end) return {};  // left to `place_slot`
  if (auto sought = (*reader)->seek(Topic::events, partition, last); !sought) return sought;
  for (int polls = 0; !stop_ && !(*reader)->passed(partition, meta.position); ++polls) {
    if (polls == last_polls_max) {
      return log_fault({Fault::Kind::unreachable, "partition " + std::to_string(partition) +
                                                      ": the record at offset " + std::to_string(last) +
                                                      " cannot be read: the log does not answer"});
    }
    const auto records = (*reader)->poll(last_poll_ms, 1);
    if (!records) return log_fault(records.error());
    if (records->empty()) continue;
    if (records->front().offset == last && records->front().recorded_at == meta.recorded_at) return {};
    break;
  }
  if (stop_) return {};
  return failed("the record at offset " + std::to_string(last) +
                " is not the one that the store has applied last: the events topic was made again or "
                "replaced; restore it");
}

Result<void> Lane::replay(const LogRecord& record, Slot& slot) {
  Partition& partition = *slot.partition;
  const auto headers = [&] { return ports_.source->headers(record); };
  if (auto applied = partition.apply(record, headers, nullptr); !applied) return applied;
  pass(KillPoint("in_recovery"));
  ++slot.replayed;
  const bool done = partition.position() == slot.resume_at;
  if (!done && slot.replayed % replay_chunk != 0) return {};
  // The log says that these are committed, so they may go to the store at once.
  partition.seal();
  partition.chunk_committed();
  observer_.replayed(record.partition, slot.replayed);
  persist_largest(options_.persist_bytes);
  if (!slot.partition) return {};  // stopped by that
  return done ? end_replay(slot) : Result<void>();
}

Fault Lane::nothing_below(int64_t position) {
  return {Fault::Kind::failed, "the log has no record just below the committed position " +
                                   std::to_string(position) +
                                   ": it is not the log that this group has read; check --log and --group"};
}

/// A log without the record below P, and with none after it, would be waited for in vain.
void Lane::stop_endless_replays() {
  for (auto& [partition, slot] : slots_) {
    if (!slot.partition || !slot.replaying || !ports_.source->passed(partition, slot.resume_at)) continue;
    stop_slot(partition, nothing_below(slot.resume_at));
  }
}

/// At P the state must be the one that was committed there.
Result<void> Lane::end_replay(Slot& slot) {
  const std::string note = commit_note(slot.partition->sealed());
  if (!slot.expected_note.empty() && slot.expected_note != note) {
    return failed("the state at " + std::to_string(slot.resume_at) + " (" + note +
                  ") is not the one that was committed there (" + slot.expected_note +
                  "): the store or the log was changed, or another version wrote it" +
                  rebuild_hint(slot.partition->partition()));
  }
  if (slot.expected_sequences && *slot.expected_sequences != slot.partition->sealed().sequences) {
    return failed("group '" + options_.group +
                  "' has committed nothing, and the outputs in the log are not those of its input up to " +
                  std::to_string(slot.resume_at) +
                  ": the store belongs to another log or group, outputs were changed, or another version "
                  "wrote them" +
                  rebuild_hint(slot.partition->partition()));
  }
  slot.replaying = false;
  return {};
}

void Lane::stop_slot(int32_t partition, const Fault& why) {
  stopped_.insert(partition);
  status_.held.add(partition);
  status_.stopped = static_cast<int>(stopped_.size());
  observer_.partition_stopped(partition, why);
  const auto found = slots_.find(partition);
  if (found == slots_.end()) return;
  // What the partition had in the open chunk must not be committed without its position.
  if (found->second.in_chunk || !committer_->idle()) restart_ = true;
  found->second.partition.reset();
  found->second.store.reset();
  found->second.in_chunk = false;
}

void Lane::drop(int32_t partition) {
  const auto found = slots_.find(partition);
  if (found == slots_.end()) return;
  if (found->second.partition) observer_.partition_released(partition);
  slots_.erase(found);
  if (!stopped_.contains(partition)) status_.held.remove(partition);
}

void Lane::drop_all() {
  // In this order: a lane between two assignments has nothing, which is not the same as nothing left.
  status_.assigned = false;
  status_.at_end = false;
  while (!slots_.empty()) drop(slots_.begin()->first);
  chunk_.reset();
  status_.live = 0;
}

}  // namespace subledger
