// How much of a partition's input the output topics already hold: what a group goes by that has no position,
// because it is new or because its position has expired.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "engine/meta.h"
#include "engine/ports.h"

namespace subledger {

struct Emitted {
  int64_t position = 0;       ///< the input offset after that of the last output; 0: there is none
  OutputSequences sequences;  ///< of the last outputs
};

/// Reads the ends of the output topics, committed records only. Opens its readers when first asked.
class EmittedOutputs {
 public:
  /// `log` outlives this.
  explicit EmittedOutputs(Log& log) : log_(log) {}

  /// Fault kinds: those of the log; unreachable too where an open transaction does not end; failed where
  /// outputs were deleted or are none.
  Result<Emitted> in_partition(int32_t partition);

 private:
  Result<void> look_at(Topic topic, int32_t partition, uint64_t& sequence, int64_t& position);
  Result<ReaderPort*> reader_of(Topic topic);

  Log& log_;
  std::array<std::unique_ptr<ReaderPort>, topic_count> readers_;
};

}  // namespace subledger
