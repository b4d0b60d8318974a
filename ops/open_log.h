// A log by its URL.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connectors/kafka/kafka_log.h"
#include "engine/ports.h"
#include "ops/configuration.h"
#include "ops/failure.h"

namespace subledger::ops {

/// "kafka://HOST:PORT[,HOST:PORT]" or "sqlite:FILE". `settings` is for either, of which SQLite takes the
/// topic prefix; its `bootstrap` is not looked at. Wrong usage: another form, or properties that Kafka's
/// connector refuses.
Attempt<std::unique_ptr<Log>> open_log(const std::string& url, const KafkaLogOptions& settings = {});

/// Without the brokers.
KafkaLogOptions kafka_options(const Configuration& configuration);

/// That of the settings `log`, `topic_prefix` and so on.
Attempt<std::unique_ptr<Log>> open_log(const Configuration& configuration);

/// Where a log of this URL is kept on this machine; none of Kafka's.
std::vector<std::string> files_of_log(const std::string& url);

}  // namespace subledger::ops
