// The digests of a directory of stores, printed.
#pragma once

#include <string>

#include "ops/command.h"

namespace subledger::ops {

/// A line for each partition that has a store there.
Attempt<void> print_digests(const Invocation& call, const std::string& directory);

}  // namespace subledger::ops
