// What a log's own charges and access decisions would have been under other catalogs: a replay's outputs
// beside the records of the log, both in the order of their events.
#pragma once

#include <optional>

#include "engine/difference.h"
#include "engine/replay.h"

namespace subledger {

struct WhatIf {
  int32_t partition = 0;
  int32_t partitions = 1;
  std::vector<std::string> catalogs;  ///< documents, as in ReplayVariation
  int64_t end = 0;                    ///< what came of events below this offset is compared
  std::optional<Timestamp> from;      ///< by event time, inclusive
  std::optional<Timestamp> to;        ///< exclusive
  std::size_t accounts_max = 1'000'000;
};

/// Replays one partition into `scratch`, which has to be empty, and adds what differs, with the log on the
/// left, to `difference`. False: `hooks.go_on` ended it. `hooks.outputs` is not looked at.
Result<bool> compare_with_log(Log& log, StorePort& scratch, const WhatIf& what_if, const ReplayHooks& hooks,
                              Difference& difference);

}  // namespace subledger
