// Who is in a consumer group, asked of the broker, and which of its members are this process's own.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kafka/handle.h"

namespace subledger::kafka {

/// The ids of a group's members at one moment.
class Roster {
 public:
  /// nullopt: no answer, or not a whole one.
  static std::optional<Roster> ask(const KafkaLogOptions& options, const Client& client,
                                   const std::string& group);

  /// Of the static members.
  std::vector<std::string> names() const;
  /// The id of the static member of that name. nullopt: there is none.
  std::optional<std::string> id_of(std::string_view group_instance) const;

 private:
  std::vector<std::string> ids_;
};

/// The members that a process has joined as, by transactional id, which is unique to a lane of a group. Kept
/// when a lane begins again: a name that it had is taken back only from nobody or itself. Any thread.
class OwnMembers {
 public:
  /// Before an assignment `id` is empty.
  void note(const std::string& transactional_id, std::string id);
  /// nullopt: never joined.
  std::optional<std::string> id_of(const std::string& transactional_id) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> ids_;
};

}  // namespace subledger::kafka
