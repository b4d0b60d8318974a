// A log on Apache Kafka: the ports of the engine over librdkafka. Says nothing about what the records mean.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/ports.h"

namespace subledger {

struct KafkaLogOptions {
  std::string bootstrap;  ///< host:port[,host:port]
  std::string topic_prefix = "subledger.";
  /// Passed to librdkafka as they stand, except those that exactly-once depends on, which are refused.
  std::map<std::string, std::string> properties{};
  int session_timeout_ms = 10'000;  ///< how long a silent instance keeps its partitions
  int wait_ms = 10'000;             ///< how long an absent broker is waited for before a call is a fault
  int replication_factor = 0;       ///< of topics to be created; 0: as many as there are brokers, at most 3
};

/// Checks the options; the broker is first asked when the log is used. The log outlives all that it opens.
Result<std::unique_ptr<Log>> open_kafka_log(const KafkaLogOptions& options);

/// Of the librdkafka that the process runs with: "2.0.2".
std::string kafka_library_version();

}  // namespace subledger
