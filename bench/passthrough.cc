#include "bench/passthrough.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "connectors/kafka/handle.h"
#include "connectors/kafka/header_lists.h"
#include "connectors/kafka/settings.h"
#include "engine/outputs.h"

namespace subledger::bench {
namespace {

constexpr std::size_t batch_records = 10'000;
constexpr int idle_ms = 20;
constexpr int call_ms = 30'000;

void check(rd_kafka_resp_err_t error, const char* what) {
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) give_up(std::string(what) + ": " + rd_kafka_err2str(error));
}

void check(rd_kafka_error_t* error, const char* what) {
  if (error != nullptr) give_up(std::string(what) + ": " + rd_kafka_error_string(error));
}

/// Those of a charge. Of each record they are the same here.
kafka::HeadersHandle charge_headers() {
  Outputs sample;
  sample.add({Topic::charges, 0, Timestamp{1'414'800'000'123'000}, 123'456, "79160000000", "",
              "d7b9fa1c-2c25-5709-bef0-7d8a99c35d8e", "79160000000"});
  std::array<Header, Outputs::headers_max> headers;
  const NewRecord record = sample.record(0, headers);
  return std::move(kafka::HeaderLists().make(record.headers).headers);
}

class Deliveries final : public kafka::ClientEvents {
 public:
  void delivery(int error, rd_kafka_message_s&) override {
    if (error != 0) give_up("a record was not stored: " + kafka::describe(error));
  }
};

/// One consumer and one transactional producer, on one thread. The properties are those of the engine. A
/// value is its event's bytes, repeated up to its size: what is compressed must not be one and the same byte.
class PassingLane {
 public:
  PassingLane(const PassthroughOptions& options, int lane);

  /// Reads and produces what is there, at most a batch; the number of records. Waits a little when `calm`.
  std::size_t pass(bool calm);
  bool at_end() const;
  bool open() const { return opened_.has_value(); }
  bool due() const;
  void commit();

 private:
  void fill_value(const rd_kafka_message_t& message);
  void produce(const rd_kafka_message_t& message);
  void look_for_partitions(int lane);

  const PassthroughOptions& options_;
  const KafkaLogOptions in_;
  const std::string topic_;
  Deliveries deliveries_;
  std::unique_ptr<kafka::Client> consumer_;
  std::unique_ptr<kafka::Client> producer_;
  kafka::TopicHandle out_;
  kafka::HeadersHandle headers_;
  std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> queue_{nullptr,
                                                                              &rd_kafka_queue_destroy};
  std::string value_;
  std::map<int32_t, OffsetRange> positions_;  // next offset, and the end as it was at the start
  std::array<rd_kafka_message_t*, batch_records> messages_{};
  std::optional<Clock::time_point> opened_;
};

PassingLane::PassingLane(const PassthroughOptions& options, int lane)
    : options_(options),
      in_(kafka_options(options.log)),
      topic_(kafka::topic_of(in_, Topic::events)),
      value_(options.value_bytes, 'x') {
  const std::string name = options.group + "-" + std::to_string(lane);
  consumer_ = must(kafka::Client::make(kafka::ClientKind::consumer,
                                       kafka::outsider_settings(in_, options.group), deliveries_));
  producer_ =
      must(kafka::Client::make(kafka::ClientKind::producer, kafka::writer_settings(in_, name), deliveries_));
  look_for_partitions(lane);
  const std::string out = options.out_prefix + std::string(topic_name(Topic::charges));
  out_.reset(rd_kafka_topic_new(producer_->get(), out.c_str(), nullptr));
  if (options.headers) headers_ = charge_headers();
  check(rd_kafka_init_transactions(producer_->get(), call_ms), "init_transactions");
}

void PassingLane::look_for_partitions(int lane) {
  const int32_t partitions = must(kafka::count_partitions(in_, *consumer_, topic_));
  const kafka::PartitionList list(rd_kafka_topic_partition_list_new(partitions));
  for (int32_t partition = lane; partition < partitions; partition += options_.lanes) {
    positions_[partition] = must(kafka::query_range(in_, *consumer_, topic_, partition));
    rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset =
        positions_[partition].first;
  }
  check(rd_kafka_assign(consumer_->get(), list.get()), "assign");
  queue_.reset(rd_kafka_queue_get_consumer(consumer_->get()));
}

void PassingLane::fill_value(const rd_kafka_message_t& message) {
  if (message.len == 0) return;
  for (std::size_t at = 0; at < value_.size(); at += message.len) {
    std::memcpy(value_.data() + at, message.payload, std::min(message.len, value_.size() - at));
  }
}

void PassingLane::produce(const rd_kafka_message_t& message) {
  fill_value(message);
  for (;;) {
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (headers_) {
      rd_kafka_headers_t* copy = rd_kafka_headers_copy(headers_.get());
      error = rd_kafka_producev(
          producer_->get(), RD_KAFKA_V_RKT(out_.get()), RD_KAFKA_V_PARTITION(message.partition),
          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(message.key, message.key_len),
          RD_KAFKA_V_VALUE(value_.data(), value_.size()), RD_KAFKA_V_HEADERS(copy), RD_KAFKA_V_END);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(copy);
    } else if (rd_kafka_produce(out_.get(), message.partition, RD_KAFKA_MSG_F_COPY, value_.data(),
                                value_.size(), message.key, message.key_len, nullptr) != 0) {
      error = rd_kafka_last_error();
    }
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) return check(error, "produce");
    rd_kafka_poll(producer_->get(), 1);
  }
}

std::size_t PassingLane::pass(bool calm) {
  const auto count =
      rd_kafka_consume_batch_queue(queue_.get(), calm ? idle_ms : 0, messages_.data(), messages_.size());
  std::size_t passed = 0;
  for (ssize_t i = 0; i < count; ++i) {
    const kafka::MessageHandle message(messages_[static_cast<std::size_t>(i)]);
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) continue;
    check(message->err, "consume");
    if (!opened_) {
      check(rd_kafka_begin_transaction(producer_->get()), "begin_transaction");
      opened_ = Clock::now();
    }
    produce(*message);
    positions_[message->partition].first = message->offset + 1;
    ++passed;
  }
  rd_kafka_poll(producer_->get(), 0);
  return passed;
}

bool PassingLane::at_end() const {
  return std::ranges::all_of(positions_, [](const auto& of) { return of.second.first >= of.second.end; });
}

bool PassingLane::due() const {
  return opened_ && Clock::now() - *opened_ >= std::chrono::milliseconds(options_.commit_ms);
}

void PassingLane::commit() {
  const kafka::PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(positions_.size())));
  for (const auto& [partition, range] : positions_) {
    rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset = range.first;
  }
  const kafka::GroupMetadata group(rd_kafka_consumer_group_metadata(consumer_->get()));
  check(rd_kafka_send_offsets_to_transaction(producer_->get(), list.get(), group.get(), call_ms),
        "send_offsets_to_transaction");
  check(rd_kafka_commit_transaction(producer_->get(), call_ms), "commit_transaction");
  opened_.reset();
}

}  // namespace

Passthrough::Passthrough(const PassthroughOptions& options, Committed& committed, bool until_end)
    : options_(options), committed_(committed), until_end_(until_end) {
  for (int lane = 0; lane < options.lanes; ++lane) threads_.emplace_back([this, lane] { work(lane); });
}

Passthrough::~Passthrough() {
  stop();
  join();
}

void Passthrough::join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Passthrough::work(int lane) {
  PassingLane passing(options_, lane);
  ++ready_;
  uint64_t records = 0;
  while (!stop_ && !(until_end_ && passing.at_end() && !passing.open())) {
    const std::size_t passed = passing.pass(!passing.open());
    records += passed;
    // Under load by age; when nothing is left to read, at once.
    if (!passing.due() && !(passing.open() && passed == 0 && (!until_end_ || passing.at_end()))) continue;
    passing.commit();
    committed_.add(records);
    ++transactions_;
    records = 0;
  }
}

Report measure_passthrough(const PassthroughOptions& options) {
  Report report;
  Committed committed(1);
  Passthrough passthrough(options, committed, true);
  passthrough.join();
  committed.finish(report);
  report["transactions"] = passthrough.transactions();
  report["peak_memory"] = peak_memory();
  return report;
}

}  // namespace subledger::bench
