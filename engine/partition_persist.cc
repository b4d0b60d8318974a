// Sealing chunks and writing committed ones behind: A follows P and never passes it (architecture 3).
#include <algorithm>

#include "engine/partition.h"
#include "events/check.h"
#include "projections/rows.h"

namespace subledger {
namespace {

constexpr std::size_t spare_max = 2;  // more is a burst that memory should not remember

}  // namespace

void Partition::seal_accounts() {
  for (const Msisdn subscriber : accounts_.take_changed()) {
    CachedAccount& cached = **accounts_.find(subscriber, state_.names.size());
    row_bytes_.clear();
    append_account(row_bytes_, cached.account);
    if (cached.row) meta_.rows.remove(*cached.row);
    cached.row = add_row(account_key(subscriber), row_bytes_);
    cached.changed = false;
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
  chunks_.push_back(std::move(open_));
  open_ = Chunk();
  if (!spare_.empty()) {
    open_ = std::move(spare_.back());
    spare_.pop_back();
  }
  open_.number = next;
  return {options_.partition, meta_.position, commit_note(meta_)};
}

void Partition::chunk_committed() {
  CHECK(committed_ < chunks_.size());
  pending_bytes_ += chunks_[committed_].bytes.size() + chunks_[committed_].overhead;
  ++committed_;
}

void Partition::forget(const Chunk& chunk) {
  for (const KnownKey& key : chunk.known) recent_known_.erase(key);
  for (const KnownKey& key : chunk.reversed) recent_reversed_.erase(key);
}

Result<void> Partition::persist(bool make_durable) {
  if (committed_ == 0) return make_durable ? store_.flush() : Result<void>();
  std::vector<RowWrite> writes;
  for (std::size_t i = 0; i < committed_; ++i) {
    const std::string_view bytes = chunks_[i].bytes;
    for (const Row& row : chunks_[i].rows) {
      writes.push_back(
          {bytes.substr(row.begin, row.key_size), bytes.substr(row.begin + row.key_size, row.value_size)});
    }
  }
  const Chunk& last = chunks_[committed_ - 1];
  std::string meta;
  append_meta(meta, last.meta);
  writes.push_back({meta_key, meta});
  // Of several writes of a row the last stands: a stable sort keeps them in their order.
  std::stable_sort(writes.begin(), writes.end(),
                   [](const RowWrite& a, const RowWrite& b) { return a.key < b.key; });
  const auto first_kept = std::unique(writes.rbegin(), writes.rend(),
                                      [](const RowWrite& a, const RowWrite& b) { return a.key == b.key; });
  const auto kept =
      std::span<const RowWrite>(writes).subspan(static_cast<std::size_t>(writes.rend() - first_kept));
  if (auto written = store_.write(kept); !written) return written;
  persisted_position_ = last.meta.position;
  accounts_.shrink(last.number);
  for (; committed_ > 0; --committed_) {
    Chunk& done = chunks_.front();
    forget(done);
    done.bytes.clear();
    done.rows.clear();
    done.known.clear();
    done.reversed.clear();
    if (spare_.size() < spare_max) spare_.push_back(std::move(done));
    chunks_.pop_front();
  }
  pending_bytes_ = 0;
  return make_durable ? store_.flush() : Result<void>();
}

}  // namespace subledger
