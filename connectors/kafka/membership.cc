#include "connectors/kafka/membership.h"

#include <librdkafka/rdkafka.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "connectors/kafka/admin.h"

namespace subledger::kafka {
namespace {

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
  return {};
}

void Membership::capture() {
  auto bytes = serialize(GroupMetadata(rd_kafka_consumer_group_metadata(consumer_->get())));
  if (bytes == unchecked_form(consumer_->get(), names_)) {
    spdlog::warn("kafka assignment already lost member={}", names_.group_instance);
    bytes.clear();
  }
  const std::scoped_lock lock(captured_mutex_);
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

NameHolder Membership::name_holder() const {
  const auto members = group_members(options_, *consumer_, names_.group);
  if (!members) return NameHolder::unknown;
  const auto holder = std::ranges::find(*members, names_.group_instance, &GroupMember::group_instance);
  if (holder == members->end() || holder->client_id == names_.client_id) return NameHolder::this_process;
  return NameHolder::another_process;
}

bool Membership::superseded() const {
  const auto held = hold();
  return consumer_ && name_holder() == NameHolder::another_process;
}

Fault Membership::superseded_fault() const {
  return {Fault::Kind::fenced, "kafka: another process has joined group '" + names_.group + "' as member '" +
                                   names_.group_instance +
                                   "', so this one stops; give each running process its own --instance"};
}

}  // namespace subledger::kafka
