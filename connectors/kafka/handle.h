// Owned handles of librdkafka's C API, and a client with its callbacks. The library's own header stays out of
// headers.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kafka/settings.h"
#include "engine/ports.h"

// NOLINTBEGIN: the names are librdkafka's.
struct rd_kafka_s;
struct rd_kafka_topic_s;
struct rd_kafka_error_s;
struct rd_kafka_headers_s;
struct rd_kafka_message_s;
struct rd_kafka_queue_s;
struct rd_kafka_topic_partition_list_s;
struct rd_kafka_consumer_group_metadata_s;
// NOLINTEND

namespace subledger::kafka {

struct Destroy {
  void operator()(rd_kafka_topic_s* topic) const;
  void operator()(rd_kafka_error_s* error) const;
  void operator()(rd_kafka_headers_s* headers) const;
  void operator()(rd_kafka_message_s* message) const;
  void operator()(rd_kafka_queue_s* queue) const;
  void operator()(rd_kafka_topic_partition_list_s* list) const;
  void operator()(rd_kafka_consumer_group_metadata_s* metadata) const;
};
using TopicHandle = std::unique_ptr<rd_kafka_topic_s, Destroy>;
using ErrorHandle = std::unique_ptr<rd_kafka_error_s, Destroy>;
using HeadersHandle = std::unique_ptr<rd_kafka_headers_s, Destroy>;
using QueueHandle = std::unique_ptr<rd_kafka_queue_s, Destroy>;
using MessageHandle = std::unique_ptr<rd_kafka_message_s, Destroy>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_s, Destroy>;
using GroupMetadata = std::unique_ptr<rd_kafka_consumer_group_metadata_s, Destroy>;

/// What a client tells its owner, on the thread that polls it.
class ClientEvents {
 public:
  virtual ~ClientEvents() = default;
  /// `error`: librdkafka's code for assigning or revoking.
  virtual void rebalance(int error, rd_kafka_topic_partition_list_s* partitions);
  /// A produced record has been stored, or `error` is not 0. Its headers may be detached.
  virtual void delivery(int error, rd_kafka_message_s& record);
};

enum class ClientKind : uint8_t { consumer, producer };

/// One librdkafka client. Its log lines go to spdlog. All is destroyed at once, without leaving the group:
/// a static member keeps its partitions until its session ends or it comes back.
class Client {
 public:
  /// `events` outlives the client.
  static Result<std::unique_ptr<Client>> make(ClientKind kind, const Settings& settings,
                                              ClientEvents& events);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  rd_kafka_s* get() const { return handle_; }
  /// Code of the error after which the client is of no more use, or 0. Any thread.
  int fatal_error() const;
  /// How many of its connections have ended so far. Any thread.
  uint64_t connections_ended() const { return connections_ended_; }
  /// What the client last complained of, for a person; empty if nothing. Any thread.
  std::string last_complaint() const;

  struct Callbacks;

 private:
  explicit Client(ClientEvents& events) : events_(events) {}

  ClientEvents& events_;
  rd_kafka_s* handle_ = nullptr;
  std::atomic<uint64_t> connections_ended_ = 0;
  mutable std::mutex complaint_mutex_;
  std::string complaint_;
};

std::string describe(int error);
/// The broker at `bootstrap` gave no answer in time.
tl::unexpected<Fault> no_answer(const KafkaLogOptions& options, const Client& client, std::string_view what,
                                int error);
std::string topic_of(const KafkaLogOptions& options, Topic topic);

/// What librdkafka knows of a topic; asking also makes it find the partitions' leaders, which saves an
/// assignment a second of waiting. -1: there is no such topic.
Result<int32_t> count_partitions(const KafkaLogOptions& options, const Client& client,
                                 const std::string& topic);
/// Of what a reader with the client's isolation can see: the end stands before the first open transaction.
Result<OffsetRange> query_range(const KafkaLogOptions& options, const Client& client,
                                const std::string& topic, int32_t partition);
std::vector<Header> headers_of(const LogRecord& record);

}  // namespace subledger::kafka
