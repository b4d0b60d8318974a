#include "connectors/kafka/transactions.h"

#include <librdkafka/rdkafka.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <cstring>
#include <tuple>
#include <utility>

#include "connectors/kafka/advice.h"
#include "engine/kill_point.h"

namespace subledger::kafka {
namespace {

/// Until the broker has written the markers of a transaction it refuses the next one, and librdkafka asks
/// again after 20 ms. On one broker that was seldom more than 3 ms.
constexpr int markers_ms = 5;

StepResult not_open() { return {StepOutcome::fault, "kafka: no transaction is open"}; }

}  // namespace

Transactions::Transactions(const KafkaLogOptions& options, Membership& membership)
    : options_(options),
      membership_(membership),
      timeout_ms_(transaction_timeout_ms(options)),
      predecessors_(options, membership.names()) {}

Result<void> Transactions::reset() {
  producing_.reset();
  open_ = false;
  stale_end_possible_ = false;
  reset_at_join_ = membership_.joins();
  // As long as another has the lane's name, its writer is left alone; `committed` comes before any record.
  if (membership_.returns() && !membership_.joined()) return {};
  const auto& id = membership_.names().transactional_id;
  auto producing = Producing::open(options_, writer_settings(options_, id));
  if (!producing) return tl::unexpected(producing.error());
  const ErrorHandle error(rd_kafka_init_transactions((*producing)->handle(), timeout_ms_ + options_.wait_ms));
  if (error) {
    const int code = rd_kafka_error_code(error.get());
    if (classify(code) == ErrorClass::fenced && membership_.standing(0) == Standing::superseded) {
      return tl::unexpected(membership_.superseded_fault());
    }
    const std::string what = "start transactions as '" + id + "'";
    if (classify(code) == ErrorClass::permanent) {
      return failed("kafka: cannot " + what + ": " + rd_kafka_error_string(error.get()) +
                    missing_right(code));
    }
    return no_answer(options_, (*producing)->client(), what, code);
  }
  producing_ = std::move(*producing);
  return {};
}

StepResult Transactions::begin() {
  if (auto claimed = claim(); claimed.outcome != StepOutcome::done) return claimed;
  return begin_next();
}

StepResult Transactions::claim() {
  if (claims_.empty() || assignment_ != membership_.assignments()) return {};
  if (auto begun = begin_next(); begun.outcome != StepOutcome::done) return begun;
  std::vector<PositionUpdate> positions;
  for (const auto& [partition, position] : claims_) positions.push_back(position);
  auto step = commit(positions);
  if (step.outcome == StepOutcome::done) claims_.clear();
  return step;
}

StepResult Transactions::begin_next() {
  if (stale_end_possible_) {
    spdlog::info("kafka writer renewed after a broken connection id={}",
                 membership_.names().transactional_id);
    if (auto renewed = reset(); !renewed) return {StepOutcome::unknown, renewed.error().message};
  }
  if (!producing_) {
    // Nor does a reset make one, until the reader has joined: what would wait for it must not hold it up.
    if (!membership_.joined()) {
      return {StepOutcome::lost, "kafka: member " + membership_.names().group_instance +
                                     " is not in the group; it begins again"};
    }
    return {StepOutcome::unknown, "kafka: the writer is of no more use until it is reset"};
  }
  producing_->forget_errors();
  connections_ended_at_begin_ = producing_->client().connections_ended();
  pass(KillPoint("before_begin"));
  const ErrorHandle error(rd_kafka_begin_transaction(producing_->handle()));
  if (error) {
    return ended_by(rd_kafka_error_code(error.get()),
                    std::string("begin: ") + rd_kafka_error_string(error.get()), false);
  }
  open_ = true;
  pass(KillPoint("after_begin"));
  return {};
}

StepResult Transactions::produce(const NewRecord& record) {
  if (!open_) return not_open();
  pass(KillPoint("before_produce"));
  auto error = producing_->produce(record, timeout_ms_);
  pass(KillPoint("after_produce"));
  if (!error) return {};
  return ended_by(error->code, error->message, false);
}

StepResult Transactions::commit(std::span<const PositionUpdate> positions) {
  if (!open_) return not_open();
  // Sent while deliveries are still under way; the broker orders both before the end.
  pass(KillPoint("before_send_offsets"));
  if (auto ended = send_positions(positions)) return std::move(*ended);
  pass(KillPoint("after_send_offsets"));
  pass(KillPoint("before_flush"));
  // After the flush only the end itself is open, so that every failure up to here is certainly not a commit.
  if (!producing_->flush(timeout_ms_)) {
    return ended_by(RD_KAFKA_RESP_ERR__TIMED_OUT, "records are not stored in time", false);
  }
  if (const auto error = producing_->delivery_error()) return ended_by(error->code, error->message, false);
  pass(KillPoint("after_flush"));
  pass(KillPoint("before_commit"));
  const ErrorHandle error(rd_kafka_commit_transaction(producing_->handle(), timeout_ms_));
  if (error) {
    return ended_by(rd_kafka_error_code(error.get()),
                    std::string("commit: ") + rd_kafka_error_string(error.get()), true);
  }
  pass(KillPoint("after_commit"));
  note_connections();
  open_ = false;
  return {};
}

StepResult Transactions::abort() {
  if (!open_) return {};
  if (const auto error = end_without_effect()) {
    const int code = rd_kafka_error_code(error.get());
    const std::string message = std::string("abort: ") + rd_kafka_error_string(error.get());
    return ended_by(code, message, false);
  }
  return {};
}

int Transactions::settling_ms() const { return markers_ms; }

std::optional<StepResult> Transactions::send_positions(std::span<const PositionUpdate> positions) {
  const auto group = membership_.captured();
  if (!group)
    return ended_by(RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, "positions: no partition is assigned", false);
  const auto topic = topic_of(options_, Topic::events);
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
  for (const auto& [partition, position, metadata] : positions) {
    auto* entry = rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
    entry->offset = position;
    const auto written = metadata_of(metadata, membership_.names().transactional_id);
    // The list owns and frees it.
    entry->metadata = std::malloc(written.size());
    std::memcpy(entry->metadata, written.data(), written.size());
    entry->metadata_size = written.size();
  }
  const ErrorHandle error(
      rd_kafka_send_offsets_to_transaction(producing_->handle(), list.get(), group.get(), timeout_ms_));
  if (!error) return std::nullopt;
  return ended_by(rd_kafka_error_code(error.get()),
                  std::string("positions: ") + rd_kafka_error_string(error.get()), false);
}

ErrorHandle Transactions::end_without_effect() {
  ErrorHandle error(rd_kafka_abort_transaction(producing_->handle(), timeout_ms_));
  note_connections();
  if (!error) open_ = false;
  return error;
}

void Transactions::note_connections() {
  if (producing_->client().connections_ended() != connections_ended_at_begin_) stale_end_possible_ = true;
}

/// Ends what the error has left, and says what the engine may rely on.
StepResult Transactions::ended_by(int code, std::string message, bool commit_was_asked) {
  // A transaction in which a delivery failed refuses what comes next; its cause says more than the refusal.
  // The other way round, a transaction that was refused purges its deliveries.
  if (open_ && !commit_was_asked && classify(code) == ErrorClass::transient) {
    producing_->flush(0);
    if (auto cause = producing_->delivery_error()) {
      std::tie(code, message) = std::tie(cause->code, cause->message);
    }
    // Deliveries that were purged tell nothing. Inside a transaction to begin one is refused without effect,
    // and the refusal names what the transaction failed of.
    const ErrorHandle refusal(rd_kafka_begin_transaction(producing_->handle()));
    if (refusal && classify(rd_kafka_error_code(refusal.get())) == ErrorClass::permanent) {
      code = rd_kafka_error_code(refusal.get());
      message = rd_kafka_error_string(refusal.get());
    }
  }
  auto error = classify(code);
  const bool dead = producing_->client().fatal_error() != 0;
  TransactionFacts facts{.commit_was_asked = commit_was_asked};
  // Where a connection broke, a new writer ends the transaction sooner and for certain.
  note_connections();
  if (open_ && !commit_was_asked && !dead && !stale_end_possible_)
    facts.abort_succeeded = !end_without_effect();
  // Without the group's word against it, it was the broker that gave up on the transaction by its timeout.
  if (dead || error == ErrorClass::fenced || code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID) {
    const auto standing = membership_.standing(2 * heartbeat_interval_ms(options_));
    facts.superseded = standing == Standing::superseded;
    if (standing == Standing::turned_away) error = ErrorClass::ownership;
  }
  if (!facts.abort_succeeded) {
    producing_.reset();
    stale_end_possible_ = false;
  }
  open_ = false;
  const auto outcome = outcome_of(error, facts);
  if (facts.superseded) message = membership_.superseded_fault().message;
  return {outcome, "kafka: " + membership_.names().transactional_id + ": " + message + missing_right(code)};
}

Result<Committed> Transactions::committed(int32_t partition) {
  if (!producing_ || reset_at_join_ != membership_.joins()) {
    if (auto fenced_past = reset(); !fenced_past) return tl::unexpected(fenced_past.error());
  }
  if (!positions_) {
    auto positions = Positions::open(options_, membership_.names().group);
    if (!positions) return tl::unexpected(positions.error());
    positions_ = std::move(*positions);
  }
  if (assignment_ != membership_.assignments()) {
    assignment_ = membership_.assignments();
    predecessors_.forget();
    claims_.clear();
  }
  auto position =
      positions_->committed(partition, [this](const auto&... told) { return predecessors_.settle(told...); });
  if (!position) return tl::unexpected(position.error());
  auto& committed = position->committed;
  claims_.erase(partition);
  if (committed.position && position->writer != membership_.names().transactional_id) {
    claims_[partition] = {partition, *committed.position, committed.metadata};
  }
  return std::move(committed);
}

}  // namespace subledger::kafka
