// The embedded log: the four topics of a ledger in one SQLite file, written, read and followed by several
// processes at once. The default for trying, for tests and for small installations.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "engine/ports.h"
#include "events/result.h"

namespace subledger {

struct SqliteLogOptions {
  std::string path;
  /// Tells sets of topics within a file apart; letters, digits, '.', '_' and '-'.
  std::string topic_prefix = "subledger.";
  /// Recorded times of events, in milliseconds since 1970; read once per transaction. Empty: the system's
  /// clock.
  std::function<int64_t()> now_ms;
  /// How long a lane waits while others write before its step ends as `aborted`.
  int lane_busy_ms = 10'000;
};

/// Touches no file: a missing log shows as an unreachable fault of the first call that needs it, and
/// `create_topics` alone makes one. The log and `open_*` may be used from any thread; each port by one thread
/// at a time, not after the log's end. One run of the engine uses one Log object: another run, also of the
/// same instance, needs another.
Result<std::unique_ptr<Log>> open_sqlite_log(const SqliteLogOptions& options);

}  // namespace subledger
