#include "connectors/kafka/feed.h"

#include <librdkafka/rdkafka.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <utility>

#include "connectors/kafka/advice.h"

namespace subledger::kafka {
namespace {

constexpr int64_t micros_per_milli = 1'000;
constexpr std::size_t waiting_max = 1'024;

std::optional<std::string_view> bytes(const void* data, std::size_t size) {
  if (data == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(data), size);
}

LogRecord record_of(const rd_kafka_message_t& message) {
  return {.partition = message.partition,
          .offset = message.offset,
          .recorded_at = {rd_kafka_message_timestamp(&message, nullptr) * micros_per_milli},
          .key = bytes(message.key, message.key_len),
          .value = bytes(message.payload, message.len),
          .token = &message};
}

}  // namespace

Feed::Feed(const KafkaLogOptions& options, const Client& client, std::string topic)
    : options_(options),
      client_(client),
      queue_(rd_kafka_queue_get_consumer(client.get())),
      topic_(std::move(topic)) {}

Result<void> Feed::seek(int32_t partition, int64_t offset) {
  // To librdkafka, negative offsets are names such as "the end".
  if (offset < 0)
    return failed("kafka: position " + std::to_string(offset) + " of " + topic_ + " is negative");
  next_[partition] = offset;
  sought_ = true;
  return {};
}

void Feed::forget() {
  ++changes_;
  next_.clear();
  sought_ = false;
  std::erase_if(faults_, [](const Told& told) { return told.partition.has_value(); });
  records_.clear();
  messages_.clear();
}

Result<void> Feed::assign() {
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(next_.size())));
  for (const auto& [partition, offset] : next_) {
    rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset = offset;
  }
  sought_ = false;
  ++changes_;
  const auto error = rd_kafka_assign(client_.get(), list.get());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return failed("kafka: cannot read " + topic_ + ": " + describe(error));
}

Result<std::span<const LogRecord>> Feed::poll(int timeout_ms, std::size_t records_max) {
  records_.clear();
  messages_.clear();
  faulty_.reset();
  // Assigning while a loss waits to be told would make it look like an orderly revocation.
  if (sought_ && rd_kafka_assignment_lost(client_.get()) == 0) {
    if (auto assigned = assign(); !assigned) return tl::unexpected(assigned.error());
  }
  // A fault that waits is told now, however much there is to read.
  MessageHandle first(faults_.empty() ? rd_kafka_consumer_poll(client_.get(), timeout_ms) : nullptr);
  if (first) {
    take(std::move(first));
    while (faults_.empty() && records_.size() < records_max) {
      const std::size_t room = std::min(records_max - records_.size(), waiting_max);
      if (take_waiting(room) < room) break;
    }
  }
  if (records_.empty() && !faults_.empty()) {
    auto told = std::move(faults_.front());
    faults_.erase(faults_.begin());
    faulty_ = told.partition;
    return tl::unexpected(std::move(told.fault));
  }
  return std::span<const LogRecord>(records_);
}

/// Takes what waits in the consumer, many at a time: one by one costs 0.2 µs a record more. How many there
/// were.
std::size_t Feed::take_waiting(std::size_t messages_max) {
  std::array<rd_kafka_message_t*, waiting_max> waiting{};
  const uint64_t changes = changes_;
  const auto count = rd_kafka_consume_batch_queue(queue_.get(), 0, waiting.data(), messages_max);
  // Partitions may be given and taken within the call, and messages of before stand among those of after.
  // None is kept then; what is assigned now is read again from where it stands.
  const bool same = changes_ == changes;
  if (!same && !next_.empty()) sought_ = true;
  for (ssize_t i = 0; i < count; ++i) {
    MessageHandle message(waiting[static_cast<std::size_t>(i)]);
    if (same) take(std::move(message));
  }
  return same && count > 0 ? static_cast<std::size_t>(count) : 0;
}

void Feed::take(MessageHandle message) {
  const auto position = next_.find(message->partition);
  const bool wanted = position != next_.end() && message->offset >= position->second;
  switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      if (!wanted) return;
      position->second = message->offset + 1;
      records_.push_back(record_of(*message));
      messages_.push_back(std::move(message));
      return;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      // Control records and aborted ones lie below, and will never be delivered.
      if (wanted) position->second = message->offset;
      return;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    // What a damaged batch holds is not known; to read behind it would leave events out.
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return stop(message);
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      faults_.push_back({fault_of(message), std::nullopt});
      return;
    default:
      // librdkafka goes on by itself after all others, such as a broker that is gone for a while.
      spdlog::warn("kafka reader complains topic={} partition={} error=\"{}\"", topic_, message->partition,
                   rd_kafka_message_errstr(message.get()));
  }
}

/// The partition stands still from now on; the others go on.
void Feed::stop(const MessageHandle& message) {
  const auto position = next_.find(message->partition);
  if (position == next_.end()) return;  // of before it was given away, or told already
  faults_.push_back({fault_of(message, position->second), message->partition});
  next_.erase(position);
}

Fault Feed::fault_of(const MessageHandle& message) const {
  if (message->err == RD_KAFKA_RESP_ERR__FATAL) {
    return {Fault::Kind::failed, "kafka: the reader of " + topic_ +
                                     " cannot go on: " + describe(client_.fatal_error()) + "; start again"};
  }
  return {Fault::Kind::failed, "kafka: cannot read " + topic_ + "/" + std::to_string(message->partition) +
                                   ": " + rd_kafka_message_errstr(message.get()) +
                                   missing_right(message->err)};
}

Fault Feed::fault_of(const MessageHandle& message, int64_t position) const {
  const std::string where = topic_ + "/" + std::to_string(message->partition);
  const std::string at = "kafka: position " + std::to_string(position) + " of " + where;
  if (message->err != RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
    return {Fault::Kind::failed, at + " cannot be read: " + rd_kafka_message_errstr(message.get()) +
                                     "; what the broker has there is damaged, or of a form that this program "
                                     "does not know: restore the partition from a replica or a backup"};
  }
  const auto range = query_range(options_, client_, topic_, message->partition);
  if (!range) return {Fault::Kind::failed, at + " is not in the log"};
  return {Fault::Kind::failed,
          at + " is outside the log, which has " + std::to_string(range->first) + " to " +
              std::to_string(range->end) +
              ": the log was truncated or replaced; restore the topic, or rebuild from a "
              "checkpoint that is not older than its start"};
}

bool Feed::passed(int32_t partition, int64_t end) const {
  const auto position = next_.find(partition);
  return position != next_.end() && position->second >= end;
}

}  // namespace subledger::kafka
