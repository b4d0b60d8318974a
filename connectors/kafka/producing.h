// Handing records to a producer: explicit partition, headers, waiting where its queue is full, and the first
// error of a delivery. Not: transactions.
#pragma once

#include <array>
#include <optional>

#include "connectors/kafka/handle.h"
#include "connectors/kafka/header_lists.h"

namespace subledger::kafka {

struct ProduceError {
  int code = 0;
  std::string message;
};

/// One producer and its topics; used by one thread, which also serves the delivery reports here.
class Producing final : private ClientEvents {
 public:
  static Result<std::unique_ptr<Producing>> open(const KafkaLogOptions& options, const Settings& settings);

  rd_kafka_s* handle() const { return client_->get(); }
  const Client& client() const { return *client_; }

  /// Copies the bytes. Waits up to `wait_ms` while the queue is full; nullopt: taken.
  std::optional<ProduceError> produce(const NewRecord& record, int wait_ms);
  /// Waits until all is stored or has failed; false: `wait_ms` were not enough.
  bool flush(int wait_ms);
  /// What failed since `forget_errors`: a cause that will not pass, if there is one, else the first.
  std::optional<ProduceError> delivery_error() const;
  void forget_errors();

 private:
  explicit Producing(const KafkaLogOptions& options) : options_(options) {}
  void delivery(int error, rd_kafka_message_s& record) override;
  rd_kafka_topic_s* topic(Topic topic);

  const KafkaLogOptions& options_;
  uint32_t since_poll_ = 0;
  int delivery_error_ = 0;
  uint64_t deliveries_failed_ = 0;
  HeaderLists header_lists_;
  std::unique_ptr<Client> client_;               // its end still calls back
  std::array<TopicHandle, topic_count> topics_;  // end before their client
};

}  // namespace subledger::kafka
