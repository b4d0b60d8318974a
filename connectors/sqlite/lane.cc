// Ownership of a group, and transactions of one lane.
#include "connectors/sqlite/lane.h"

#include <algorithm>
#include <utility>

#include "events/check.h"

namespace subledger::sqlite {
namespace {

constexpr std::size_t metadata_bytes_max = 4'000;

struct Owner {
  std::string instance;
  int64_t epoch = 0;  ///< 0: nobody yet
};

Result<Owner> read_owner(const Connection& connection, const std::string& prefix, const std::string& group) {
  Result<Statement> statement =
      connection.prepare("SELECT instance, epoch FROM owners WHERE prefix = ?1 AND grp = ?2");
  if (!statement) return tl::unexpected<Fault>(statement.error());
  statement->bind_text(1, prefix);
  statement->bind_text(2, group);
  const Result<bool> row = statement->step();
  if (!row) return tl::unexpected<Fault>(row.error());
  if (!*row) return Owner{};
  return Owner{statement->text(0), statement->integer(1)};
}

Result<void> write_owner(const Connection& connection, const std::string& prefix, const std::string& group,
                         const Owner& owner) {
  Result<Statement> statement = connection.prepare("INSERT OR REPLACE INTO owners VALUES(?1, ?2, ?3, ?4)");
  if (!statement) return tl::unexpected<Fault>(statement.error());
  statement->bind_text(1, prefix);
  statement->bind_text(2, group);
  statement->bind_text(3, owner.instance);
  statement->bind(4, owner.epoch);
  const Result<bool> written = statement->step();
  if (!written) return tl::unexpected<Fault>(written.error());
  return {};
}

std::string taken_over(const std::string& path, const Run& run, const std::string& instance) {
  return "log " + path + ": another instance, '" + instance + "', took over the group '" + run.group +
         "' from this one, '" + run.instance +
         "'; only one may run, end the other before starting this again";
}

int64_t epoch_of(Run& run) {
  const std::lock_guard lock(run.mutex);
  return run.epoch;
}

}  // namespace

Result<Committed> read_position(const Connection& connection, const std::string& prefix,
                                const std::string& group, int32_t partition) {
  Result<Statement> statement = connection.prepare(
      "SELECT position, metadata FROM positions WHERE prefix = ?1 AND grp = ?2 AND partition = ?3");
  if (!statement) return tl::unexpected<Fault>(statement.error());
  statement->bind_text(1, prefix);
  statement->bind_text(2, group);
  statement->bind(3, partition);
  const Result<bool> row = statement->step();
  if (!row) return tl::unexpected<Fault>(row.error());
  if (!*row) return Committed{};
  return Committed{statement->integer(0), statement->text(1)};
}

SqliteSource::SqliteSource(Run& run, const LaneOptions& options, const TopicSet& topics,
                           std::unique_ptr<Connection> connection)
    : run_(run), prefix_(topics.prefix), cursor_(std::move(connection), topics, Topic::events) {
  for (int32_t p = options.lane; p < topics.partitions; p += options.lanes) partitions_.push_back(p);
}

Result<std::span<const LogRecord>> SqliteSource::poll(int timeout_ms, std::size_t records_max,
                                                      OwnershipListener& listener) {
  if (!assigned_) {
    assigned_ = true;
    listener.assigned(partitions_);
  }
  Result<std::span<const LogRecord>> records =
      cursor_.poll(timeout_ms, records_max, [this] { return check_owner(); });
  if (!records && records.error().kind == Fault::Kind::fenced && !partitions_.empty()) {
    listener.lost(std::exchange(partitions_, {}));
  }
  return records;
}

Result<void> SqliteSource::check_owner() {
  const int64_t epoch = epoch_of(run_);
  if (epoch == 0) return {};
  const Result<Owner> owner = read_owner(cursor_.connection(), prefix_, run_.group);
  if (!owner) return tl::unexpected<Fault>(owner.error());
  if (owner->epoch == epoch) return {};
  return tl::unexpected<Fault>(
      Fault{Fault::Kind::fenced, taken_over(cursor_.connection().path(), run_, owner->instance)});
}

Result<void> SqliteSource::seek(int32_t partition, int64_t offset) {
  if (!assigned_ || std::ranges::find(partitions_, partition) == partitions_.end()) {
    return failed("log " + cursor_.connection().path() + ": partition " + std::to_string(partition) +
                  " is not assigned to this lane");
  }
  return cursor_.seek(partition, offset);
}

SqliteTransactions::SqliteTransactions(Run& run, std::mutex& writing, const LaneOptions& options,
                                       TopicSet topics, std::unique_ptr<Connection> connection, Clock clock)
    : run_(run),
      writing_(writing),
      options_(options),
      topics_(topics),
      connection_(std::move(connection)),
      inserter_(*connection_, std::move(topics), std::move(clock)) {}

Result<void> SqliteTransactions::reset() {
  batch_.clear();
  state_ = State::needs_reset;
  if (Result<void> taken = take_group(); !taken) return taken;
  const std::lock_guard lock(run_.mutex);
  serial_ = ++run_.lane_serials[options_.lane];
  state_ = State::idle;
  return {};
}

/// The first lane of the run takes the group; later ones, and later resets, only see that it is still theirs.
Result<void> SqliteTransactions::take_group() {
  const std::lock_guard writing(writing_);
  const std::lock_guard lock(run_.mutex);
  if (run_.epoch != 0) {
    const Result<Owner> owner = read_owner(*connection_, topics_.prefix, run_.group);
    if (!owner) return tl::unexpected<Fault>(owner.error());
    if (owner->epoch == run_.epoch) return {};
    return tl::unexpected<Fault>(
        Fault{Fault::Kind::fenced, taken_over(connection_->path(), run_, owner->instance)});
  }
  Result<Transaction> transaction = Transaction::begin(*connection_);
  if (!transaction) return tl::unexpected<Fault>(transaction.error());
  const Result<Owner> before = read_owner(*connection_, topics_.prefix, run_.group);
  if (!before) return tl::unexpected<Fault>(before.error());
  const Owner now{run_.instance, before->epoch + 1};
  if (Result<void> written = write_owner(*connection_, topics_.prefix, run_.group, now); !written)
    return written;
  if (Result<void> committed = transaction->commit(); !committed) return committed;
  run_.epoch = now.epoch;
  return {};
}

StepResult SqliteTransactions::check_turn(State expected) {
  if (state_ == State::needs_reset) return ended({StepOutcome::fault, "the log's writer needs a reset"});
  {
    const std::lock_guard lock(run_.mutex);
    if (run_.lane_serials[options_.lane] != serial_) return fenced(run_.instance);
  }
  if (state_ == expected) return {};
  return ended({StepOutcome::fault, expected == State::open ? "no transaction of the log is open"
                                                            : "a transaction of the log is open already"});
}

StepResult SqliteTransactions::begin() {
  if (StepResult refused = check_turn(State::idle); refused.outcome != StepOutcome::done) return refused;
  state_ = State::open;
  return {};
}

StepResult SqliteTransactions::produce(const NewRecord& record) {
  if (StepResult refused = check_turn(State::open); refused.outcome != StepOutcome::done) return refused;
  if (const Result<void> added = batch_.add(record, topics_); !added) {
    return ended({StepOutcome::fault, added.error().message});
  }
  return {};
}

StepResult SqliteTransactions::commit(std::span<const PositionUpdate> positions) {
  if (StepResult refused = check_turn(State::open); refused.outcome != StepOutcome::done) return refused;
  const std::lock_guard writing(writing_);
  Result<Transaction> transaction = Transaction::begin(*connection_);
  if (!transaction) return failed_write(transaction.error());
  const Result<Owner> owner = read_owner(*connection_, topics_.prefix, run_.group);
  if (!owner) return failed_write(owner.error());
  if (owner->epoch != epoch_of(run_)) return fenced(owner->instance);
  if (StepResult refused = check_positions(positions); refused.outcome != StepOutcome::done) return refused;
  if (const Result<void> inserted = inserter_.insert(batch_); !inserted)
    return failed_write(inserted.error());
  if (const Result<void> written = write_positions(positions); !written) return failed_write(written.error());
  // A commit that fails has not happened, nor can it come true later: what it left in the write-ahead log is
  // overwritten by the next one, and if there is no next one nobody remembers this answer.
  if (const Result<void> committed = transaction->commit(); !committed)
    return failed_write(committed.error());
  return ended({});
}

StepResult SqliteTransactions::abort() {
  if (state_ == State::open) {
    if (StepResult refused = check_turn(State::open); refused.outcome != StepOutcome::done) return refused;
    return ended({});
  }
  return check_turn(State::idle);
}

Result<Committed> SqliteTransactions::committed(int32_t partition) {
  return read_position(*connection_, topics_.prefix, run_.group, partition);
}

StepResult SqliteTransactions::check_positions(std::span<const PositionUpdate> positions) {
  for (const PositionUpdate& update : positions) {
    const std::string where =
        "log " + connection_->path() + ", partition " + std::to_string(update.partition);
    if (update.partition < 0 || update.partition >= topics_.partitions ||
        update.partition % options_.lanes != options_.lane) {
      return ended({StepOutcome::fault, where + ": is not this lane's"});
    }
    if (update.metadata.size() > metadata_bytes_max) {
      return ended({StepOutcome::fault, where + ": a note of more than 4,000 bytes beside the position"});
    }
    const Result<Committed> now = read_position(*connection_, topics_.prefix, run_.group, update.partition);
    if (!now) return failed_write(now.error());
    if (update.position < now->position.value_or(0)) {
      return ended({StepOutcome::fault, where + ": the position would go back from " +
                                            std::to_string(*now->position) + " to " +
                                            std::to_string(update.position)});
    }
  }
  return {};
}

Result<void> SqliteTransactions::write_positions(std::span<const PositionUpdate> positions) {
  Result<Statement> statement =
      connection_->prepare("INSERT OR REPLACE INTO positions VALUES(?1, ?2, ?3, ?4, ?5)");
  if (!statement) return tl::unexpected<Fault>(statement.error());
  for (const PositionUpdate& update : positions) {
    statement->bind_text(1, topics_.prefix);
    statement->bind_text(2, run_.group);
    statement->bind(3, update.partition);
    statement->bind(4, update.position);
    statement->bind_text(5, update.metadata);
    const Result<bool> written = statement->step();
    if (!written) return tl::unexpected<Fault>(written.error());
    statement->reset();
  }
  return {};
}

StepResult SqliteTransactions::fenced(const std::string& instance) {
  batch_.clear();
  state_ = State::needs_reset;
  return {StepOutcome::fenced, taken_over(connection_->path(), run_, instance)};
}

StepResult SqliteTransactions::ended(StepResult result) {
  batch_.clear();
  if (state_ == State::open) state_ = State::idle;
  return result;
}

StepResult SqliteTransactions::failed_write(const Fault& fault) {
  return ended({connection_->outcome(), fault.message});
}

}  // namespace subledger::sqlite
