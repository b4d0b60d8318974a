// One run: a seed makes a log, processes and mishaps; in the end all is healed and must be as the oracle says
// (invariants I1 to I8 and I11).
#pragma once

#include <cstdint>
#include <string>

#include "tests/simulation/schedule.h"

namespace subledger::simulation {

struct RunReport {
  std::string violation;  ///< empty: everything holds
  Mishaps mishaps;
  uint64_t steps = 0;
  uint64_t records = 0;
  uint64_t outputs = 0;
  uint64_t starts = 0;
  uint64_t late_ends_that_hit = 0;
  int64_t simulated_ms = 0;
};

/// `trace`: what happens, on stderr.
RunReport run_seed(uint64_t seed, bool trace);

/// Input as a seed makes it, for one partition, as NDJSON: what of it has a JSON form. By this the fold that
/// the oracle trusts is compared with the second implementation of the rules.
std::string input_of(uint64_t seed);

}  // namespace subledger::simulation
