#include "connectors/kafka/positions.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "connectors/kafka/advice.h"

namespace subledger::kafka {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto pause_between_questions = std::chrono::milliseconds(20);
constexpr auto pause_between_settlements = std::chrono::seconds(1);
/// librdkafka 2.0.2 asks again by itself as long as a transaction holds a position back, and then tells only
/// of the time that is over.
constexpr int settle_after_ms = 200;
constexpr std::string_view writer_mark = " writer=";
constexpr std::size_t metadata_max = 4'096;  // offset.metadata.max.bytes, unless a broker was told otherwise
/// How much later than its timeout a broker ends a dead instance's transaction: it looks every 10 s.
constexpr int broker_abort_delay_ms = 15'000;

bool is_passing(int error) {
  return error == RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT || error == RD_KAFKA_RESP_ERR__TIMED_OUT ||
         error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__WAIT_COORD ||
         error == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE || error == RD_KAFKA_RESP_ERR_NOT_COORDINATOR ||
         error == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
}

/// The error of the answer or of the partition in it; 0: `list` holds the position.
int ask(const Client& client, rd_kafka_topic_partition_list_t* list, int wait_ms) {
  // What it has to tell is in the log lines already; untold, it would pile up.
  while (MessageHandle(rd_kafka_consumer_poll(client.get(), 0))) {
  }
  const int error = rd_kafka_committed(client.get(), list, wait_ms);
  return error == RD_KAFKA_RESP_ERR_NO_ERROR ? list->elems[0].err : error;
}

WrittenPosition position_in(const rd_kafka_topic_partition_t& entry) {
  std::string metadata;
  if (entry.metadata_size > 0) metadata.assign(static_cast<const char*>(entry.metadata), entry.metadata_size);
  return parse_position(entry.offset, std::move(metadata));
}

PartitionList one_partition(const std::string& topic, int32_t partition) {
  PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
  return list;
}

}  // namespace

std::string metadata_of(const std::string& note, const std::string& writer) {
  if (note.size() + writer_mark.size() + writer.size() > metadata_max) return note;
  return note + std::string(writer_mark) + writer;
}

WrittenPosition parse_position(int64_t offset, std::string metadata) {
  WrittenPosition position;
  if (const auto mark = metadata.rfind(writer_mark); mark != metadata.npos) {
    position.writer = metadata.substr(mark + writer_mark.size());
    metadata.resize(mark);
  }
  if (offset >= 0) position.committed.position = offset;
  position.committed.metadata = std::move(metadata);
  return position;
}

Result<std::unique_ptr<Positions>> Positions::open(const KafkaLogOptions& options, const std::string& group) {
  std::unique_ptr<Positions> positions(new Positions(options, group));
  auto client = Client::make(ClientKind::consumer, outsider_settings(options, group), *positions);
  if (!client) return tl::unexpected(client.error());
  positions->client_ = std::move(*client);
  return positions;
}

Result<WrittenPosition> Positions::committed(int32_t partition, const Settle& settle) {
  const auto topic = topic_of(options_, Topic::events);
  const auto deadline = Clock::now() + std::chrono::milliseconds(transaction_timeout_ms(options_) +
                                                                 broker_abort_delay_ms + options_.wait_ms);
  const int wait_ms = settle ? std::min(options_.wait_ms, settle_after_ms) : options_.wait_ms;
  auto settle_at = Clock::now();
  while (true) {
    const auto list = one_partition(topic, partition);
    const int error = ask(*client_, list.get(), wait_ms);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      auto position = position_in(list->elems[0]);
      if (settle && settle(*client_, position.writer, false)) continue;
      return position;
    }
    const std::string what = "asked for the position of " + topic + "/" + std::to_string(partition);
    if (!is_passing(error)) return failed("kafka: " + what + ": " + describe(error) + missing_right(error));
    if (Clock::now() >= deadline) return no_answer(options_, *client_, what, error);
    const bool held_back =
        error == RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT || error == RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (settle && held_back && Clock::now() >= settle_at) {
      if (settle(*client_, last_writer(partition), true)) continue;
      settle_at = Clock::now() + pause_between_settlements;
    }
    std::this_thread::sleep_for(pause_between_questions);
  }
}

/// Empty: not told, or no answer.
std::string Positions::last_writer(int32_t partition) {
  if (!unstable_) {
    auto settings = outsider_settings(options_, group_);
    settings["isolation.level"] = "read_uncommitted";
    auto client = Client::make(ClientKind::consumer, settings, *this);
    if (!client) return {};
    unstable_ = std::move(*client);
  }
  const auto list = one_partition(topic_of(options_, Topic::events), partition);
  if (ask(*unstable_, list.get(), settle_after_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return position_in(list->elems[0]).writer;
}

}  // namespace subledger::kafka
