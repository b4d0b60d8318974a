// A log by its URL.
#pragma once

#include <memory>
#include <string>

#include "connectors/kafka/kafka_log.h"
#include "engine/ports.h"
#include "ops/configuration.h"
#include "ops/failure.h"

namespace subledger::ops {

/// "kafka://HOST:PORT[,HOST:PORT]" or "sqlite:FILE". `settings` is for either, of which SQLite takes the
/// topic prefix; its `bootstrap` is not looked at. Wrong usage: another form, or properties that Kafka's
/// connector refuses.
Attempt<std::unique_ptr<Log>> open_log(const std::string& url, const KafkaLogOptions& settings = {});

/// That of the settings `log`, `topic_prefix` and so on.
Attempt<std::unique_ptr<Log>> open_log(const Configuration& configuration);

}  // namespace subledger::ops
