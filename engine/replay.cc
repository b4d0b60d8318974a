// One partition's replay.
#include "engine/replay.h"

#include <algorithm>
#include <utility>

#include "engine/meta.h"
#include "projections/catalog_reader.h"
#include "projections/rows.h"

namespace subledger {
namespace {

constexpr int poll_ms = 100;

}  // namespace

/// Which records are passed, as the variation has it.
class Replay::Filter {
 public:
  Filter(const ReplayVariation& variation, int32_t partitions)
      : key_(variation.subscriber ? format_msisdn(*variation.subscriber) : ""), partitions_(partitions) {}

  /// Reads the substitutes. The fault says what is wrong with which.
  Result<void> read(const std::vector<std::string>& documents) {
    for (const std::string& document : documents) {
      NameTable names;
      const auto catalog = read_catalog(document, names);
      if (!catalog) return failed("a catalog to replay with is not valid: " + catalog.error().text());
      if (std::ranges::find(versions_, catalog->version) != versions_.end()) {
        return failed("two catalogs to replay with have the version name '" + catalog->version + "'");
      }
      versions_.push_back(catalog->version);
      if (currency_.empty()) currency_ = catalog->currency;
      if (currency_ != catalog->currency) return other_currency(catalog->version, catalog->currency);
    }
    return {};
  }

  Result<bool> passes(const LogRecord& record) {
    if (record.key == catalog_key) return versions_.empty() ? Result<bool>(false) : passes_catalog(record);
    return !key_.empty() && record.key != key_;
  }

 private:
  /// A catalog that the engine refuses for its form is left to the fold.
  Result<bool> passes_catalog(const LogRecord& record) {
    std::pmr::monotonic_buffer_resource scratch;
    const InputRecord input{{record.partition, record.offset}, record.recorded_at, record.key, record.value};
    const auto examined = examine(input, partitions_, scratch);
    const auto* event = std::get_if<Examined>(&examined);
    const auto* body = event == nullptr ? nullptr : std::get_if<CatalogPublished>(&event->event.body);
    if (body == nullptr) return false;
    NameTable names;
    const auto catalog = read_catalog(body->catalog, names);
    if (!catalog) return false;
    // All versions of a log have the currency of its first.
    if (!std::exchange(seen_, true) && catalog->currency != currency_) {
      return other_currency(catalog->version, catalog->currency);
    }
    return std::ranges::find(versions_, catalog->version) != versions_.end();
  }

  tl::unexpected<Fault> other_currency(const std::string& version, const std::string& currency) const {
    return failed("the catalogs to replay with are in " + currency_ + ", version '" + version + "' is in " +
                  currency + "; a log has one currency");
  }

  std::string key_;  // empty: all
  int32_t partitions_;
  std::vector<std::string> versions_;
  std::string currency_;
  bool seen_ = false;
};

namespace {

/// The substitutes as rows of a store that has applied nothing; or, in one that has, a check that it began
/// so.
Result<void> seed(StorePort& store, const std::vector<std::string>& catalogs) {
  const auto begun = store.get(meta_key);
  if (!begun) return tl::unexpected(begun.error());
  std::vector<RowKey> keys;
  for (uint32_t number = 0; number < catalogs.size(); ++number) keys.push_back(catalog_key_of(number));
  if (*begun) {
    for (std::size_t i = 0; i < catalogs.size(); ++i) {
      const auto row = store.get(keys[i]);
      if (!row) return tl::unexpected(row.error());
      if (*row != catalogs[i]) return failed("the store holds a replay with other catalogs");
    }
    return {};
  }
  if (catalogs.empty()) return {};
  Meta meta;
  meta.catalogs = static_cast<uint32_t>(catalogs.size());
  std::vector<RowWrite> rows;
  for (std::size_t i = 0; i < catalogs.size(); ++i) {
    meta.rows.add(hash_row(keys[i], catalogs[i]));
    rows.push_back({keys[i], catalogs[i]});
  }
  std::string meta_row;
  append_meta(meta_row, meta);
  rows.push_back({meta_key, meta_row});
  return store.write(rows);
}

}  // namespace

Replay::Replay(ReaderPort& reader, Options options)
    : reader_(&reader),
      options_(std::move(options)),
      filter_(std::make_unique<Filter>(options_.variation, options_.partition.partitions)) {}

Replay::Replay(Replay&&) noexcept = default;
Replay::~Replay() = default;

Result<Replay> Replay::open(ReaderPort& reader, StorePort& store, Options options) {
  Replay replay(reader, std::move(options));
  const ReplayVariation& variation = replay.options_.variation;
  if (auto read = replay.filter_->read(variation.catalogs); !read) return tl::unexpected(read.error());
  if (auto seeded = seed(store, variation.catalogs); !seeded) return tl::unexpected(seeded.error());
  auto partition = Partition::load(store, replay.options_.partition);
  if (!partition) return tl::unexpected(partition.error());
  replay.partition_ = *std::move(partition);
  return replay;
}

std::string Replay::where() const {
  return "partition " + std::to_string(options_.partition.partition) + ": ";
}

Result<void> Replay::place(int64_t end) {
  const int32_t partition = options_.partition.partition;
  const int64_t position = partition_->position();
  const auto range = reader_->range(Topic::events, partition);
  if (!range) return tl::unexpected(range.error());
  if (range->first > position) {
    return unreachable(where() + "the log begins at offset " + std::to_string(range->first) +
                       ", but a replay needs it from offset " + std::to_string(position) +
                       " on: restore the events topic");
  }
  if (position > end) {
    return unreachable(where() + "the store is at offset " + std::to_string(position - 1) +
                       " already, beyond the end that is asked for; name another directory");
  }
  return reader_->seek(Topic::events, partition, position);
}

Result<bool> Replay::run(const ReplayEnd& end, const ReplayHooks& hooks) {
  if (auto placed = place(end.end); !placed) return tl::unexpected(placed.error());
  const int32_t partition = options_.partition.partition;
  bool reached = partition_->position() >= end.end;
  bool stopped = false;
  while (!reached && !stopped) {
    const auto records = reader_->poll(poll_ms, options_.chunk_records);
    if (!records) return tl::unexpected(records.error());
    uint64_t taken = 0;
    for (std::size_t i = 0; i < records->size(); ++i) {
      // Of one subscriber there is nothing to look ahead for.
      if (i % Partition::look_ahead == 0 && !options_.variation.subscriber) {
        partition_->expect(records->subspan(i, std::min(Partition::look_ahead, records->size() - i)));
      }
      const auto ended = take((*records)[i], end, hooks.outputs ? &outputs_ : nullptr);
      if (!ended) return tl::unexpected(ended.error());
      reached = *ended;
      if (reached) break;
      ++taken;
    }
    if (open_records_ >= options_.chunk_records || outputs_.bytes() >= options_.persist_bytes) {
      if (auto closed = close_chunk(hooks); !closed) return tl::unexpected(closed.error());
    }
    if (hooks.progress && taken > 0) hooks.progress(taken);
    reached = reached || reader_->passed(partition, end.end);
    stopped = hooks.go_on && !hooks.go_on();
  }
  if (auto closed = close_chunk(hooks); !closed) return tl::unexpected(closed.error());
  if (auto persisted = partition_->persist(true); !persisted) return tl::unexpected(persisted.error());
  const auto filled = stopped ? Result<bool>(true) : fill_rollups(hooks);
  if (!filled) return filled;
  return reached && *filled;
}

/// Those that a store of an earlier version lacks, but for rejects: the topic's are not those of a replay.
Result<bool> Replay::fill_rollups(const ReplayHooks& hooks) {
  bool added = false;
  for (auto missing = partition_->missing_rollup(); missing && *missing != Rollup::rejects;
       missing = partition_->missing_rollup()) {
    if (hooks.go_on && !hooks.go_on()) return false;
    const auto portion = partition_->fill_rollup(nullptr, options_.chunk_records);
    if (!portion) return tl::unexpected(portion.error());
    added = true;
  }
  if (!added) return true;
  const auto persisted = partition_->persist(true);
  return persisted ? Result<bool>(true) : tl::unexpected(persisted.error());
}

/// True: the end is reached, and the record is not applied.
Result<bool> Replay::take(const LogRecord& record, const ReplayEnd& end, Outputs* outputs) {
  if (record.offset >= end.end) return true;
  if (end.recorded_until && record.recorded_at > *end.recorded_until) return true;
  ++open_records_;
  const auto passed = filter_->passes(record);
  if (!passed) return tl::unexpected(passed.error());
  if (*passed) {
    partition_->skip(record);
    return false;
  }
  const auto applied = partition_->apply(
      record, [&] { return reader_->headers(record); }, outputs);
  if (!applied) return tl::unexpected(applied.error());
  return false;
}

Result<void> Replay::close_chunk(const ReplayHooks& hooks) {
  if (std::exchange(open_records_, 0) == 0) return {};
  (void)partition_->seal();
  partition_->chunk_committed();
  if (hooks.outputs) {
    if (auto taken = hooks.outputs(outputs_); !taken) return taken;
    outputs_.clear();
  }
  if (partition_->pending_bytes() < options_.persist_bytes) return {};
  return partition_->persist(true);
}

Result<int64_t> replay_end(ReaderPort& events, int32_t partition, std::optional<int64_t> wanted) {
  const auto range = events.range(Topic::events, partition);
  if (!range) return tl::unexpected(range.error());
  if (!wanted || *wanted <= range->end) return wanted.value_or(range->end);
  return failed("partition " + std::to_string(partition) + " has no offset " + std::to_string(*wanted - 1) +
                "; its log ends before " + std::to_string(range->end));
}

}  // namespace subledger
