#include "connectors/kafka/positions.h"

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <thread>
#include <utility>

#include "connectors/kafka/advice.h"

namespace subledger::kafka {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto pause_between_questions = std::chrono::milliseconds(20);
/// How much later than its timeout a broker ends a dead instance's transaction: it looks every 10 s.
constexpr int broker_abort_delay_ms = 15'000;

bool is_passing(int error) {
  return error == RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT || error == RD_KAFKA_RESP_ERR__TIMED_OUT ||
         error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__WAIT_COORD ||
         error == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE || error == RD_KAFKA_RESP_ERR_NOT_COORDINATOR ||
         error == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
}

}  // namespace

Result<std::unique_ptr<Positions>> Positions::open(const KafkaLogOptions& options, const std::string& group) {
  std::unique_ptr<Positions> positions(new Positions(options));
  auto client = Client::make(ClientKind::consumer, outsider_settings(options, group), *positions);
  if (!client) return tl::unexpected(client.error());
  positions->client_ = std::move(*client);
  return positions;
}

Result<Committed> Positions::committed(int32_t partition) {
  // What it has to tell is in the log lines already; untold, it would pile up.
  while (MessageHandle(rd_kafka_consumer_poll(client_->get(), 0))) {
  }
  const auto topic = topic_of(options_, Topic::events);
  const auto deadline = Clock::now() + std::chrono::milliseconds(transaction_timeout_ms(options_) +
                                                                 broker_abort_delay_ms + options_.wait_ms);
  while (true) {
    const PartitionList list(rd_kafka_topic_partition_list_new(1));
    auto* entry = rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
    int error = rd_kafka_committed(client_->get(), list.get(), options_.wait_ms);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = entry->err;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      Committed committed;
      if (entry->offset >= 0) committed.position = entry->offset;
      if (entry->metadata_size > 0) {
        committed.metadata.assign(static_cast<const char*>(entry->metadata), entry->metadata_size);
      }
      return committed;
    }
    const std::string what = "asked for the position of " + topic + "/" + std::to_string(partition);
    if (!is_passing(error)) return failed("kafka: " + what + ": " + describe(error) + missing_right(error));
    if (Clock::now() >= deadline) return no_answer(options_, *client_, what, error);
    std::this_thread::sleep_for(pause_between_questions);
  }
}

}  // namespace subledger::kafka
