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

using MemberId = std::unique_ptr<char, void (*)(char*)>;

/// Empty before the first join was answered.
std::string member_id(rd_kafka_t* consumer) {
  const MemberId id(rd_kafka_memberid(consumer), [](char* bytes) { rd_kafka_mem_free(nullptr, bytes); });
  return id ? id.get() : "";
}

/// Metadata without a generation, for which a broker may leave out its check.
std::string unchecked_form(rd_kafka_t* consumer, const MemberNames& names) {
  const GroupMetadata metadata(rd_kafka_consumer_group_metadata_new_with_genid(
      names.group.c_str(), -1, member_id(consumer).c_str(), names.group_instance.c_str()));
  return serialize(metadata);
}

MemberNames first_names(LaneOptions lane) {
  lane.lane = 0;
  return member_names(lane);
}

}  // namespace

Membership::Membership(const KafkaLogOptions& options, const LaneOptions& lane, OwnMembers& own)
    : options_(options), names_(member_names(lane)), first_(first_names(lane)), own_(own) {}

void Membership::take(std::unique_ptr<Client> consumer) {
  const auto held = hold();
  consumer_ = std::move(consumer);
  const std::scoped_lock lock(captured_mutex_);
  captured_.clear();  // of the earlier consumer
}

Result<void> Membership::join(const std::string& topic) {
  const PartitionList topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  const auto error = rd_kafka_subscribe(consumer_->get(), topics.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failed("kafka: cannot join group " + names_.group + ": " + describe(error));
  }
  own_.note(names_.transactional_id, "");
  ++joins_;
  joined_ = true;
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
  ++assignments_;
  own_.note(names_.transactional_id, member_id(consumer_->get()));
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

Holder Membership::holder() const {
  const auto roster = Roster::ask(options_, *consumer_, names_.group);
  if (!roster) return Holder::unknown;
  const auto holder = holder_of(*roster, names_);
  if (holder != Holder::another || decides()) return holder;
  return holder_of(*roster, first_) == Holder::this_process ? Holder::this_process : Holder::another;
}

Holder Membership::holder_of(const Roster& roster, const MemberNames& names) const {
  const auto id = roster.id_of(names.group_instance);
  if (!id) return Holder::nobody;
  return own_.id_of(names.transactional_id) == id ? Holder::this_process : Holder::another;
}

Standing Membership::standing(int wait_ms) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  while (true) {
    {
      const auto held = hold();
      if (!consumer_) return Standing::valid;
      if (turned_away()) return decides() && undisturbed() ? Standing::superseded : Standing::turned_away;
    }
    if (std::chrono::steady_clock::now() >= deadline) return Standing::valid;
    std::this_thread::sleep_for(look_again);
  }
}

Fault Membership::superseded_fault() const {
  return {Fault::Kind::fenced, "kafka: another process has joined group '" + names_.group + "' as member '" +
                                   names_.group_instance +
                                   "', so this one stops; give each running process its own --instance"};
}

}  // namespace subledger::kafka
