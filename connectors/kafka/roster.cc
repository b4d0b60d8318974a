#include "connectors/kafka/roster.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <span>
#include <utility>

namespace subledger::kafka {
namespace {

/// All brokers are asked, so that one which is down takes all of this time.
constexpr int answer_max_ms = 1'000;

/// The broker gives a static member the id `<group.instance.id>-<UUID>`. Empty: it is another's.
std::string_view name_in(std::string_view member_id) {
  constexpr std::size_t uuid_size = 36;
  if (member_id.size() <= uuid_size + 1 || member_id[member_id.size() - uuid_size - 1] != '-') return {};
  return member_id.substr(0, member_id.size() - uuid_size - 1);
}

}  // namespace

// Not by the library's newer DescribeConsumerGroups: that of 2.0.2 can abort the process when a broker comes
// and goes.
std::optional<Roster> Roster::ask(const KafkaLogOptions& options, const Client& client,
                                  const std::string& group) {
  const rd_kafka_group_list* raw = nullptr;
  const auto error =
      rd_kafka_list_groups(client.get(), group.c_str(), &raw, std::min(options.wait_ms, answer_max_ms));
  const std::unique_ptr<const rd_kafka_group_list, decltype(&rd_kafka_group_list_destroy)> groups(
      raw, &rd_kafka_group_list_destroy);
  // Only its coordinator lists a group, so that the silence of other brokers does not matter once it is
  // found.
  const bool complete = error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__PARTIAL;
  if (!complete || !groups) return std::nullopt;
  Roster roster;
  for (const auto& found : std::span(groups->groups, static_cast<std::size_t>(groups->group_cnt))) {
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    for (const auto& member : std::span(found.members, static_cast<std::size_t>(found.member_cnt))) {
      roster.ids_.emplace_back(member.member_id);
    }
  }
  return roster;
}

std::vector<std::string> Roster::names() const {
  std::vector<std::string> names;
  for (const auto& id : ids_) {
    if (const auto name = name_in(id); !name.empty()) names.emplace_back(name);
  }
  return names;
}

std::optional<std::string> Roster::id_of(std::string_view group_instance) const {
  const auto found = std::ranges::find(ids_, group_instance, name_in);
  return found == ids_.end() ? std::nullopt : std::optional(*found);
}

void OwnMembers::note(const std::string& transactional_id, std::string id) {
  const std::scoped_lock lock(mutex_);
  ids_[transactional_id] = std::move(id);
}

std::optional<std::string> OwnMembers::id_of(const std::string& transactional_id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = ids_.find(transactional_id);
  return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace subledger::kafka
