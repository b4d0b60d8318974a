#include "engine/unheld.h"

namespace subledger {
namespace {

constexpr int poll_ms = 100;

}  // namespace

bool UnheldPartitions::processed(int32_t partition) {
  const auto looked = look(partition);
  return looked && *looked;
}

Result<bool> UnheldPartitions::look(int32_t partition) {
  if (!reader_) {
    auto opened = log_.open_reader(Topic::events);
    if (!opened) return tl::unexpected(opened.error());
    reader_ = *std::move(opened);
  }
  if (!ends_.contains(partition)) {
    const auto range = reader_->range(Topic::events, partition);
    if (!range) return tl::unexpected(range.error());
    ends_[partition] = range->end;
  }
  const auto committed = log_.position_of(group_, partition);
  if (!committed) return tl::unexpected(committed.error());
  const int64_t position = committed->position.value_or(0);
  const int64_t end = ends_[partition];
  if (position >= end) return true;
  // Behind the last record may stand markers of transactions.
  if (auto sought = reader_->seek(Topic::events, partition, position); !sought)
    return tl::unexpected(sought.error());
  const auto records = reader_->poll(poll_ms, 1);
  if (!records) return tl::unexpected(records.error());
  return records->empty() && reader_->passed(partition, end);
}

}  // namespace subledger
