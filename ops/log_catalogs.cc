#include "ops/log_catalogs.h"

#include <algorithm>
#include <deque>
#include <memory_resource>

#include "ops/progress.h"
#include "projections/fold.h"

namespace subledger::ops {
namespace {

constexpr int poll_ms = 200;
constexpr std::size_t poll_records = 10'000;

class CatalogScan {
 public:
  CatalogScan(ReaderPort& reader, int32_t partitions) : reader_(reader), partitions_(partitions) {}

  Result<std::vector<LogCatalog>> run() {
    if (auto placed = place(); !placed) return tl::unexpected(placed.error());
    while (!finished()) {
      const auto records = reader_.poll(poll_ms, poll_records);
      if (!records) return tl::unexpected(records.error());
      for (const LogRecord& record : *records) take(record);
      progress_.add(records->size());
    }
    return in_order();
  }

 private:
  struct Found {
    LogCatalog catalog;
    int32_t partition = 0;
  };

  Result<void> place() {
    for (int32_t partition = 0; partition < partitions_; ++partition) {
      const auto range = reader_.range(Topic::events, partition);
      if (!range) return tl::unexpected(range.error());
      PartitionState& state = states_.emplace_back();
      state.partition = partition;
      state.partitions = partitions_;
      ends_.push_back(range->end);
      if (range->end == range->first) continue;
      progress_.add_total(static_cast<uint64_t>(range->end - range->first));
      if (auto sought = reader_.seek(Topic::events, partition, range->first); !sought) return sought;
      reading_.push_back(partition);
    }
    return {};
  }

  bool finished() {
    std::erase_if(reading_, [this](int32_t partition) {
      return reader_.passed(partition, ends_[static_cast<std::size_t>(partition)]);
    });
    return reading_.empty();
  }

  void take(const LogRecord& record) {
    if (record.key != catalog_key) return;
    std::pmr::monotonic_buffer_resource scratch;
    const InputRecord input{{record.partition, record.offset}, record.recorded_at, record.key, record.value};
    const auto examined = examine(input, partitions_, scratch);
    const Examined* published = std::get_if<Examined>(&examined);
    if (published == nullptr) return;
    const auto* body = std::get_if<CatalogPublished>(&published->event.body);
    PartitionState& state = states_[static_cast<std::size_t>(record.partition)];
    if (body == nullptr || !std::holds_alternative<Published>(apply_catalog(state, *published))) return;
    const PublishedCatalog& kept = state.catalogs.back();
    found_.push_back({{kept.catalog.version,
                       kept.catalog.effective_from,
                       kept.catalog.currency,
                       kept.canonical,
                       std::string(body->catalog),
                       std::string(*record.value),
                       {}},
                      record.partition});
  }

  std::vector<LogCatalog> in_order() {
    std::ranges::stable_sort(found_, {}, &Found::partition);
    std::vector<LogCatalog> catalogs;
    for (Found& each : found_) {
      auto same = std::ranges::find_if(catalogs, [&](const LogCatalog& known) {
        return known.version == each.catalog.version && known.canonical == each.catalog.canonical;
      });
      if (same == catalogs.end()) same = catalogs.insert(same, std::move(each.catalog));
      same->partitions.push_back(each.partition);
    }
    return catalogs;
  }

  ReaderPort& reader_;
  int32_t partitions_;
  std::deque<PartitionState> states_;
  std::vector<int64_t> ends_;
  std::vector<int32_t> reading_;
  std::vector<Found> found_;
  Progress progress_{"looking for catalogs:", "record"};
};

}  // namespace

Result<std::vector<LogCatalog>> read_log_catalogs(Log& log, int32_t partitions) {
  const auto reader = log.open_reader(Topic::events);
  if (!reader) return tl::unexpected(reader.error());
  return CatalogScan(**reader, partitions).run();
}

}  // namespace subledger::ops
