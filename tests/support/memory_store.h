// A store in memory that outlives the engine: rows in a map, crashes and faults on demand. The rows written
// since the last flush are gone after `crash`, all of them or from a chosen write on: a prefix of the writes,
// as the port promises.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/store.h"

namespace subledger {

using MemoryRows = std::map<std::string, std::string, std::less<>>;

/// The disk: what a partition's store keeps between its openings. Thread-safe.
class MemoryDisk {
 public:
  Result<void> write(std::span<const RowWrite> rows);
  Result<void> flush();
  /// Loses all writes since the last flush but the first `kept_writes`.
  void crash(std::size_t kept_writes = 0);
  /// The n-th write, flush or read from now on (1: the next) fails, once or, if `lasting`, from then on. A
  /// failed write changes nothing. 0 heals.
  void fail_write(int64_t nth, bool lasting = false);
  void fail_flush(int64_t nth, bool lasting = false);
  void fail_read(int64_t nth, bool lasting = false);

  /// A copy of what reads see.
  MemoryRows rows() const;
  /// Replaces everything, as if flushed: for tests of damaged stores.
  void set_rows(MemoryRows rows);
  std::size_t unflushed_writes() const;

 private:
  friend class MemoryStore;
  struct Countdown {
    int64_t left = 0;
    bool lasting = false;
    bool hit();
  };
  using OwnedWrite = std::vector<std::pair<std::string, std::optional<std::string>>>;
  static void apply(MemoryRows& rows, const OwnedWrite& write);

  mutable std::mutex mutex_;
  MemoryRows rows_;
  MemoryRows flushed_rows_;
  std::deque<OwnedWrite> unflushed_;
  Countdown write_fault_;
  Countdown flush_fault_;
  mutable Countdown read_fault_;
};

/// An open store on a disk that must outlive it.
class MemoryStore : public StorePort {
 public:
  explicit MemoryStore(MemoryDisk& disk) : disk_(disk) {}

  Result<std::optional<std::string>> get(std::string_view key) const override;
  Result<std::vector<std::optional<std::string>>> get_many(
      std::span<const std::string_view> keys) const override;
  /// `row` works on a copy of the rows: it may use the store.
  Result<void> scan(std::string_view prefix,
                    const std::function<bool(std::string_view, std::string_view)>& row) const override;
  Result<void> scan_from(std::string_view prefix, std::string_view first,
                         const std::function<bool(std::string_view, std::string_view)>& row) const override;
  Result<void> write(std::span<const RowWrite> rows) override;
  Result<void> flush() override;

 private:
  MemoryDisk& disk_;
};

/// Disks by partition. Must outlive the stores. Thread-safe.
class MemoryStoreFactory : public StoreFactory {
 public:
  Result<std::unique_ptr<StorePort>> open(int32_t partition) override;
  /// Made on first use.
  MemoryDisk& disk(int32_t partition);
  /// Every disk loses what was not flushed.
  void crash();

 private:
  std::mutex mutex_;
  std::map<int32_t, std::unique_ptr<MemoryDisk>> disks_;
};

}  // namespace subledger
