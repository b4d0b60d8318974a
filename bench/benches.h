// What each bench takes and gives.
#pragma once

#include <cstdint>
#include <string>

#include "projections/totals.h"

namespace subledger {

struct BenchOptions {
  std::string log;    ///< engine: the log's URL; its topics must not exist yet
  std::string store;  ///< engine: an empty directory
  uint64_t seed = 1;
  uint64_t events = 1'000'000;
  uint32_t subscribers = 100'000;
  double zipf = 0;
  int partitions = 4;
  int lanes = 2;
  int chunk_ms = 100;
};

struct BenchResult {
  uint64_t events = 0;
  double seconds = 0;
  std::string hash;  ///< of what came out; the same for the same workload on any machine
  Counts counts;
};

BenchResult bench_apply(const BenchOptions& options);
/// Ingests the workload into the log, then runs the engine over it to its end; only the run is timed.
BenchResult bench_engine(const BenchOptions& options);

}  // namespace subledger
