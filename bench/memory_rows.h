// The workload carried through partitions in memory, to get what an engine would write: rows and records.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "bench/benches.h"
#include "engine/store.h"

namespace subledger::bench {

/// A store that keeps every batch as it was written, and answers from all of them.
class RecordedRows final : public StorePort {
 public:
  Result<std::optional<std::string>> get(std::string_view key) const override;
  Result<std::vector<std::optional<std::string>>> get_many(
      std::span<const std::string_view> keys) const override;
  Result<void> scan(std::string_view prefix,
                    const std::function<bool(std::string_view, std::string_view)>& row) const override;
  Result<void> write(std::span<const RowWrite> rows) override;
  Result<void> flush() override { return {}; }

  /// Their views live as long as this.
  const std::deque<std::vector<RowWrite>>& batches() const { return batches_; }

 private:
  std::deque<std::string> bytes_;
  std::deque<std::vector<RowWrite>> batches_;
  std::unordered_map<std::string_view, std::string_view> rows_;
};

/// What the engine would persist of the workload, by partition.
std::vector<std::unique_ptr<RecordedRows>> rows_of(const PureOptions& options, int32_t partitions);

/// The first charge records that the workload gives, at most `count_max`.
std::vector<std::string> charges_of(const PureOptions& options, std::size_t count_max);

}  // namespace subledger::bench
