// The port to a partition's store: sorted rows of bytes, written in atomic batches, without a log of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/result.h"

namespace subledger {

/// `value` nullopt: the row is deleted.
struct RowWrite {
  std::string_view key;
  std::optional<std::string_view> value;
};

/// One partition's rows. Reads may come from any thread; writes from one at a time. What `write` wrote is
/// visible to reads at once; after a crash the store is as it was after *some* earlier write, without holes.
class StorePort {
 public:
  virtual ~StorePort() = default;
  virtual Result<std::optional<std::string>> get(std::string_view key) const = 0;
  /// As many answers as keys, in their order.
  virtual Result<std::vector<std::optional<std::string>>> get_many(
      std::span<const std::string_view> keys) const = 0;
  /// Rows whose key begins with `prefix`, in byte order of keys, until `row` returns false.
  virtual Result<void> scan(
      std::string_view prefix,
      const std::function<bool(std::string_view key, std::string_view value)>& row) const = 0;
  /// As `scan`, beginning with the first key at or after `first`.
  virtual Result<void> scan_from(
      std::string_view prefix, std::string_view first,
      const std::function<bool(std::string_view key, std::string_view value)>& row) const {
    return scan(prefix,
                [&](std::string_view key, std::string_view value) { return key < first || row(key, value); });
  }
  /// Applies all writes or none. Keys are in byte order, each once.
  virtual Result<void> write(std::span<const RowWrite> rows) = 0;
  /// Makes everything written survive a crash.
  virtual Result<void> flush() = 0;
  /// Begins to make everything written survive a crash. May return before it does; a later write or flush
  /// tells of a failure.
  virtual Result<void> begin_flush() { return flush(); }
};

/// Opens the stores of an instance's partitions, all below one directory.
class StoreFactory {
 public:
  virtual ~StoreFactory() = default;
  virtual Result<std::unique_ptr<StorePort>> open(int32_t partition) = 0;
};

}  // namespace subledger
