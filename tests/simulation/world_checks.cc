// What must hold: at each position that becomes visible, at each write of a store, after each loss of power,
// and in the end.
#include <memory_resource>

#include "engine/rollups.h"
#include "projections/rows.h"
#include "tests/simulation/world.h"

namespace subledger::simulation {
namespace {

std::string place(int32_t partition, int64_t position) {
  return "partition " + std::to_string(partition) + " at " + std::to_string(position);
}

bool equal(const MemoryRecord& left, const MemoryRecord& right) {
  return left.timestamp == right.timestamp && left.key == right.key && left.value == right.value &&
         left.headers == right.headers;
}

bool is_record(const RejectRecord& reject, const MemoryRecord& record) {
  if (reject.key != record.key || reject.payload != record.value) return false;
  if (reject.headers.size() != record.headers.size()) return false;
  for (std::size_t i = 0; i < record.headers.size(); ++i) {
    if (reject.headers[i].name != record.headers[i].first ||
        reject.headers[i].value != record.headers[i].second)
      return false;
  }
  return true;
}

}  // namespace

/// The oracle reads what is in the log by now.
void World::catch_up(int32_t partition) {
  Oracle& oracle = oracles_[static_cast<std::size_t>(partition)];
  const auto reader = log_.open_reader(Topic::events);
  (void)(*reader)->seek(Topic::events, partition, oracle.position());
  const auto records = (*reader)->poll(0, SIZE_MAX);
  for (const LogRecord& record : *records) oracle.apply(*static_cast<const MemoryRecord*>(record.token));
}

/// I4 and I7, at every commit: the state is the oracle's; and positions never fall.
void World::check_position(const PositionUpdate& update) {
  trace("committed " + place(update.partition, update.position));
  catch_up(update.partition);
  const std::string* note = oracles_[static_cast<std::size_t>(update.partition)].note_at(update.position);
  int64_t& last = positions_[static_cast<std::size_t>(update.partition)];
  if (update.position <= last) violate("I1: committed again, " + place(update.partition, update.position));
  if (note == nullptr || *note != update.metadata)
    violate("I4: the state committed is not the oracle's, " + place(update.partition, update.position));
  last = update.position;
}

/// A ≤ P (architecture 3).
void World::check_write(int32_t partition, std::string_view meta) {
  const auto parsed = parse_meta(meta);
  if (parsed && parsed->position <= broker_.certain_position(partition)) return;
  violate("A > P: a store is written beyond the log, partition " + std::to_string(partition));
}

/// I5 and I6: the state of some position that is committed, without holes.
void World::check_disk(MemoryDisk& disk, int32_t partition) {
  const MemoryRows rows = disk.rows();
  if (rows.empty()) return;
  const auto row = rows.find(meta_key);
  const auto meta = row == rows.end() ? std::nullopt : parse_meta(row->second);
  if (!meta) return violate("I6: rows without a position, partition " + std::to_string(partition));
  const std::string where = place(partition, meta->position);
  if (meta->position > broker_.certain_position(partition)) violate("I6: a store beyond the log, " + where);
  SetHash sum;
  for (const auto& [key, value] : rows) {
    const bool rollup = key.front() == rollup_prefix || key.front() == rollup_begin_prefix;
    if (key != meta_key && !rollup) sum.add(hash_row(key, value));
  }
  if (sum.sum() != meta->rows.sum()) violate("I6: a store with holes, " + where);
  catch_up(partition);
  const std::string* note = oracles_[static_cast<std::size_t>(partition)].note_at(meta->position);
  if (note == nullptr || *note != commit_note(*meta)) violate("I4: a store is not the oracle's, " + where);
  if (trial_balance(meta->postings) != 0) violate("I5: the trial balance is not 0, " + where);
  const Counts& counts = meta->counts;
  if (counts.records != counts.accepted + counts.duplicates + counts.rejected)
    violate("I3: a record was not counted once, " + where);
}

/// I1 and I2: each output record, byte by byte, in order, once.
void World::check_outputs(int32_t partition) {
  for (const Topic topic : {Topic::charges, Topic::access, Topic::rejects}) {
    const auto records = log_.records(topic, partition);
    const auto& expected = oracles_[static_cast<std::size_t>(partition)].outputs(topic);
    const std::string where = std::string(topic_name(topic)) + " of partition " + std::to_string(partition);
    for (std::size_t i = 0; i < records.size() && i < expected.size(); ++i) {
      if (equal(records[i], expected[i].record)) continue;
      return violate("I1: record " + std::to_string(i) + " of " + where + " is not the oracle's");
    }
    if (records.size() != expected.size()) {
      violate("I1: " + where + " has " + std::to_string(records.size()) + " records, not " +
              std::to_string(expected.size()));
    }
  }
}

/// I3: a reject carries its input unchanged.
void World::check_rejects(int32_t partition) {
  const auto inputs = log_.records(Topic::events, partition);
  for (const MemoryRecord& record : log_.records(Topic::rejects, partition)) {
    std::pmr::monotonic_buffer_resource scratch;
    const auto reject = decode_reject(record.value ? std::string_view(*record.value) : "", scratch);
    if (!reject) return violate("I3: a reject cannot be read: " + reject.error().detail);
    const auto input = std::find_if(inputs.begin(), inputs.end(), [&](const MemoryRecord& candidate) {
      return candidate.offset == reject->source.offset;
    });
    if (input == inputs.end() || !is_record(*reject, *input))
      return violate("I3: a reject is not its input, " + place(partition, reject->source.offset));
  }
}

void World::check_end() {
  for (int32_t p = 0; p < partitions_; ++p) {
    catch_up(p);
    check_outputs(p);
    check_rejects(p);
    const Oracle& oracle = oracles_[static_cast<std::size_t>(p)];
    bool reached = oracle.position() == 0;
    for (Machine& machine : machines_) {
      MemoryDisk& disk = machine.stores->disk(p);
      check_disk(disk, p);
      disk.crash();  // a clean stop leaves nothing to lose
      check_disk(disk, p);
      const MemoryRows rows = disk.rows();
      const auto row = rows.find(meta_key);
      const auto meta = row == rows.end() ? std::nullopt : parse_meta(row->second);
      reached = reached || (meta && meta->position == oracle.position());
    }
    if (!reached) violate("I4: no store is at the end of partition " + std::to_string(p));
    if (oracle.meta().counts.records != log_.records(Topic::events, p).size())
      violate("I3: the oracle has not seen each record once");
  }
}

}  // namespace subledger::simulation
