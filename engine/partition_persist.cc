// Sealing chunks and writing committed ones behind: A follows P and never passes it (architecture 3).
#include <algorithm>
#include <bit>
#include <cstring>
#include <map>

#include "engine/kill_point.h"
#include "engine/partition.h"
#include "events/check.h"
#include "projections/rows.h"

namespace subledger {
namespace {

constexpr std::size_t spare_max = 2;  // more is a burst that memory should not remember

/// A row on its way into a batch. Most keys differ in their first 16 bytes, which are compared as numbers.
struct SortedRow {
  uint64_t high = 0;
  uint64_t low = 0;
  std::size_t number = 0;  ///< in the order of writing
  RowWrite write;
};

uint64_t big_endian(std::string_view bytes) {
  uint64_t number = 0;
  std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof number));
  return std::endian::native == std::endian::little ? __builtin_bswap64(number) : number;
}

SortedRow sorted_row(std::string_view key, std::string_view value, std::size_t number) {
  constexpr std::size_t half = sizeof(uint64_t);
  return {big_endian(key), key.size() > half ? big_endian(key.substr(half)) : 0, number, {key, value}};
}

bool before(const SortedRow& a, const SortedRow& b) {
  if (a.high != b.high) return a.high < b.high;
  if (a.low != b.low) return a.low < b.low;
  const int order = a.write.key.compare(b.write.key);
  return order != 0 ? order < 0 : a.number < b.number;
}

Result<void> flush(StorePort& store, Result<void> (StorePort::*how)()) {
  pass(KillPoint("before_store_flush"));
  Result<void> flushed = (store.*how)();
  pass(KillPoint("after_store_flush"));
  return flushed;
}

}  // namespace

void Partition::seal_accounts() {
  for (CachedAccount* cached : accounts_.take_changed()) {
    row_bytes_.clear();
    append_account(row_bytes_, cached->account);
    if (cached->row) meta_.rows.remove(*cached->row);
    cached->row = add_row(account_key(cached->subscriber), row_bytes_);
    cached->changed = false;
  }
}

PositionUpdate Partition::seal() {
  seal_accounts();
  meta_.counts = state_.counts;
  meta_.postings = state_.postings;
  sealed_ = meta_;
  open_.meta = meta_;
  open_.overhead = sizeof(Chunk) + accounts_.take_added() * sizeof(CachedAccount);
  const uint64_t next = open_.number + 1;
  const std::size_t bytes = open_.bytes.size();
  chunks_.push_back(std::move(open_));
  open_ = Chunk();
  if (!spare_.empty()) {
    open_ = std::move(spare_.back());
    spare_.pop_back();
  }
  open_.bytes.reserve(bytes);  // the next chunk is most likely as large
  open_.number = next;
  return {options_.partition, meta_.position, commit_note(meta_)};
}

void Partition::chunk_committed() {
  CHECK(committed_ < chunks_.size());
  pending_bytes_ += chunks_[committed_].bytes.size() + chunks_[committed_].overhead;
  ++committed_;
}

/// The chunk of this number, which is not persisted yet.
const Partition::Chunk& Partition::chunk_of(uint64_t number) const {
  if (number == open_.number) return open_;
  return chunks_[static_cast<std::size_t>(number - chunks_.front().number)];
}

void Partition::remember(const Chunk& chunk) {
  for (const auto& [key, row] : chunk.known) recent_known_.emplace(key, RecentEvent{chunk.number, row});
}

/// Those of all committed chunks, and the others, in the order of their keys; of several writes of a row the
/// last.
std::vector<RowWrite> Partition::rows_to_persist(const std::map<std::string, std::string>& others) const {
  std::size_t count = others.size();
  for (std::size_t i = 0; i < committed_; ++i) count += chunks_[i].rows.size();
  std::vector<SortedRow> rows;
  rows.reserve(count);
  for (std::size_t i = 0; i < committed_; ++i) {
    const Chunk& chunk = chunks_[i];
    for (const Row& row : chunk.rows) {
      rows.push_back(sorted_row(chunk.key(row), chunk.value(row), rows.size()));
    }
  }
  for (const auto& [key, value] : others) rows.push_back(sorted_row(key, value, rows.size()));
  std::sort(rows.begin(), rows.end(), before);
  std::vector<RowWrite> writes;
  writes.reserve(rows.size());
  for (const SortedRow& row : rows) {
    if (!writes.empty() && writes.back().key == row.write.key) {
      writes.back() = row.write;
    } else {
      writes.push_back(row.write);
    }
  }
  return writes;
}

/// What is known of the events of other chunks is found in the store from now on.
void Partition::recycle_committed() {
  for (; committed_ > 0; --committed_) {
    Chunk& done = chunks_.front();
    for (const KnownKey& key : done.reversed) recent_reversed_.erase(key);
    done.bytes.clear();
    done.rows.clear();
    done.known.clear();
    done.reversed.clear();
    done.rollups.clear();
    if (spare_.size() < spare_max) spare_.push_back(std::move(done));
    chunks_.pop_front();
  }
  pending_bytes_ = 0;
  recent_known_.clear();
  for (const Chunk& chunk : chunks_) remember(chunk);
  remember(open_);
}

Result<void> Partition::persist(bool make_durable) {
  if (committed_ == 0) return make_durable ? flush(store_, &StorePort::flush) : Result<void>();
  std::vector<const RollupAdditions*> additions;
  for (std::size_t i = 0; i < committed_; ++i) additions.push_back(&chunks_[i].rollups);
  auto others = rollup_rows_with(store_, additions);
  if (!others) return tl::unexpected(others.error());
  if (persisted_position_ == 0) others->merge(rollup_begins());
  const Chunk& last = chunks_[committed_ - 1];
  std::string meta;
  append_meta(meta, last.meta);
  others->emplace(meta_key, std::move(meta));
  pass(KillPoint("before_store_write"));
  if (auto written = store_.write(rows_to_persist(*others)); !written) return written;
  pass(KillPoint("after_store_write"));
  persisted_position_ = last.meta.position;
  accounts_.shrink(last.number);
  look_ahead_.forget_rows();
  recycle_committed();
  return make_durable ? flush(store_, &StorePort::flush) : Result<void>();
}

Result<void> Partition::begin_flush() { return flush(store_, &StorePort::begin_flush); }

}  // namespace subledger
