#include "ops/lanes.h"

#include <algorithm>
#include <thread>

namespace subledger::ops {

int lanes_of(const Configuration& configuration, int32_t partitions) {
  const auto wanted = static_cast<int>(configuration.integer("lanes"));
  const int lanes = wanted > 0 ? wanted : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return std::min(lanes, static_cast<int>(partitions));
}

}  // namespace subledger::ops
