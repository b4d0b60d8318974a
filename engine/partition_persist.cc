// Sealing chunks and writing committed ones behind: A follows P and never passes it (architecture 3).
#include <algorithm>

#include "engine/partition.h"
#include "events/check.h"
#include "projections/rows.h"

namespace subledger {

void Partition::seal_accounts() {
  for (const Msisdn subscriber : accounts_.take_changed()) {
    CachedAccount& cached = **accounts_.find(subscriber, state_.names.size());
    std::string key = account_key(subscriber);
    std::string value;
    append_account(value, cached.account);
    if (cached.row) meta_.rows.remove(*cached.row);
    cached.row = hash_row(key, value);
    cached.changed = false;
    add_row(std::move(key), std::move(value));
  }
}

PositionUpdate Partition::seal() {
  seal_accounts();
  meta_.counts = state_.counts;
  meta_.postings = state_.postings;
  sealed_ = meta_;
  open_.meta = meta_;
  const uint64_t next = open_.number + 1;
  chunks_.push_back(std::exchange(open_, Chunk{}));
  open_.number = next;
  return {options_.partition, meta_.position, commit_note(meta_)};
}

void Partition::chunk_committed() {
  CHECK(committed_ < chunks_.size());
  pending_bytes_ += chunks_[committed_].bytes;
  ++committed_;
}

Result<void> Partition::persist(bool make_durable) {
  if (committed_ > 0) {
    std::vector<const Row*> rows;
    for (std::size_t i = 0; i < committed_; ++i) {
      for (const Row& row : chunks_[i].rows) rows.push_back(&row);
    }
    // Of several writes of a row the last stands: a stable sort keeps them in their order.
    std::stable_sort(rows.begin(), rows.end(), [](const Row* a, const Row* b) { return a->key < b->key; });
    std::string meta;
    append_meta(meta, chunks_[committed_ - 1].meta);
    std::vector<RowWrite> writes;
    writes.reserve(rows.size() + 1);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i + 1 < rows.size() && rows[i + 1]->key == rows[i]->key) continue;
      writes.push_back({rows[i]->key, rows[i]->value});
    }
    const auto place = std::lower_bound(writes.begin(), writes.end(), meta_key,
                                        [](const RowWrite& write, std::string_view key) { return write.key < key; });
    writes.insert(place, {meta_key, meta});
    if (auto written = store_.write(writes); !written) return written;
    persisted_position_ = chunks_[committed_ - 1].meta.position;
    for (std::size_t i = 0; i < committed_; ++i) {
      for (const KnownKey& key : chunks_[i].known) recent_known_.erase(key);
      for (const KnownKey& key : chunks_[i].reversed) recent_reversed_.erase(key);
    }
    const uint64_t last = chunks_[committed_ - 1].number;
    chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(committed_));
    committed_ = 0;
    pending_bytes_ = 0;
    accounts_.shrink(last);
  }
  return make_durable ? store_.flush() : Result<void>();
}

}  // namespace subledger
