#include "connectors/kafka/producing.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "connectors/kafka/outcome.h"

namespace subledger::kafka {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int queue_full_step_ms = 10;
constexpr uint32_t records_between_polls = 1'000;
constexpr int64_t micros_per_milli = 1'000;

/// librdkafka takes a null pointer for null, so an empty value needs another one.
rd_kafka_vu_t bytes(rd_kafka_vtype_t type, const std::optional<std::string_view>& value) {
  rd_kafka_vu_t unit{};
  unit.vtype = type;
  if (!value) return unit;
  unit.u.mem.ptr = const_cast<char*>(value->data() != nullptr ? value->data() : "");
  unit.u.mem.size = value->size();
  return unit;
}

}  // namespace

Result<std::unique_ptr<Producing>> Producing::open(const KafkaLogOptions& options, const Settings& settings) {
  std::unique_ptr<Producing> producing(new Producing(options));
  auto client = Client::make(ClientKind::producer, settings, *producing);
  if (!client) return tl::unexpected(client.error());
  producing->client_ = std::move(*client);
  return producing;
}

rd_kafka_topic_s* Producing::topic(Topic topic) {
  auto& handle = topics_.at(static_cast<std::size_t>(topic));
  if (!handle) handle.reset(rd_kafka_topic_new(client_->get(), topic_of(options_, topic).c_str(), nullptr));
  return handle.get();
}

std::optional<ProduceError> Producing::produce(const NewRecord& record, int wait_ms) {
  if (++since_poll_ >= records_between_polls) {
    since_poll_ = 0;
    rd_kafka_poll(client_->get(), 0);
  }
  HeaderLists::List& list = header_lists_.make(record.headers);
  std::array<rd_kafka_vu_t, 8> units{};
  units[0].vtype = RD_KAFKA_VTYPE_RKT;
  units[0].u.rkt = topic(record.topic);
  units[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  units[1].u.i32 = record.partition;
  units[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  units[2].u.i = RD_KAFKA_MSG_F_COPY;
  units[3] = bytes(RD_KAFKA_VTYPE_VALUE, record.value);
  units[4] = bytes(RD_KAFKA_VTYPE_KEY, record.key);
  units[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
  units[5].u.i64 = record.timestamp.micros / micros_per_milli;
  units[6].vtype = RD_KAFKA_VTYPE_HEADERS;
  units[6].u.headers = list.headers.get();
  units[7].vtype = RD_KAFKA_VTYPE_OPAQUE;
  units[7].u.ptr = &list;  // comes back when the record is delivered

  std::optional<Clock::time_point>
      deadline;  // from when the queue is full: a look at the clock costs time too
  while (true) {
    const ErrorHandle error(rd_kafka_produceva(client_->get(), units.data(), units.size()));
    if (!error) {
      std::ignore = list.headers.release();  // the library owns them from here on
      return std::nullopt;
    }
    const int code = rd_kafka_error_code(error.get());
    if (!deadline) deadline = Clock::now() + std::chrono::milliseconds(wait_ms);
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || Clock::now() >= *deadline) {
      header_lists_.take_back(list);
      return ProduceError{code, topic_of(options_, record.topic) + "/" + std::to_string(record.partition) +
                                    ": " + rd_kafka_error_string(error.get())};
    }
    rd_kafka_poll(client_->get(), queue_full_step_ms);
  }
}

bool Producing::flush(int wait_ms) {
  rd_kafka_poll(client_->get(), 0);
  return rd_kafka_flush(client_->get(), wait_ms) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

void Producing::delivery(int error, rd_kafka_message_s& record) {
  auto& list = *static_cast<HeaderLists::List*>(record._private);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_detach_headers(&record, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    list.headers.reset(headers);
  }
  header_lists_.take_back(list);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  ++deliveries_failed_;
  const bool worse =
      classify(error) == ErrorClass::permanent && classify(delivery_error_) != ErrorClass::permanent;
  if (delivery_error_ == 0 || worse) delivery_error_ = error;
}

std::optional<ProduceError> Producing::delivery_error() const {
  if (deliveries_failed_ == 0) return std::nullopt;
  return ProduceError{delivery_error_, std::to_string(deliveries_failed_) +
                                           " records were not stored: " + describe(delivery_error_)};
}

void Producing::forget_errors() {
  delivery_error_ = 0;
  deliveries_failed_ = 0;
}

}  // namespace subledger::kafka
