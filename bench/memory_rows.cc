#include "bench/memory_rows.h"

#include <array>

#include "engine/engine.h"
#include "engine/partition.h"
#include "events/partitioner.h"

namespace subledger::bench {
namespace {

constexpr Timestamp recorded_at{1'767'225'600'000'000};
constexpr uint64_t chunk_records = 5'000;

/// A partition that takes the workload's records one after the other.
class Feeding {
 public:
  Feeding(StorePort& store, int32_t partition, int32_t partitions)
      : partition_(must(Partition::load(store, {partition, partitions, EngineOptions().accounts_max}))) {}

  void apply(const WorkloadRecord& made, Outputs* outputs) {
    LogRecord record;
    record.partition = partition_->partition();
    record.offset = partition_->position();
    record.recorded_at = recorded_at;
    record.key = made.key;
    record.value = made.value;
    must(partition_->apply(
        record, [] { return std::vector<Header>(); }, outputs));
    if (++in_chunk_ == chunk_records) seal();
    if (partition_->pending_bytes() >= EngineOptions().persist_bytes) must(partition_->persist(false));
  }

  void finish() {
    seal();
    must(partition_->persist(false));
  }

 private:
  void seal() {
    in_chunk_ = 0;
    partition_->seal();
    partition_->chunk_committed();
  }

  std::unique_ptr<Partition> partition_;
  uint64_t in_chunk_ = 0;
};

}  // namespace

Result<std::optional<std::string>> RecordedRows::get(std::string_view key) const {
  const auto found = rows_.find(key);
  if (found == rows_.end()) return std::nullopt;
  return std::string(found->second);
}

Result<std::vector<std::optional<std::string>>> RecordedRows::get_many(
    std::span<const std::string_view> keys) const {
  std::vector<std::optional<std::string>> found;
  for (const std::string_view key : keys) found.push_back(must(get(key)));
  return found;
}

Result<void> RecordedRows::scan(std::string_view,
                                const std::function<bool(std::string_view, std::string_view)>&) const {
  return failed("recorded rows are not sorted, so they cannot be scanned");
}

Result<void> RecordedRows::write(std::span<const RowWrite> rows) {
  std::size_t size = 0;
  for (const RowWrite& row : rows) size += row.key.size() + (row.value ? row.value->size() : 0);
  std::string& bytes = bytes_.emplace_back();
  bytes.reserve(size);  // views into it stay
  auto& batch = batches_.emplace_back();
  batch.reserve(rows.size());
  const auto keep = [&bytes](std::string_view text) {
    const std::size_t begin = bytes.size();
    bytes += text;
    return std::string_view(bytes).substr(begin, text.size());
  };
  for (const RowWrite& row : rows) {
    RowWrite& kept = batch.emplace_back();
    kept.key = keep(row.key);
    rows_.erase(row.key);
    if (!row.value) continue;
    kept.value = keep(*row.value);
    rows_.emplace(kept.key, *kept.value);
  }
  return {};
}

std::vector<std::unique_ptr<RecordedRows>> rows_of(const PureOptions& options, int32_t partitions) {
  std::vector<std::unique_ptr<RecordedRows>> stores;
  std::vector<Feeding> feedings;
  Workload workload(options.workload);
  const WorkloadRecord catalog = workload.catalog();
  for (int32_t partition = 0; partition < partitions; ++partition) {
    stores.push_back(std::make_unique<RecordedRows>());
    feedings.emplace_back(*stores.back(), partition, partitions).apply(catalog, nullptr);
  }
  for (uint64_t i = 0; i < options.events; ++i) {
    const WorkloadRecord& record = workload.next();
    feedings[static_cast<std::size_t>(partition_of(record.key, partitions))].apply(record, nullptr);
  }
  for (Feeding& feeding : feedings) feeding.finish();
  return stores;
}

std::vector<std::string> charges_of(const PureOptions& options, std::size_t count_max) {
  RecordedRows store;
  Feeding feeding(store, 0, 1);
  Workload workload(options.workload);
  feeding.apply(workload.catalog(), nullptr);
  Outputs outputs;
  std::vector<std::string> charges;
  for (uint64_t i = 0; i < options.events && charges.size() < count_max; ++i) {
    feeding.apply(workload.next(), &outputs);
    for (std::size_t at = 0; at < outputs.size(); ++at) {
      std::array<Header, Outputs::headers_max> headers;
      const NewRecord record = outputs.record(at, headers);
      if (record.topic == Topic::charges) charges.emplace_back(*record.value);
    }
    outputs.clear();
  }
  return charges;
}

}  // namespace subledger::bench
