// Which librdkafka property has which value for which client, and which of them a user may not set.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "connectors/kafka/kafka_log.h"

namespace subledger::kafka {

using Settings = std::map<std::string, std::string>;

/// Names that a group member and its transactional writer are known by at the broker.
struct MemberNames {
  std::string group;
  std::string group_instance;
  std::string transactional_id;
};
MemberNames member_names(const LaneOptions& lane);

/// Refuses the properties that exactly-once depends on, and the times that do not fit together.
Result<void> check_settings(const KafkaLogOptions& options);

/// Of a client outside any group: the administrator, and readers of chosen offsets.
Settings reader_settings(const KafkaLogOptions& options);
Settings member_settings(const KafkaLogOptions& options, const MemberNames& names);
/// Of a client that has the group's name without being a member.
Settings outsider_settings(const KafkaLogOptions& options, const std::string& group);
/// `transactional_id` empty: idempotent, without transactions.
Settings writer_settings(const KafkaLogOptions& options, std::string_view transactional_id);

int transaction_timeout_ms(const KafkaLogOptions& options);
int session_timeout_ms(const KafkaLogOptions& options);
int heartbeat_interval_ms(const KafkaLogOptions& options);
/// Whether the value of a property must not be shown.
bool is_secret(std::string_view property);

}  // namespace subledger::kafka
