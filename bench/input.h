// The log that a measure works on: filled before the clock starts, read back after it has stopped.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "bench/workload.h"
#include "connectors/kafka/kafka_log.h"
#include "engine/digest.h"
#include "engine/ports.h"
#include "engine/store.h"
#include "projections/totals.h"

namespace subledger::bench {

struct LogChoice {
  std::string url;
  std::string topic_prefix = "subledger.";
  std::map<std::string, std::string> properties{};  ///< of librdkafka, beside the engine's own
};

std::unique_ptr<Log> open(const LogChoice& choice);
/// What librdkafka is to be told of a log on Kafka.
KafkaLogOptions kafka_options(const LogChoice& choice);

/// Makes the topics, and writes the catalog into each partition and the workload's events behind it.
void fill(Log& log, int32_t partitions, const WorkloadOptions& workload, uint64_t events);

/// Deletes the topics of a log on Kafka and all others whose names begin with its prefix; `keep_events`: all
/// but the events, and the three output topics are made anew.
void clear(const LogChoice& choice, bool keep_events);

/// Where the readers of a topic would go on now, by partition.
std::vector<int64_t> ends_of(Log& log, Topic topic);

/// Over charges from the given offsets on, in any order: what does not depend on the log's clock or offsets.
std::string hash_charges(Log& log, const std::vector<int64_t>& from);

/// What a charge adds to such a hash.
class ChargeHash {
 public:
  void add(std::string_view charge_record);
  std::string text() const;

 private:
  SetHash sum_;
};

/// Sums over the stores of all partitions.
struct StoredState {
  Counts counts;
  std::string digest;
};
StoredState stored_state(StoreFactory& stores, int32_t partitions);
void add_state(Report& report, const StoredState& state);

}  // namespace subledger::bench
