// Which catalog versions a log holds, partition by partition, by the engine's own rules.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/ports.h"
#include "events/result.h"

namespace subledger::ops {

struct LogCatalog {
  std::string version;
  Timestamp effective_from;
  std::string currency;
  std::string canonical;
  std::string document;             ///< verbatim
  std::string event;                ///< the bytes of one of its events
  std::vector<int32_t> partitions;  ///< that hold it, ascending
};

/// Reads all of the events topic: a catalog can stand anywhere in it. Versions in the order of publication in
/// partition 0, then those that it lacks. Records that the engine rejects are left out.
Result<std::vector<LogCatalog>> read_log_catalogs(Log& log, int32_t partitions);

}  // namespace subledger::ops
