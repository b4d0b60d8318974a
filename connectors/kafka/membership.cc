#include "connectors/kafka/membership.h"

#include <librdkafka/rdkafka.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <span>
#include <thread>
#include <utility>

namespace subledger::kafka {
namespace {

constexpr auto look_again = std::chrono::milliseconds(20);

std::string serialize(const GroupMetadata& metadata) {
  if (!metadata) return {};
  void* data = nullptr;
  std::size_t size = 0;
  const ErrorHandle error(rd_kafka_consumer_group_metadata_write(metadata.get(), &data, &size));
  if (error) return {};
  std::string bytes(static_cast<char*>(data), size);
  rd_kafka_mem_free(nullptr, data);
  return bytes;
}

/// Metadata without a generation, for which a broker may leave out its check.
std::string unchecked_form(rd_kafka_t* consumer, const MemberNames& names) {
  const std::unique_ptr<char, void (*)(char*)> member(rd_kafka_memberid(consumer),
                                                      [](char* id) { rd_kafka_mem_free(nullptr, id); });
  const GroupMetadata metadata(rd_kafka_consumer_group_metadata_new_with_genid(
      names.group.c_str(), -1, member ? member.get() : "", names.group_instance.c_str()));
  return serialize(metadata);
}

/// The broker gives a static member the id `<group.instance.id>-<UUID>`.
bool is_id_of(std::string_view member_id, std::string_view group_instance) {
  constexpr std::size_t uuid_size = 36;
  return member_id.size() == group_instance.size() + 1 + uuid_size && member_id.starts_with(group_instance) &&
         member_id[group_instance.size()] == '-';
}

}  // namespace

Membership::Membership(const KafkaLogOptions& options, MemberNames names)
    : options_(options), names_(std::move(names)) {}

Result<void> Membership::join(std::unique_ptr<Client> consumer, const std::string& topic) {
  const PartitionList topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  const auto error = rd_kafka_subscribe(consumer->get(), topics.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failed("kafka: cannot join group " + names_.group + ": " + describe(error));
  }
  const auto held = hold();
  consumer_ = std::move(consumer);
  const std::scoped_lock lock(captured_mutex_);
  captured_.clear();  // of the earlier consumer
  return {};
}

void Membership::capture() {
  auto bytes = serialize(GroupMetadata(rd_kafka_consumer_group_metadata(consumer_->get())));
  if (bytes == unchecked_form(consumer_->get(), names_)) {
    spdlog::warn("kafka assignment already lost member={}", names_.group_instance);
    bytes.clear();
  }
  const std::scoped_lock lock(captured_mutex_);
  connections_ended_ = consumer_->connections_ended();
  captured_ = std::move(bytes);
}

GroupMetadata Membership::captured() const {
  const std::scoped_lock lock(captured_mutex_);
  rd_kafka_consumer_group_metadata_t* metadata = nullptr;
  if (captured_.empty()) return {};
  const ErrorHandle error(
      rd_kafka_consumer_group_metadata_read(&metadata, captured_.data(), captured_.size()));
  return GroupMetadata(metadata);
}

bool Membership::turned_away() const {
  return consumer_->fatal_error() == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
}

bool Membership::undisturbed() const {
  const std::scoped_lock lock(captured_mutex_);
  return !captured_.empty() && consumer_->connections_ended() == connections_ended_;
}

// Not by the library's newer DescribeConsumerGroups: that of 2.0.2 can abort the process when a broker comes
// and goes.
std::optional<bool> Membership::name_is_held() const {
  const rd_kafka_group_list* raw = nullptr;
  const auto error = rd_kafka_list_groups(consumer_->get(), names_.group.c_str(), &raw, options_.wait_ms);
  const std::unique_ptr<const rd_kafka_group_list, decltype(&rd_kafka_group_list_destroy)> groups(
      raw, &rd_kafka_group_list_destroy);
  // Only its coordinator lists a group, so that the silence of other brokers does not matter once it is
  // found.
  const bool complete = error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__PARTIAL;
  if (!complete || !groups) return std::nullopt;
  for (const auto& group : std::span(groups->groups, static_cast<std::size_t>(groups->group_cnt))) {
    if (group.err != RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
    for (const auto& member : std::span(group.members, static_cast<std::size_t>(group.member_cnt))) {
      if (is_id_of(member.member_id, names_.group_instance)) return true;
    }
  }
  return false;
}

bool Membership::superseded(int wait_ms) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  while (true) {
    {
      const auto held = hold();
      if (!consumer_) return false;
      if (turned_away()) return undisturbed();
    }
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(look_again);
  }
}

Fault Membership::superseded_fault() const {
  return {Fault::Kind::fenced, "kafka: another process has joined group '" + names_.group + "' as member '" +
                                   names_.group_instance +
                                   "', so this one stops; give each running process its own --instance"};
}

}  // namespace subledger::kafka
