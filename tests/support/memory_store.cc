// Rows in a map, the writes since the last flush beside them.
#include "tests/support/memory_store.h"

#include <utility>

#include "events/check.h"

namespace subledger {
namespace {

tl::unexpected<Fault> scripted(const char* what) {
  return failed(std::string("memory store: ") + what + " failed as the test demands");
}

}  // namespace

bool MemoryDisk::Countdown::hit() {
  if (left == 0) return false;
  if (left > 1) {
    --left;
    return false;
  }
  if (!lasting) left = 0;
  return true;
}

void MemoryDisk::apply(MemoryRows& rows, const OwnedWrite& write) {
  for (const auto& [key, value] : write) {
    if (value) {
      rows.insert_or_assign(key, *value);
    } else {
      rows.erase(key);
    }
  }
}

Result<void> MemoryDisk::write(std::span<const RowWrite> rows) {
  OwnedWrite owned;
  owned.reserve(rows.size());
  for (const RowWrite& row : rows) {
    CHECK(owned.empty() || owned.back().first < row.key);
    owned.emplace_back(std::string(row.key),
                       row.value ? std::optional<std::string>(*row.value) : std::nullopt);
  }
  const std::lock_guard lock(mutex_);
  if (write_fault_.hit()) return scripted("write");
  apply(rows_, owned);
  unflushed_.push_back(std::move(owned));
  return {};
}

Result<void> MemoryDisk::flush() {
  const std::lock_guard lock(mutex_);
  if (flush_fault_.hit()) return scripted("flush");
  for (const OwnedWrite& write : unflushed_) apply(flushed_rows_, write);
  unflushed_.clear();
  return {};
}

void MemoryDisk::crash(std::size_t kept_writes) {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < kept_writes && i < unflushed_.size(); ++i) apply(flushed_rows_, unflushed_[i]);
  unflushed_.clear();
  rows_ = flushed_rows_;
}

void MemoryDisk::fail_write(int64_t nth, bool lasting) {
  const std::lock_guard lock(mutex_);
  write_fault_ = {nth, lasting};
}

void MemoryDisk::fail_flush(int64_t nth, bool lasting) {
  const std::lock_guard lock(mutex_);
  flush_fault_ = {nth, lasting};
}

void MemoryDisk::fail_read(int64_t nth, bool lasting) {
  const std::lock_guard lock(mutex_);
  read_fault_ = {nth, lasting};
}

MemoryRows MemoryDisk::rows() const {
  const std::lock_guard lock(mutex_);
  return rows_;
}

void MemoryDisk::set_rows(MemoryRows rows) {
  const std::lock_guard lock(mutex_);
  rows_ = std::move(rows);
  flushed_rows_ = rows_;
  unflushed_.clear();
}

std::size_t MemoryDisk::unflushed_writes() const {
  const std::lock_guard lock(mutex_);
  return unflushed_.size();
}

Result<std::optional<std::string>> MemoryStore::get(std::string_view key) const {
  const std::lock_guard lock(disk_.mutex_);
  if (disk_.read_fault_.hit()) return scripted("get");
  const auto found = disk_.rows_.find(key);
  if (found == disk_.rows_.end()) return std::nullopt;
  return found->second;
}

Result<std::vector<std::optional<std::string>>> MemoryStore::get_many(
    std::span<const std::string_view> keys) const {
  const std::lock_guard lock(disk_.mutex_);
  if (disk_.read_fault_.hit()) return scripted("get_many");
  std::vector<std::optional<std::string>> values;
  values.reserve(keys.size());
  for (const std::string_view key : keys) {
    const auto found = disk_.rows_.find(key);
    values.push_back(found == disk_.rows_.end() ? std::nullopt : std::optional<std::string>(found->second));
  }
  return values;
}

Result<void> MemoryStore::scan(std::string_view prefix,
                               const std::function<bool(std::string_view, std::string_view)>& row) const {
  return scan_from(prefix, prefix, row);
}

Result<void> MemoryStore::scan_from(
    std::string_view prefix, std::string_view first,
    const std::function<bool(std::string_view, std::string_view)>& row) const {
  std::vector<std::pair<std::string, std::string>> found;
  {
    const std::lock_guard lock(disk_.mutex_);
    if (disk_.read_fault_.hit()) return scripted("scan");
    for (auto at = disk_.rows_.lower_bound(std::max(prefix, first));
         at != disk_.rows_.end() && at->first.starts_with(prefix); ++at) {
      found.emplace_back(at->first, at->second);
    }
  }
  for (const auto& [key, value] : found) {
    if (!row(key, value)) break;
  }
  return {};
}

Result<void> MemoryStore::write(std::span<const RowWrite> rows) { return disk_.write(rows); }

Result<void> MemoryStore::flush() { return disk_.flush(); }

Result<std::unique_ptr<StorePort>> MemoryStoreFactory::open(int32_t partition) {
  return std::make_unique<MemoryStore>(disk(partition));
}

MemoryDisk& MemoryStoreFactory::disk(int32_t partition) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<MemoryDisk>& disk = disks_[partition];
  if (!disk) disk = std::make_unique<MemoryDisk>();
  return *disk;
}

void MemoryStoreFactory::crash() {
  const std::lock_guard lock(mutex_);
  for (const auto& [partition, disk] : disks_) disk->crash();
}

}  // namespace subledger
