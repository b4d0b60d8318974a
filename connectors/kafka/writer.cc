#include "connectors/kafka/writer.h"

#include <librdkafka/rdkafka.h>

#include <utility>

#include "connectors/kafka/advice.h"
#include "connectors/kafka/outcome.h"

namespace subledger::kafka {
namespace {

/// Longer than message.timeout.ms, after which librdkafka itself gives a record up.
constexpr int patience_ms = 90'000;

tl::unexpected<Fault> fault_of(const ProduceError& error) {
  const bool for_good = classify(error.code) == ErrorClass::permanent;
  return tl::unexpected(Fault{for_good ? Fault::Kind::failed : Fault::Kind::unreachable,
                              "kafka: " + error.message + missing_right(error.code)});
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::open(const KafkaLogOptions& options) {
  auto producing = Producing::open(options, writer_settings(options, ""));
  if (!producing) return tl::unexpected(producing.error());
  return std::unique_ptr<Writer>(new Writer(std::move(*producing)));
}

Result<void> Writer::append(const NewRecord& record) {
  if (auto error = producing_->produce(record, patience_ms)) return fault_of(*error);
  return {};
}

Result<void> Writer::flush() {
  if (!producing_->flush(patience_ms))
    return unreachable("kafka: records are not stored in time; send them again");
  const auto error = producing_->delivery_error();
  producing_->forget_errors();
  if (error) return fault_of(*error);
  return {};
}

AtomicWriter::AtomicWriter(const KafkaLogOptions& options, std::unique_ptr<Producing> producing)
    : timeout_ms_(transaction_timeout_ms(options)), producing_(std::move(producing)) {}

Result<std::unique_ptr<AtomicWriter>> AtomicWriter::open(const KafkaLogOptions& options) {
  auto producing = Producing::open(options, writer_settings(options, options.topic_prefix + "publish"));
  if (!producing) return tl::unexpected(producing.error());
  const int wait_ms = transaction_timeout_ms(options) + options.wait_ms;
  const ErrorHandle error(rd_kafka_init_transactions((*producing)->handle(), wait_ms));
  if (error) {
    const int code = rd_kafka_error_code(error.get());
    if (classify(code) == ErrorClass::permanent) {
      return failed(std::string("kafka: cannot start transactions: ") + rd_kafka_error_string(error.get()) +
                    missing_right(code));
    }
    return no_answer(options, (*producing)->client(), "start transactions", code);
  }
  return std::unique_ptr<AtomicWriter>(new AtomicWriter(options, std::move(*producing)));
}

AtomicWriter::~AtomicWriter() {
  if (open_ && producing_->client().fatal_error() == 0) {
    const ErrorHandle ignored(rd_kafka_abort_transaction(producing_->handle(), timeout_ms_));
  }
}

Result<void> AtomicWriter::append(const NewRecord& record) {
  if (!open_) {
    producing_->forget_errors();
    const ErrorHandle error(rd_kafka_begin_transaction(producing_->handle()));
    if (error) return end_with(rd_kafka_error_code(error.get()), rd_kafka_error_string(error.get()), false);
    open_ = true;
  }
  if (auto error = producing_->produce(record, timeout_ms_))
    return end_with(error->code, error->message, false);
  return {};
}

Result<void> AtomicWriter::flush() {
  if (!open_) return {};
  if (!producing_->flush(timeout_ms_)) {
    return end_with(RD_KAFKA_RESP_ERR__TIMED_OUT, "records are not stored in time", false);
  }
  if (const auto error = producing_->delivery_error()) return end_with(error->code, error->message, false);
  const ErrorHandle error(rd_kafka_commit_transaction(producing_->handle(), timeout_ms_));
  if (error) return end_with(rd_kafka_error_code(error.get()), rd_kafka_error_string(error.get()), true);
  open_ = false;
  return {};
}

Result<void> AtomicWriter::end_with(int code, const std::string& message, bool commit_was_asked) {
  if (open_ && producing_->client().fatal_error() == 0) {
    const ErrorHandle ignored(rd_kafka_abort_transaction(producing_->handle(), timeout_ms_));
  }
  open_ = false;
  const std::string appeared = commit_was_asked
                                   ? "either all of it has appeared or nothing; look before sending again"
                                   : "nothing of it has appeared";
  if (classify(code) == ErrorClass::fenced) {
    return tl::unexpected(
        Fault{Fault::Kind::fenced, "kafka: another process publishes to this log: " + appeared});
  }
  return fault_of({code, message + "; " + appeared});
}

}  // namespace subledger::kafka
