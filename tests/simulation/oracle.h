// What must come of a partition's log: the fold over plain maps, record by record, without chunks, caches,
// rows written behind or restarts. The fold itself is compared with a second implementation in
// tests/properties; this is the measure of everything that the engine does around it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/meta.h"
#include "engine/ports.h"
#include "projections/fold.h"
#include "tests/support/memory_log.h"

namespace subledger::simulation {

/// A record that must stand in an output topic; its offset is the log's affair.
struct Expected {
  Topic topic{};
  MemoryRecord record;
};

class Oracle {
 public:
  Oracle(int32_t partition, int32_t partitions);

  /// The next record of the partition's log.
  void apply(const MemoryRecord& record);

  /// As committed at a position: behind each record that was applied, and 0.
  const std::string* note_at(int64_t position) const;
  int64_t position() const { return meta_.position; }
  const Meta& meta() const { return meta_; }
  /// In the order of each topic's output sequence.
  const std::vector<Expected>& outputs(Topic topic) const {
    return outputs_[static_cast<std::size_t>(topic)];
  }

 private:
  using EventKey = std::pair<Msisdn, Uuid>;

  void apply_event(const Examined& examined, const InputRecord& input, const MemoryRecord& record);
  void accept(const Accepted& accepted, const Examined& examined, const Account& account);
  void reject(const Rejection& rejection, const MemoryRecord& record);
  void emit(Topic topic, const MemoryRecord& kept, std::string_view id, std::string_view subject,
            uint64_t sequence);
  void set_row(std::string_view key, std::string_view value);

  PartitionState state_;
  std::map<Msisdn, Account> accounts_;
  std::map<EventKey, KnownEvent> known_;
  std::map<std::string, std::string> rows_;
  Meta meta_;
  Encoder encoder_;
  std::map<int64_t, std::string> notes_;
  std::array<std::vector<Expected>, topic_count> outputs_;
};

}  // namespace subledger::simulation
