#include "connectors/kafka/handle.h"

#include <librdkafka/rdkafka.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "connectors/kafka/advice.h"
#include "connectors/kafka/outcome.h"

namespace subledger::kafka {

void Destroy::operator()(rd_kafka_topic_s* topic) const { rd_kafka_topic_destroy(topic); }
void Destroy::operator()(rd_kafka_error_s* error) const { rd_kafka_error_destroy(error); }
void Destroy::operator()(rd_kafka_headers_s* headers) const { rd_kafka_headers_destroy(headers); }
void Destroy::operator()(rd_kafka_message_s* message) const { rd_kafka_message_destroy(message); }
void Destroy::operator()(rd_kafka_queue_s* queue) const { rd_kafka_queue_destroy(queue); }
void Destroy::operator()(rd_kafka_topic_partition_list_s* list) const {
  rd_kafka_topic_partition_list_destroy(list);
}
void Destroy::operator()(rd_kafka_consumer_group_metadata_s* metadata) const {
  rd_kafka_consumer_group_metadata_destroy(metadata);
}

void ClientEvents::rebalance(int, rd_kafka_topic_partition_list_s*) {}
void ClientEvents::delivery(int, rd_kafka_message_s&) {}

struct Client::Callbacks {
  static void rebalance(rd_kafka_t*, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions,
                        void* opaque) {
    static_cast<Client*>(opaque)->events_.rebalance(error, partitions);
  }

  static void delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    // The library's C API takes it as const here, and not where headers are detached.
    static_cast<Client*>(opaque)->events_.delivery(message->err, *const_cast<rd_kafka_message_t*>(message));
  }

  // What matters of it is logged as well, and comes as a record's error or a call's result.
  static void error(rd_kafka_t* handle, int error, const char* reason, void*) {
    spdlog::debug("kafka client error client={} error={} text=\"{}\"", rd_kafka_name(handle), error, reason);
  }

  static int connection_ended(int socket, void* opaque) {
    ++static_cast<Client*>(opaque)->connections_ended_;
    return ::close(socket);
  }

  // Called from any thread, while the error callback waits for a poll: so complaints are taken from here.
  static void log(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
    constexpr int syslog_error = 3;
    constexpr int syslog_notice = 5;
    constexpr int syslog_debug = 7;
    const std::string_view what = facility;
    // A property of the other kind of client: the same ones are given to both.
    if (what == "CONFWARN") level = syslog_debug;
    const bool complains = what == "FAIL" || what == "ERROR" || what == "AUTH";
    // The hint at a wrong protocol comes as a line for debugging.
    if (complains && (level <= syslog_error || std::strstr(text, "security.protocol") != nullptr)) {
      auto& client = *static_cast<Client*>(rd_kafka_opaque(handle));
      const std::scoped_lock lock(client.complaint_mutex_);
      // Without the name of the library's thread, which stands first in brackets.
      std::string_view complaint = text;
      if (complaint.starts_with('['))
        complaint.remove_prefix(std::min(complaint.find("]: ") + 3, complaint.size()));
      client.complaint_ = complaint;
    }
    auto to = spdlog::level::debug;
    if (level <= syslog_notice) to = spdlog::level::info;
    if (level < syslog_notice) to = spdlog::level::warn;
    spdlog::log(to, "kafka client line client={} facility={} text=\"{}\"", rd_kafka_name(handle), what, text);
  }
};

Result<std::unique_ptr<Client>> Client::make(ClientKind kind, const Settings& settings,
                                             ClientEvents& events) {
  std::unique_ptr<Client> client(new Client(events));
  const std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)> owned(rd_kafka_conf_new(),
                                                                                 &rd_kafka_conf_destroy);
  std::array<char, 512> text{};
  for (const auto& [name, value] : settings) {
    const auto set = rd_kafka_conf_set(owned.get(), name.c_str(), value.c_str(), text.data(), text.size());
    if (set == RD_KAFKA_CONF_OK) continue;
    const std::string why = is_secret(name) ? "its value is not accepted" : text.data();
    return failed("kafka: property " + name + ": " + why);
  }
  rd_kafka_conf_set_opaque(owned.get(), client.get());
  rd_kafka_conf_set_log_cb(owned.get(), &Callbacks::log);
  rd_kafka_conf_set_error_cb(owned.get(), &Callbacks::error);
  rd_kafka_conf_set_closesocket_cb(owned.get(), &Callbacks::connection_ended);
  if (kind == ClientKind::producer) rd_kafka_conf_set_dr_msg_cb(owned.get(), &Callbacks::delivery);
  if (settings.contains("group.id")) rd_kafka_conf_set_rebalance_cb(owned.get(), &Callbacks::rebalance);

  const auto type = kind == ClientKind::producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
  rd_kafka_conf_t* const conf = rd_kafka_conf_dup(owned.get());
  client->handle_ = rd_kafka_new(type, conf, text.data(), text.size());
  if (client->handle_ == nullptr) {
    rd_kafka_conf_destroy(conf);
    return failed("kafka: librdkafka refuses the properties: " + std::string(text.data()));
  }
  // Complaints and rebalances come by the same poll as records.
  if (kind == ClientKind::consumer && settings.contains("group.id"))
    rd_kafka_poll_set_consumer(client->handle_);
  return client;
}

Client::~Client() {
  if (handle_ == nullptr) return;
  if (rd_kafka_type(handle_) == RD_KAFKA_PRODUCER) {
    rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_poll(handle_, 0);
  }
  rd_kafka_destroy_flags(handle_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

int Client::fatal_error() const { return rd_kafka_fatal_error(handle_, nullptr, 0); }

std::string Client::last_complaint() const {
  const std::scoped_lock lock(complaint_mutex_);
  return complaint_;
}

std::string describe(int error) { return rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(error)); }

tl::unexpected<Fault> no_answer(const KafkaLogOptions& options, const Client& client, std::string_view what,
                                int error) {
  auto why = client.last_complaint();
  if (why.empty()) why = describe(error);
  return unreachable("kafka at " + options.bootstrap + ": " + std::string(what) + ": no answer within " +
                     std::to_string(options.wait_ms) + " ms (" + why + "); " +
                     connection_advice(options, why, rd_kafka_version()));
}

std::string topic_of(const KafkaLogOptions& options, Topic topic) {
  return options.topic_prefix + std::string(topic_name(topic));
}

Result<int32_t> count_partitions(const KafkaLogOptions& options, const Client& client,
                                 const std::string& topic) {
  const TopicHandle handle(rd_kafka_topic_new(client.get(), topic.c_str(), nullptr));
  if (!handle) return failed("kafka: topic " + topic + ": " + describe(rd_kafka_last_error()));
  const struct rd_kafka_metadata* raw = nullptr;
  const auto error = rd_kafka_metadata(client.get(), 0, handle.get(), &raw, options.wait_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return no_answer(options, client, "asked for topic " + topic, error);
  const std::unique_ptr<const struct rd_kafka_metadata, decltype(&rd_kafka_metadata_destroy)> metadata(
      raw, &rd_kafka_metadata_destroy);
  if (metadata->topic_cnt != 1) return -1;
  const auto& found = metadata->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return -1;
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR && found.err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
    return failed("kafka: topic " + topic + ": " + describe(found.err) + missing_right(found.err));
  }
  return found.partition_cnt;
}

Result<OffsetRange> query_range(const KafkaLogOptions& options, const Client& client,
                                const std::string& topic, int32_t partition) {
  OffsetRange range;
  const auto error = rd_kafka_query_watermark_offsets(client.get(), topic.c_str(), partition, &range.first,
                                                      &range.end, options.wait_ms);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return range;
  const std::string what = "asked for the offsets of " + topic + "/" + std::to_string(partition);
  if (error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
      error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
    return failed("kafka: " + what + ": there is no such partition; 'topics create' makes the topics");
  }
  if (classify(error) == ErrorClass::permanent) {
    return failed("kafka: " + what + ": " + describe(error) + missing_right(error));
  }
  return no_answer(options, client, what, error);
}

std::vector<Header> headers_of(const LogRecord& record) {
  std::vector<Header> headers;
  rd_kafka_headers_t* list = nullptr;
  const auto* message = static_cast<const rd_kafka_message_t*>(record.token);
  if (rd_kafka_message_headers(message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return headers;
  headers.reserve(rd_kafka_header_cnt(list));
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    auto& header = headers.emplace_back(Header{.name = name, .value = std::nullopt});
    if (value != nullptr) header.value = std::string_view(static_cast<const char*>(value), size);
  }
  return headers;
}

}  // namespace subledger::kafka
