// A lane: one reader, one transactional writer, and the partitions that the group gives it. Reads, applies,
// closes chunks, commits them in order, and persists what is committed. One thread; its committer has one
// more.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/clock.h"
#include "engine/committer.h"
#include "engine/emitted.h"
#include "engine/engine.h"
#include "engine/partition.h"
#include "engine/unheld.h"

namespace subledger {

/// What a lane shows the thread that waits for all lanes.
struct LaneStatus {
  std::atomic<bool> assigned{false};  ///< the group has given it its partitions, perhaps none
  std::atomic<bool> at_end{
      false};                   ///< all its partitions have applied and committed what was there at the start
  std::atomic<int> live{0};     ///< partitions that are processed
  std::atomic<int> stopped{0};  ///< partitions that are not, after a fault
  HeldPartitions held;          ///< both
  std::atomic<uint64_t> records{0};
  std::atomic<uint64_t> outputs{0};
};

class Lane : private OwnershipListener {
 public:
  struct Settings {
    int lane = 0;
    int32_t partitions = 1;
  };

  /// All arguments outlive the lane.
  Lane(Log& log, StoreFactory& stores, const EngineOptions& options, const Settings& settings,
       EngineObserver& observer, LaneStatus& status, const std::atomic<bool>& stop,
       Clock& clock = machine_clock());
  ~Lane() override;

  /// Works until `stop`; a fault ends it.
  Result<void> run();

 private:
  /// What becomes of the rows that a persist writes: `begun` does not wait for the disk.
  enum class Flush : uint8_t { none, begun, done };

  /// A partition in this lane's hands.
  struct Slot {
    std::unique_ptr<StorePort> store;
    std::unique_ptr<Partition> partition;  ///< null: stopped
    std::optional<int64_t> sent;  ///< position of the last chunk sent; at first what the group had committed
    int64_t resume_at = 0;        ///< below it records are replayed with outputs suppressed
    std::string expected_note;    ///< the committed note at resume_at
    std::optional<OutputSequences> expected_sequences;  ///< without a note: those of the last outputs
    int64_t end = 0;                                    ///< of the log at the assignment
    uint64_t replayed = 0;
    bool replaying = false;
    bool in_chunk = false;
    bool unflushed = false;               ///< the store was written since it was flushed
    int64_t flushed_ms = -1;              ///< when a flush was last begun; < 0: not yet looked at
    std::unique_ptr<ReaderPort> rejects;  ///< while their roll-up is filled
    bool fill_put_off = false;            ///< until the next start

    /// A roll-up is being filled beside the work.
    bool fills() const { return partition && !fill_put_off && partition->missing_rollup(); }
  };

  // OwnershipListener
  void assigned(std::span<const int32_t> partitions) override;
  void revoked(std::span<const int32_t> partitions) override;
  void lost(std::span<const int32_t> partitions) override;
  void unreadable(int32_t partition, const Fault& why) override;

  Result<void> open();
  Result<void> step();
  Result<void> finish();
  Result<Slot> open_slot(int32_t partition);
  Result<std::unique_ptr<StorePort>> open_store(int32_t partition);
  Result<void> place_slot(int32_t partition, Slot& slot, const Committed& committed);
  Result<void> place_by_outputs(int32_t partition, Slot& slot);
  Result<void> check_last_applied(int32_t partition, const Meta& meta);
  tl::unexpected<Fault> log_fault(const Fault& fault);
  void stop_slot(int32_t partition, const Fault& why);
  void expect(std::span<const LogRecord> records);
  Result<void> process(const LogRecord& record);
  Result<void> apply(const LogRecord& record, Slot& slot);
  Result<void> replay(const LogRecord& record, Slot& slot);
  Result<void> end_replay(Slot& slot);
  static Fault nothing_below(int64_t position);
  void stop_endless_replays();
  bool chunk_open() const { return chunk_ != nullptr && chunk_->records > 0; }
  bool chunk_full() const;
  bool chunk_due(bool busy) const;
  void close_chunk();
  Result<void> flush_chunk();
  Result<void> check_partitions();
  Fault other_partitions(const std::string& found) const;
  Result<void> take_commit(int timeout_ms);
  Result<void> settle_commit(Committer::Finished finished);
  void refuse_chunk(const OutgoingChunk& chunk, const std::string& why);
  void persist_all();
  void persist_due(bool busy);
  void persist_largest(std::size_t bytes_max);
  void persist(int32_t partition, Slot& slot, Flush flush);
  void fill_due(bool idle);
  Result<void> fill_rollup(int32_t partition, Slot& slot);
  void persist_before_release(int32_t partition, Slot& slot);
  void drop(int32_t partition);
  void drop_all();
  void update_status();
  bool may_wait(const std::string& why, int tries);

  Log& log_;
  StoreFactory& stores_;
  const EngineOptions& options_;
  Settings settings_;
  EngineObserver& observer_;
  LaneStatus& status_;
  const std::atomic<bool>& stop_;
  Clock& clock_;
  std::atomic<int64_t> stop_seen_ms_{-1};  // outlives the committer, as the ports do
  LanePorts ports_;
  std::unique_ptr<Committer> committer_;
  std::map<int32_t, Slot> slots_;
  std::unique_ptr<OutgoingChunk> chunk_;  // being filled
  std::unique_ptr<OutgoingChunk> spare_;  // the buffers of the last one
  int64_t chunk_opened_ms_ = 0;
  int64_t settled_ms_ = 0;      // when the log has ended the last transaction
  bool filling_ = false;        // a partition lacks a roll-up
  int64_t fill_at_ms_ = -1;     // not before, under load
  bool restart_ = false;        // begin again with new ports and what the stores hold
  int restarts_ = 0;            // since a chunk was last committed
  bool chunks_apart_ = false;   // a chunk is of one partition: some partition sends what the log refuses
  std::optional<Fault> fault_;  // of a listener's call, which cannot return one
  std::set<int32_t> stopped_;   // partitions that failed; not opened again
  EmittedOutputs emitted_;
};

}  // namespace subledger
