// Rows of a store one after another, where `scan` hands them over: two stores are thus read side by side.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "engine/store.h"

namespace subledger {

class RowCursor {
 public:
  struct Row {
    std::string key;
    std::string value;
  };

  /// Of the rows whose key begins with `prefix`. `store` outlives the cursor.
  RowCursor(const StorePort& store, std::string prefix)
      : store_(store), prefix_(std::move(prefix)), next_(prefix_) {}

  /// The row that the cursor stands on, until `advance`; nullptr: the end.
  Result<const Row*> row() {
    if (rows_.empty() && !ended_) {
      if (auto filled = fill(); !filled) return tl::unexpected(filled.error());
    }
    return rows_.empty() ? nullptr : &rows_.front();
  }
  /// Requires a row.
  void advance() { rows_.pop_front(); }

 private:
  static constexpr std::size_t block_bytes = 256 * 1024;

  Result<void> fill() {
    std::size_t bytes = 0;
    ended_ = true;
    const auto scanned = store_.scan_from(prefix_, next_, [&](std::string_view key, std::string_view value) {
      rows_.push_back({std::string(key), std::string(value)});
      bytes += key.size() + value.size();
      ended_ = bytes < block_bytes;
      return ended_;
    });
    if (!scanned) return scanned;
    if (!rows_.empty()) next_ = rows_.back().key + '\0';
    return {};
  }

  const StorePort& store_;
  std::string prefix_;
  std::string next_;  // the first key not yet read
  std::deque<Row> rows_;
  bool ended_ = false;
};

}  // namespace subledger
