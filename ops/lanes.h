// How many threads work.
#pragma once

#include <cstdint>

#include "ops/configuration.h"

namespace subledger::ops {

/// Of the setting `lanes`; never more than there are partitions.
int lanes_of(const Configuration& configuration, int32_t partitions);

}  // namespace subledger::ops
