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

constexpr std::size_t seal_ahead = 4;
constexpr std::size_t spare_max = 8;  // more is a burst that memory should not remember

uint64_t big_endian(std::string_view bytes) {
  uint64_t number = 0;
  std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof number));
  return std::endian::native == std::endian::little ? __builtin_bswap64(number) : number;
}

Result<void> flush(StorePort& store, Result<void> (StorePort::*how)()) {
  pass(KillPoint("before_store_flush"));
  Result<void> flushed = (store.*how)();
  pass(KillPoint("after_store_flush"));
  return flushed;
}

}  // namespace

Partition::KeyPrefix::KeyPrefix(std::string_view key)
    : high(big_endian(key)), low(big_endian(key.substr(std::min(key.size(), sizeof high)))) {}

/// A row on its way into a batch.
struct Partition::SortedRow {
  KeyPrefix prefix;
  std::size_t number = 0;  ///< in the order of writing
};

void Partition::seal_accounts() {
  const std::vector<CachedAccount*> changed = accounts_.take_changed();
  for (std::size_t i = 0; i < changed.size(); ++i) {
    // In a chunk of thousands they have left the processor's first caches.
    if (i + 2 * seal_ahead < changed.size()) Accounts::prefetch(*changed[i + 2 * seal_ahead]);
    if (i + seal_ahead < changed.size()) Accounts::prefetch_parts(*changed[i + seal_ahead]);
    CachedAccount* cached = changed[i];
    if (cached->row) meta_.rows.remove(*cached->row);
    append_account(begin_row(account_key(cached->subscriber)), cached->account);
    cached->row = end_row();
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
  for (const auto& [tag, row] : chunk.known) recent_known_.add(tag, {chunk.number, row});
}

/// In the order of their keys; of several with one key the last.
std::vector<RowWrite> Partition::in_order(std::vector<SortedRow>& rows, const std::vector<RowWrite>& writes) {
  std::sort(rows.begin(), rows.end(), [&writes](const SortedRow& a, const SortedRow& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    const int order = writes[a.number].key.compare(writes[b.number].key);
    return order != 0 ? order < 0 : a.number < b.number;
  });
  std::vector<RowWrite> ordered;
  ordered.reserve(rows.size());
  const SortedRow* before = nullptr;
  for (const SortedRow& row : rows) {
    const RowWrite& write = writes[row.number];
    if (before != nullptr && before->prefix == row.prefix && ordered.back().key == write.key) {
      ordered.back() = write;
    } else {
      ordered.push_back(write);
    }
    before = &row;
  }
  return ordered;
}

/// Those of all committed chunks, and the others, in the order of their keys; of several writes of a row the
/// last.
std::vector<RowWrite> Partition::rows_to_persist(const std::map<std::string, std::string>& others) const {
  std::size_t count = others.size();
  for (std::size_t i = 0; i < committed_; ++i) count += chunks_[i].rows.size();
  std::vector<SortedRow> rows;
  std::vector<RowWrite> writes;
  rows.reserve(count);
  writes.reserve(count);
  for (std::size_t i = 0; i < committed_; ++i) {
    const Chunk& chunk = chunks_[i];
    for (const Row& row : chunk.rows) {
      rows.push_back({row.prefix, writes.size()});
      writes.push_back({chunk.key(row), chunk.value(row)});
    }
  }
  for (const auto& [key, value] : others) {
    rows.push_back({KeyPrefix(key), writes.size()});
    writes.push_back({key, value});
  }
  return in_order(rows, writes);
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
