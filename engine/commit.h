// Bringing a chunk into the log exactly once, whatever the log answers (architecture 3). A chunk's bytes are
// fixed; they are sent again until they are certainly in, or certainly not ours to send any more.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/outputs.h"
#include "engine/ports.h"

namespace subledger {

/// What a chunk commits for a partition: from where to where.
struct ChunkSpan {
  std::optional<int64_t> start;  ///< what was committed before; nullopt: nothing
  PositionUpdate end;
};

struct OutgoingChunk {
  Outputs outputs;
  std::vector<ChunkSpan> spans;
  uint64_t records = 0;  ///< input records
};

enum class CommitOutcome : uint8_t {
  committed,
  lost,      ///< not committed, and the partitions belong to somebody else
  fenced,    ///< not committed: another instance runs under this name
  fault,     ///< not committed, and trying again will not help
  given_up,  ///< not known to be committed; asked to stop while the log did not answer
};

struct CommitResult {
  CommitOutcome outcome = CommitOutcome::committed;
  std::string message;
};

/// How `commit_chunk` waits and whether it goes on.
struct CommitPolicy {
  /// Waits before the next try (1, 2, …) and says whether to go on.
  std::function<bool(int tries, const std::string& message)> wait;
};

/// Aborted: the same bytes again. Unknown: a new writer, then what the group has committed decides; it is
/// either the start or the end of the chunk; anything else is somebody else's doing, and the chunk is lost.
CommitResult commit_chunk(TransactionPort& log, const OutgoingChunk& chunk, const CommitPolicy& policy);

}  // namespace subledger
