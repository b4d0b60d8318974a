// A subscriber's past out of the log, for explanations and accounts as they were.
#pragma once

#include <functional>

#include "engine/history.h"
#include "ops/failure.h"

namespace subledger::ops {

/// Reads the partition from its beginning with progress, until the end or until `go_on` gives false.
Attempt<void> read_past(Log& log, int32_t partition, const HistoryEnd& end, History& history,
                        const History::Visitor& visit, const std::function<bool()>& go_on);

}  // namespace subledger::ops
