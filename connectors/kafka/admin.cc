#include "connectors/kafka/admin.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <utility>

namespace subledger::kafka {
namespace {

using Queue = std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)>;
using Event = std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)>;
using Options = std::unique_ptr<rd_kafka_AdminOptions_t, decltype(&rd_kafka_AdminOptions_destroy)>;

constexpr auto look_again = std::chrono::milliseconds(50);
constexpr int replicas_max = 3;

struct Request {
  Request(const Client& client, rd_kafka_admin_op_t operation, int wait_ms)
      : queue(rd_kafka_queue_new(client.get()), &rd_kafka_queue_destroy),
        options(rd_kafka_AdminOptions_new(client.get(), operation), &rd_kafka_AdminOptions_destroy) {
    std::array<char, 256> ignored{};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), wait_ms, ignored.data(), ignored.size());
    if (operation == RD_KAFKA_ADMIN_OP_CREATETOPICS) {
      rd_kafka_AdminOptions_set_operation_timeout(options.get(), wait_ms, ignored.data(), ignored.size());
    }
  }
  /// The library answers within its request timeout.
  Event answer() { return {rd_kafka_queue_poll(queue.get(), -1), &rd_kafka_event_destroy}; }

  Queue queue;
  Options options;
};

std::string value_or(const std::map<std::string, std::string>& properties, const std::string& name) {
  const auto found = properties.find(name);
  return found == properties.end() ? std::string() : found->second;
}

}  // namespace

Result<std::unique_ptr<Admin>> Admin::open(const KafkaLogOptions& options) {
  std::unique_ptr<Admin> admin(new Admin(options));
  // A consumer, because a producer's questions may create the topics they ask for.
  auto client = Client::make(ClientKind::consumer, reader_settings(options), *admin);
  if (!client) return tl::unexpected(client.error());
  admin->client_ = std::move(*client);
  return admin;
}

Result<int32_t> Admin::partitions(const std::string& topic) {
  return count_partitions(options_, *client_, topic);
}

Result<std::map<std::string, std::string>> Admin::properties(const std::string& topic) {
  Request request(*client_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, options_.wait_ms);
  rd_kafka_ConfigResource_t* resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
  rd_kafka_DescribeConfigs(client_->get(), &resource, 1, request.options.get(), request.queue.get());
  rd_kafka_ConfigResource_destroy(resource);
  const auto event = request.answer();
  const std::string what = "asked for the properties of " + topic;
  if (const int error = rd_kafka_event_error(event.get())) return no_answer(options_, *client_, what, error);
  std::size_t count = 0;
  const auto** resources =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  if (count != 1) return failed("kafka: " + what + ": no answer to it");
  if (rd_kafka_ConfigResource_error(resources[0]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failed("kafka: " + what + ": " + rd_kafka_ConfigResource_error_string(resources[0]) +
                  "; the engine's user needs the right DescribeConfigs on it");
  }
  std::map<std::string, std::string> properties;
  const auto** entries = rd_kafka_ConfigResource_configs(resources[0], &count);
  for (std::size_t i = 0; i < count; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    properties[rd_kafka_ConfigEntry_name(entries[i])] = value != nullptr ? value : "";
  }
  return properties;
}

Result<int> Admin::replication_factor() {
  if (options_.replication_factor > 0) return options_.replication_factor;
  const struct rd_kafka_metadata* raw = nullptr;
  const auto error = rd_kafka_metadata(client_->get(), 0, nullptr, &raw, options_.wait_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return no_answer(options_, *client_, "asked for its brokers", error);
  const int brokers = raw->broker_cnt;
  rd_kafka_metadata_destroy(raw);
  return std::clamp(brokers, 1, replicas_max);
}

Result<bool> Admin::create(const TopicSpec& spec) {
  const auto replicas = replication_factor();
  if (!replicas) return tl::unexpected(replicas.error());
  std::array<char, 512> text{};
  const std::unique_ptr<rd_kafka_NewTopic_t, decltype(&rd_kafka_NewTopic_destroy)> topic(
      rd_kafka_NewTopic_new(spec.name.c_str(), spec.partitions, *replicas, text.data(), text.size()),
      &rd_kafka_NewTopic_destroy);
  if (!topic) return failed("kafka: topic " + spec.name + ": " + text.data());
  for (const auto& [name, value] : spec.properties) {
    rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  }
  Request request(*client_, RD_KAFKA_ADMIN_OP_CREATETOPICS, options_.wait_ms);
  rd_kafka_NewTopic_t* topics = topic.get();
  rd_kafka_CreateTopics(client_->get(), &topics, 1, request.options.get(), request.queue.get());
  const auto event = request.answer();
  const std::string what = "create topic " + spec.name;
  if (const int error = rd_kafka_event_error(event.get())) return no_answer(options_, *client_, what, error);
  std::size_t count = 0;
  const auto** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  if (count != 1) return failed("kafka: cannot " + what + ": no answer to it");
  const auto error = rd_kafka_topic_result_error(results[0]);
  if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return false;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* why = rd_kafka_topic_result_error_string(results[0]);
    return failed("kafka: cannot " + what + ": " + (why != nullptr ? why : describe(error)));
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.wait_ms);
  while (std::chrono::steady_clock::now() < deadline) {
    const auto seen = partitions(spec.name);
    if (!seen) return tl::unexpected(seen.error());
    if (*seen == spec.partitions) return true;
    std::this_thread::sleep_for(look_again);
  }
  return failed("kafka: topic " + spec.name + " was created but does not appear; look at the brokers' logs");
}

Result<std::string> Admin::cluster_id() {
  const std::unique_ptr<char, void (*)(char*)> id(rd_kafka_clusterid(client_->get(), options_.wait_ms),
                                                  [](char* text) { rd_kafka_mem_free(nullptr, text); });
  if (id) return std::string(id.get());
  return no_answer(options_, *client_, "asked for its cluster's id", RD_KAFKA_RESP_ERR__TIMED_OUT);
}

std::vector<TopicSpec> topic_specs(const KafkaLogOptions& options, int32_t partitions) {
  const std::map<std::string, std::string> kept_forever = {
      {"cleanup.policy", "delete"}, {"retention.ms", "-1"}, {"retention.bytes", "-1"}};
  std::vector<TopicSpec> specs;
  for (const auto topic : {Topic::events, Topic::charges, Topic::access, Topic::rejects}) {
    auto& spec = specs.emplace_back(TopicSpec{topic_of(options, topic), partitions, kept_forever});
    // Outputs carry the recorded time of their event, so it must be kept as given.
    const bool stamps = topic == Topic::events;
    spec.properties["message.timestamp.type"] = stamps ? "LogAppendTime" : "CreateTime";
    if (topic == Topic::events) spec.properties["max.message.bytes"] = std::to_string(2 << 20);
    if (topic == Topic::rejects) spec.properties["max.message.bytes"] = std::to_string(3 << 20);
  }
  return specs;
}

Result<void> check_events_topic(const std::string& topic,
                                const std::map<std::string, std::string>& properties) {
  struct Demand {
    std::string_view property;
    std::string_view value;
    std::string_view why;
  };
  constexpr std::array demands = {
      Demand{"cleanup.policy", "delete",
             "compaction and other policies remove events, and balances are made of all"},
      Demand{"message.timestamp.type", "LogAppendTime",
             "recorded time must be the broker's, or results are not repeatable"},
      Demand{"retention.ms", "-1", "replay needs the whole log"},
      Demand{"retention.bytes", "-1", "replay needs the whole log"},
  };
  for (const auto& [property, wanted, why] : demands) {
    const auto found = value_or(properties, std::string(property));
    if (found == wanted) continue;
    return failed("kafka: topic " + topic + " has " + std::string(property) + "=" + found + ": " +
                  std::string(why) + "; set it to " + std::string(wanted) +
                  " (kafka-configs.sh --alter), or use another --topic-prefix");
  }
  return {};
}

}  // namespace subledger::kafka
