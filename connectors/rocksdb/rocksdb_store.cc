// The only file that includes RocksDB.
#include "connectors/rocksdb/rocksdb_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <numeric>
#include <thread>
#include <utility>

#include "connectors/rocksdb/store_directory.h"

namespace subledger {
namespace {

// Of 16 MiB each. Index blocks take a quarter of one; in small shards those of a file drive each other out.
constexpr int cache_shard_bits = 4;
constexpr std::size_t rows_ahead = 8;
constexpr int read_only_tries = 50;
constexpr auto read_only_pause = std::chrono::milliseconds(20);

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

/// Rows come in the order of their keys, and lie anywhere in memory.
void fetch(const RowWrite& row) {
  constexpr std::size_t line = 64;
  __builtin_prefetch(row.key.data());
  if (!row.value) return;
  for (std::size_t at = 0; at < row.value->size(); at += line) __builtin_prefetch(row.value->data() + at);
}

/// As much as a batch of these rows takes: growing by doubling, one of tens of MiB is copied several times.
std::size_t batch_bytes(std::span<const RowWrite> rows) {
  constexpr std::size_t header = 12;
  constexpr std::size_t tag_and_lengths_max = 11;
  std::size_t bytes = header;
  for (const RowWrite& row : rows) {
    bytes += row.key.size() + (row.value ? row.value->size() : 0) + tag_and_lengths_max;
  }
  return bytes;
}

/// The thread's own, with the memory of the largest so far: to get tens of MiB from the system each time,
/// page by page, took a tenth of all writing.
rocksdb::WriteBatch& empty_batch(std::size_t bytes) {
  thread_local std::unique_ptr<rocksdb::WriteBatch> batch;
  thread_local std::size_t reserved = 0;
  if (bytes > reserved) {
    batch.reset();
    batch = std::make_unique<rocksdb::WriteBatch>(bytes);
    reserved = bytes;
  }
  batch->Clear();
  return *batch;
}

tl::unexpected<Fault> fault_of(const rocksdb::Status& status, const std::string& path) {
  const std::string what = "store " + path + ": " + status.ToString();
  if (status.IsNoSpace()) {
    return tl::unexpected<Fault>(Fault{Fault::Kind::full, what + "; free some space on its disk"});
  }
  if (status.IsCorruption() || status.IsNotFound() || status.IsPathNotFound()) {
    return unreachable(what + "; it is damaged: delete the directory and it will be rebuilt from the log");
  }
  if (status.IsIOError() && what.find("lock") != std::string::npos) {
    return unreachable("store " + path +
                       " is in use by another process; end that one, or name another directory");
  }
  return unreachable(what + "; check the directory, its permissions and its disk");
}

/// Says nothing: what matters comes back as a status.
class SilentLogger : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

class RocksdbStore : public StorePort {
 public:
  RocksdbStore(std::string path, std::unique_ptr<rocksdb::DB> database)
      : path_(std::move(path)), database_(std::move(database)) {}

  Result<std::optional<std::string>> get(std::string_view key) const override {
    std::string value;
    const rocksdb::Status status = database_->Get(rocksdb::ReadOptions(), slice(key), &value);
    if (status.ok()) return value;
    if (status.IsNotFound()) return std::nullopt;
    return fault_of(status, path_);
  }

  /// RocksDB sorts keys by a comparator that it calls through a pointer, so they come to it sorted.
  Result<std::vector<std::optional<std::string>>> get_many(
      std::span<const std::string_view> keys) const override {
    std::vector<std::size_t> order(keys.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
    std::vector<rocksdb::Slice> slices;
    slices.reserve(keys.size());
    for (const std::size_t at : order) slices.push_back(slice(keys[at]));
    std::vector<rocksdb::PinnableSlice> values(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    constexpr bool sorted = true;
    database_->MultiGet(rocksdb::ReadOptions(), database_->DefaultColumnFamily(), slices.size(),
                        slices.data(), values.data(), statuses.data(), sorted);
    std::vector<std::optional<std::string>> found(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (statuses[i].ok()) {
        found[order[i]].emplace(view(values[i]));
      } else if (!statuses[i].IsNotFound()) {
        return fault_of(statuses[i], path_);
      }
    }
    return found;
  }

  Result<void> scan(std::string_view prefix,
                    const std::function<bool(std::string_view, std::string_view)>& row) const override {
    return scan_from(prefix, prefix, row);
  }

  Result<void> scan_from(std::string_view prefix, std::string_view first,
                         const std::function<bool(std::string_view, std::string_view)>& row) const override {
    rocksdb::ReadOptions options;
    options.fill_cache = false;  // a scan passes once; it must not drive out what the lane needs
    const std::unique_ptr<rocksdb::Iterator> at(database_->NewIterator(options));
    for (at->Seek(slice(std::max(prefix, first))); at->Valid() && view(at->key()).starts_with(prefix);
         at->Next()) {
      if (!row(view(at->key()), view(at->value()))) return {};
    }
    if (!at->status().ok()) return fault_of(at->status(), path_);
    return {};
  }

  Result<void> write(std::span<const RowWrite> rows) override {
    if (Result<void> resumed = resume(); !resumed) return resumed;
    rocksdb::WriteBatch& batch = empty_batch(batch_bytes(rows));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i + rows_ahead < rows.size()) fetch(rows[i + rows_ahead]);
      const RowWrite& row = rows[i];
      const rocksdb::Status added =
          row.value ? batch.Put(slice(row.key), slice(*row.value)) : batch.Delete(slice(row.key));
      if (!added.ok()) return fault_of(added, path_);
    }
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    return checked(database_->Write(options, &batch));
  }

  Result<void> flush() override {
    if (Result<void> resumed = resume(); !resumed) return resumed;
    return checked(database_->Flush(rocksdb::FlushOptions()));
  }

  Result<void> begin_flush() override {
    if (Result<void> resumed = resume(); !resumed) return resumed;
    rocksdb::FlushOptions options;
    options.wait = false;
    options.allow_write_stall = true;  // or it would wait until a stall is out of the question
    return checked(database_->Flush(options));
  }

 private:
  /// After a failed flush RocksDB refuses writes until the disk is in order again. It finds out by itself
  /// after some seconds, or when told to try; busy means that it is trying just now, and then the write
  /// itself will tell.
  Result<void> resume() {
    if (!stopped_) return {};
    const rocksdb::Status status = database_->Resume();
    if (status.IsBusy()) return {};
    return checked(status);
  }

  Result<void> checked(const rocksdb::Status& status) {
    stopped_ = !status.ok();
    if (status.ok()) return {};
    return fault_of(status, path_);
  }

  std::string path_;
  std::unique_ptr<rocksdb::DB> database_;
  bool stopped_ = false;
};

bool supports(rocksdb::CompressionType type) {
  const std::vector<rocksdb::CompressionType> supported = rocksdb::GetSupportedCompressions();
  return std::ranges::find(supported, type) != supported.end();
}

rocksdb::BlockBasedTableOptions table_options() {
  rocksdb::BlockBasedTableOptions table;
  // Most look-ups are for event ids that are not there: the filter answers them.
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.whole_key_filtering = true;
  table.format_version = 5;
  return table;
}

}  // namespace

/// Its copies share the cache and the manager of write buffers.
struct RocksdbStoreFactory::Shared {
  rocksdb::Options options;
};

RocksdbStoreFactory::RocksdbStoreFactory(RocksdbStoreOptions options)
    : options_(std::move(options)), shared_(std::make_unique<Shared>()) {
  const auto cache = rocksdb::NewLRUCache(options_.block_cache_bytes, cache_shard_bits);
  rocksdb::Options& to = shared_->options;
  if (options_.env != nullptr) to.env = options_.env;
  to.create_if_missing = true;
  to.write_buffer_manager.reset(new rocksdb::WriteBufferManager(options_.write_buffers_bytes));
  to.write_buffer_size = options_.write_buffer_bytes;
  to.max_write_buffer_number = 3;
  to.max_background_jobs = options_.background_jobs;
  to.max_open_files = 512;
  // Batches come sorted, kind of row by kind of row: an insert begins where the last one of its kind ended.
  to.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(1));
  to.memtable_prefix_bloom_size_ratio = 0.02;
  to.memtable_whole_key_filtering = true;
  to.target_file_size_base = std::size_t{32} << 20;
  to.max_bytes_for_level_base = std::size_t{128} << 20;
  to.level_compaction_dynamic_level_bytes = true;
  // The upper levels are rewritten often and stay small; only what lies deeper is worth the processor's time.
  to.compression = rocksdb::kNoCompression;
  if (supports(rocksdb::kLZ4Compression)) {
    to.compression_per_level = {rocksdb::kNoCompression, rocksdb::kNoCompression, rocksdb::kLZ4Compression};
  }
  to.info_log.reset(new SilentLogger);
  to.stats_dump_period_sec = 0;
  to.stats_persist_period_sec = 0;
  rocksdb::BlockBasedTableOptions table = table_options();
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  to.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
}

RocksdbStoreFactory::~RocksdbStoreFactory() = default;

Result<std::unique_ptr<StorePort>> RocksdbStoreFactory::open(int32_t partition) {
  const StoreLabel label{store_format, options_.log_identity, options_.partitions, partition,
                         options_.replay};
  if (const Result<void> claimed = claim_store(options_.directory, label); !claimed) {
    return tl::unexpected<Fault>(claimed.error());
  }
  const std::string path = store_path(options_.directory, partition);
  rocksdb::DB* raw = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(shared_->options, path, &raw);
  std::unique_ptr<rocksdb::DB> database(raw);
  if (!status.ok()) return fault_of(status, path);
  return std::make_unique<RocksdbStore>(path, std::move(database));
}

Result<std::unique_ptr<StorePort>> open_rocksdb_read_only(const std::string& directory, int32_t partition) {
  if (const Result<StoreLabel> label = read_label(directory, partition); !label) {
    return tl::unexpected<Fault>(label.error());
  }
  const std::string path = store_path(directory, partition);
  rocksdb::Options options;
  options.max_open_files = -1;  // files that a compaction deletes meanwhile stay readable
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options()));
  // Between reading the list of files and opening them a running engine may replace some: then the list is
  // read again.
  for (int tries = 1;; ++tries) {
    rocksdb::DB* raw = nullptr;
    const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(options, path, &raw);
    std::unique_ptr<rocksdb::DB> database(raw);
    if (status.ok()) return std::make_unique<RocksdbStore>(path, std::move(database));
    if (tries == read_only_tries) {
      std::error_code ignored;
      if (std::filesystem::exists(path + "/CURRENT", ignored)) return fault_of(status, path);
      return unreachable("store " + path + " holds nothing yet; `subledger run` fills it");
    }
    std::this_thread::sleep_for(read_only_pause);
  }
}

}  // namespace subledger
