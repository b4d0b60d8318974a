// What each measure takes and gives. A measure reports what it saw; comparing is the harness's work.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/input.h"
#include "bench/measure.h"
#include "bench/workload.h"

namespace subledger::bench {

struct PureOptions {
  WorkloadOptions workload;
  uint64_t events = 1'000'000;
};

/// The pure fold on one core: decode, examine, apply, with accounts and known events in plain maps.
Report measure_apply(const PureOptions& options);
/// Decoding events and encoding charge records, alone, on one core.
Report measure_codec(const PureOptions& options);

struct RowsOptions {
  PureOptions pure;
  std::string store;  ///< an empty directory
  int32_t partitions = 4;
  int lanes = 2;
};

/// RocksDB alone: the rows that the workload's events give, in the batches in which the engine persists them,
/// nothing read.
Report measure_rows(const RowsOptions& options);

struct EngineRunOptions {
  LogChoice log;
  std::string store;
  std::string group = "bench";
  int lanes = 2;
  int chunk_ms = 100;
  uint64_t warm = 1;       ///< records before the clock starts
  bool unchecked = false;  ///< the result is not read back, so that a profile has the run alone
};

/// The engine over what the log holds: state in RocksDB, charges out, each in a transaction with its
/// position.
Report measure_engine(const EngineRunOptions& options);
/// An empty store for a group that has committed its positions: the engine rebuilds it, emitting nothing, and
/// compares digests. Takes the group of an earlier engine run.
Report measure_replay(const EngineRunOptions& options);

struct PassthroughOptions {
  LogChoice log;
  std::string out_prefix;  ///< of the log whose charges topic takes the records
  std::string group = "passthrough";
  int lanes = 1;
  int commit_ms = 100;
  std::size_t value_bytes = 180;
  bool headers = false;  ///< with nine headers like a charge's
};

/// librdkafka without any state: consume, produce one record of a charge's size, commit both in a
/// transaction.
Report measure_passthrough(const PassthroughOptions& options);

struct LatencyOptions {
  EngineRunOptions engine;
  PassthroughOptions passthrough;
  bool through_engine = true;
  WorkloadOptions workload;
  uint64_t per_second = 2'000;
  double warm_seconds = 2;
  double seconds = 10;
  int32_t partitions = 4;
};

/// Open loop: from the moment an event was due to be appended to its record at a read_committed reader.
Report measure_latency(const LatencyOptions& options);

struct RestartOptions {
  LogChoice log;
  uint64_t after = 100'000;          ///< charges before the kill
  std::vector<std::string> command;  ///< that runs the engine on the log
};

/// SIGKILL under load, the same command again at once: milliseconds to the first new committed charge.
Report measure_restart(const RestartOptions& options);

/// What the peers' charges of a workload must be: their number and hash.
Report measure_peer_reference(const PureOptions& options);
/// What a peer has put on the charges topic of a log.
Report measure_peer_charges(const LogChoice& log);

}  // namespace subledger::bench
