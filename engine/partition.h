// One partition's life: applies records to its state, gathers what follows from them, seals chunks, and
// writes what is committed to its store, later. Knows nothing of transactions, threads or time. Used by one
// thread at a time.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "engine/accounts.h"
#include "engine/look_ahead.h"
#include "engine/meta.h"
#include "engine/outputs.h"
#include "engine/ports.h"
#include "engine/recent_events.h"
#include "engine/rollup_fill.h"
#include "engine/rollups.h"
#include "engine/store.h"
#include "events/codec.h"
#include "projections/fold.h"
#include "projections/partition_state.h"

namespace subledger {

/// Reads the headers of the record being applied; called only when it is rejected.
using ReadHeaders = std::function<std::vector<Header>()>;

class Partition {
 public:
  struct Options {
    int32_t partition = 0;
    int32_t partitions = 1;
    std::size_t accounts_max = 1'000'000;  ///< kept in memory beyond those not persisted
  };

  /// Reads the state at A from the store, which outlives the partition.
  static Result<std::unique_ptr<Partition>> load(StorePort& store, const Options& options);

  /// As many accounts fit well into a processor's first caches.
  static constexpr std::size_t look_ahead = 32;
  /// A hint that these records, of this partition, are applied next; best `look_ahead` at a time. They live
  /// until then. Changes no result.
  void expect(std::span<const LogRecord> records);
  /// Applies the record at or after `position`. Outputs go to `outputs`; nullptr suppresses them (recovery,
  /// replay). A fault is the store failing: the partition is then of no use any more.
  Result<void> apply(const LogRecord& record, const ReadHeaders& headers, Outputs* outputs);

  /// Passes the record, which is at or after `position`, as if it were not in the log: it is not counted and
  /// gives nothing.
  void skip(const LogRecord& record);

  /// Ends a chunk: its rows, its digest and its position are fixed. The update is what the log commits for
  /// it.
  PositionUpdate seal();
  /// The oldest sealed chunk is committed in the log: its rows may be persisted.
  void chunk_committed();
  /// Writes the rows of all committed chunks to the store in one batch. `make_durable` flushes it as well.
  Result<void> persist(bool make_durable);
  /// The store begins to flush what was persisted.
  Result<void> begin_flush();

  /// The roll-up that the store does not wholly have yet, of several the next; nullopt: it has all.
  std::optional<Rollup> missing_rollup() const { return fill_ ? fill_->next() : std::nullopt; }
  /// Adds a portion of it, as `RollupFill::portion`.
  Result<RollupProgress> fill_rollup(ReaderPort* rejects, std::size_t records_max) {
    return fill_->portion(state_.names, rejects, records_max);
  }

  /// The next offset to apply.
  int64_t position() const { return meta_.position; }
  /// Position, counts, sums and digest as of the last seal.
  const Meta& sealed() const { return sealed_; }
  const PartitionState& state() const { return state_; }
  int32_t partition() const { return options_.partition; }
  /// Records refused since the last call because they belong to another partition.
  uint64_t take_misplaced() { return std::exchange(misplaced_, 0); }
  /// Bytes that committed chunks keep in memory until they are persisted: their rows, and the accounts looked
  /// up for them. Never 0 while there is such a chunk, also of rejects alone.
  std::size_t pending_bytes() const { return pending_bytes_; }
  /// True when every sealed chunk is committed and persisted, and nothing was applied since.
  bool clean() const { return chunks_.empty() && meta_.position == persisted_position_; }

 private:
  /// The first 16 bytes of a key as numbers, those that are missing as zeros: by them most keys are told
  /// apart and put in order, without a look at the key.
  struct KeyPrefix {
    uint64_t high = 0;
    uint64_t low = 0;
    explicit KeyPrefix(std::string_view key);
    friend auto operator<=>(const KeyPrefix&, const KeyPrefix&) = default;
  };
  /// A row of a chunk: where its key and, behind it, its value stand in the chunk's bytes.
  struct Row {
    KeyPrefix prefix;
    std::size_t begin = 0;
    uint32_t key_size = 0;
    uint32_t value_size = 0;
  };
  struct SortedRow;
  /// The rows of one chunk, and the ids that its memory of recent events holds.
  struct Chunk {
    uint64_t number = 0;
    std::string bytes;
    std::size_t overhead = 0;  ///< memory beside `bytes` that lasts until the chunk is persisted
    std::vector<Row> rows;
    std::vector<std::pair<RecentEvents::Tag, uint32_t>> known;  ///< with the number of its row
    std::vector<KnownKey> reversed;
    RollupAdditions rollups;
    Meta meta;

    std::string_view key(const Row& row) const { return {bytes.data() + row.begin, row.key_size}; }
    std::string_view value(const Row& row) const {
      return {bytes.data() + row.begin + row.key_size, row.value_size};
    }
  };

  Partition(StorePort& store, const Options& options);

  Result<void> load_state();
  Result<void> load_catalogs(uint32_t count);
  std::optional<KnownEvent> find_recent(const KnownKey& key) const;
  Result<std::optional<KnownEvent>> stored(const std::optional<std::string>& row) const;
  Result<std::optional<KnownEvent>> find_known(const KnownKey& key, const CachedAccount& account,
                                               const ExaminedRecord& record) const;
  Result<std::optional<KnownEvent>> find_target(const KnownKey& key) const;
  Result<void> apply_event(const Examined& examined, const ExaminedRecord& record, const ReadHeaders& headers,
                           Outputs* outputs);
  void accept(const Accepted& accepted, const Examined& examined, CachedAccount& account, Outputs* outputs);
  void accept_catalog(const Examined& examined);
  void reject(const Rejection& rejection, const InputRecord& input, const ReadHeaders& headers,
              Outputs* outputs);
  void remember_reversal(const KnownKey& target);
  /// A row of the open chunk, whose value is appended to what this returns, and then ended.
  std::string& begin_row(std::string_view key);
  RowHash end_row();
  void seal_accounts();
  void remember(const Chunk& chunk);
  const Chunk& chunk_of(uint64_t number) const;
  std::vector<RowWrite> rows_to_persist(const std::map<std::string, std::string>& others) const;
  static std::vector<RowWrite> in_order(std::vector<SortedRow>& rows, const std::vector<RowWrite>& writes);
  void recycle_committed();

  StorePort& store_;
  Options options_;
  PartitionState state_;
  Accounts accounts_;
  LookAhead look_ahead_;
  Encoder encoder_;
  Meta meta_;    // counts and postings stand in state_ until a seal
  Meta sealed_;  // as of the last seal
  Chunk open_;
  std::deque<Chunk> chunks_;  // sealed, oldest first; the first `committed_` of them are committed
  std::vector<Chunk> spare_;  // empty chunks with their memory
  std::size_t committed_ = 0;
  std::size_t pending_bytes_ = 0;
  int64_t persisted_position_ = 0;
  uint64_t misplaced_ = 0;
  std::optional<RollupFill> fill_;  // nullopt: the store was new
  RecentEvents recent_known_;
  std::unordered_set<KnownKey, HashKnownKey> recent_reversed_;
  std::string charge_id_text_;  // of the event being accepted, as the next
  std::string charge_bytes_;
};

}  // namespace subledger
