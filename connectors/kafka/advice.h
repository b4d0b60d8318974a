// What a person can do about a connection or a right that is missing.
#pragma once

#include <string>
#include <string_view>

#include "connectors/kafka/kafka_log.h"

namespace subledger::kafka {

/// `complaint` is the last of the library's own lines about a connection; `library` its version as
/// 0xMMmmrrxx. The answer names properties, never values.
std::string connection_advice(const KafkaLogOptions& options, std::string_view complaint, int library);

/// To be put behind an error's text: which right of the broker's access control is missing; empty where the
/// error is not about rights.
std::string missing_right(int error);

}  // namespace subledger::kafka
