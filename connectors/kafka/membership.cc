#include "connectors/kafka/membership.h"

#include <librdkafka/rdkafka.h>
#include <spdlog/spdlog.h>

#include <chrono>
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

}  // namespace

void Membership::capture() {
  auto bytes = serialize(GroupMetadata(rd_kafka_consumer_group_metadata(consumer_->get())));
  if (bytes == unchecked_form(consumer_->get(), names_)) {
    spdlog::warn("kafka assignment already lost member={}", names_.group_instance);
    bytes.clear();
  }
  const std::scoped_lock lock(mutex_);
  serialized_ = std::move(bytes);
}

GroupMetadata Membership::captured() const {
  const std::scoped_lock lock(mutex_);
  rd_kafka_consumer_group_metadata_t* metadata = nullptr;
  if (serialized_.empty()) return {};
  const ErrorHandle error(
      rd_kafka_consumer_group_metadata_read(&metadata, serialized_.data(), serialized_.size()));
  return GroupMetadata(metadata);
}

bool Membership::instance_fenced(int wait_ms) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  while (consumer_->fatal_error() != RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(look_again);
  }
  return true;
}

Fault Membership::fenced_fault() const {
  return {Fault::Kind::fenced, "kafka: another process has joined group '" + names_.group + "' as member '" +
                                   names_.group_instance +
                                   "', so this one stops; give each running process its own --instance"};
}

}  // namespace subledger::kafka
