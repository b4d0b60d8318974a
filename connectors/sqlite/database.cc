// SQLite's C interface, wrapped.
#include "connectors/sqlite/database.h"

#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

#include "events/check.h"

namespace subledger::sqlite {
namespace {

int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// What can be done about a result code, for a person.
std::string advice(int code) {
  switch (code & 0xff) {
    case SQLITE_NOTADB:
      return "it is not an SQLite database; name another file";
    case SQLITE_CORRUPT:
      return "the file is damaged; restore it from a copy";
    case SQLITE_FULL:
      return "free some space on its disk";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process holds the file locked; try again, or end that process";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      return "check that this user may read and write the file and its directory";
    case SQLITE_IOERR:
      return "check its disk";
    default:
      return "";
  }
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Statement::bind(int index, int64_t value) {
  CHECK(sqlite3_bind_int64(statement_.get(), index, value) == SQLITE_OK);
}

void Statement::bind_text(int index, std::string_view value) {
  const char* data = value.data() == nullptr ? "" : value.data();
  CHECK(sqlite3_bind_text64(statement_.get(), index, data, value.size(), SQLITE_STATIC, SQLITE_UTF8) ==
        SQLITE_OK);
}

void Statement::bind_blob(int index, std::optional<std::string_view> value) {
  if (!value) {
    CHECK(sqlite3_bind_null(statement_.get(), index) == SQLITE_OK);
    return;
  }
  // A null pointer would bind NULL; an empty view may have one.
  const char* data = value->data() == nullptr ? "" : value->data();
  CHECK(sqlite3_bind_blob64(statement_.get(), index, data, value->size(), SQLITE_STATIC) == SQLITE_OK);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  connection_->last_code_ = code;
  Fault fault = connection_->fault();
  reset();
  return tl::unexpected<Fault>(std::move(fault));
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

bool Statement::null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::optional<std::string_view> Statement::bytes(int column) const {
  if (null(column)) return std::nullopt;
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

std::string Statement::text(int column) const { return std::string(bytes(column).value_or("")); }

void Connection::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, bool create, int busy_ms) {
  std::unique_ptr<Connection> connection(new Connection(path, busy_ms));
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  connection->database_.reset(raw);
  connection->last_code_ = code;
  if (code != SQLITE_OK) return tl::unexpected<Fault>(connection->fault());
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_handler(raw, &Connection::on_busy, connection.get());
  return connection;
}

int Connection::on_busy(void* connection, int tries) {
  // SQLite's own handler backs off to 100 ms: too long beside writers whose commits take a few milliseconds.
  auto* self = static_cast<Connection*>(connection);
  if (tries == 0) self->busy_since_ms_ = steady_ms();
  if (steady_ms() - self->busy_since_ms_ >= self->busy_ms_) return 0;
  std::this_thread::sleep_for(std::chrono::microseconds(tries < 20 ? 250 : 1'000));
  return 1;
}

Result<void> Connection::execute(const std::string& sql) {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return {};
  last_code_ = code;
  return tl::unexpected<Fault>(fault());
}

Result<Statement> Connection::prepare(const std::string& sql) const {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.c_str(), static_cast<int>(sql.size()) + 1,
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) {
    last_code_ = code;
    return tl::unexpected<Fault>(fault());
  }
  Statement statement;
  statement.statement_.reset(raw);
  statement.connection_ = this;
  return statement;
}

Result<int64_t> Connection::integer(const std::string& sql) const {
  Result<Statement> statement = prepare(sql);
  if (!statement) return tl::unexpected<Fault>(statement.error());
  const Result<bool> row = statement->step();
  if (!row) return tl::unexpected<Fault>(row.error());
  return *row ? statement->integer(0) : 0;
}

bool Connection::busy() const {
  const int code = last_code_ & 0xff;
  return code == SQLITE_BUSY || code == SQLITE_LOCKED;
}

StepOutcome Connection::outcome() const {
  return busy() || (last_code_ & 0xff) == SQLITE_FULL ? StepOutcome::aborted : StepOutcome::fault;
}

Result<int64_t> Connection::data_version() {
  if (!data_version_.statement_) {
    Result<Statement> statement = prepare("PRAGMA data_version");
    if (!statement) return tl::unexpected<Fault>(statement.error());
    data_version_ = std::move(*statement);
  }
  const Result<bool> row = data_version_.step();
  if (!row) return tl::unexpected<Fault>(row.error());
  const int64_t version = data_version_.integer(0);
  data_version_.reset();
  return version;
}

Fault Connection::fault() const {
  std::string message = "log " + path_ + ": " + sqlite3_errstr(last_code_);
  const std::string detail = database_ ? sqlite3_errmsg(database_.get()) : "";
  if (!detail.empty() && message.find(detail) == std::string::npos && sqlite3_errcode(database_.get()) != 0) {
    message += " (" + detail + ")";
  }
  const std::filesystem::path directory = std::filesystem::path(path_).parent_path();
  std::error_code ignored;
  if ((last_code_ & 0xff) == SQLITE_CANTOPEN && !directory.empty() &&
      !std::filesystem::exists(directory, ignored)) {
    message += "; the directory " + directory.string() + " does not exist; make it, or name another";
  } else if (const std::string todo = advice(last_code_); !todo.empty()) {
    message += "; " + todo;
  }
  return {Fault::Kind::unreachable, std::move(message)};
}

Result<Transaction> Transaction::begin(Connection& connection) {
  if (Result<void> begun = connection.execute("BEGIN IMMEDIATE"); !begun) {
    return tl::unexpected<Fault>(begun.error());
  }
  return Transaction(connection);
}

Transaction::~Transaction() {
  // A statement of a failed transaction may have rolled it back already; then this one says so and changes
  // nothing.
  if (connection_ == nullptr || sqlite3_get_autocommit(connection_->database_.get()) != 0) return;
  sqlite3_exec(connection_->database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<void> Transaction::commit() {
  if (Result<void> committed = connection_->execute("COMMIT"); !committed) return committed;
  connection_ = nullptr;
  return {};
}

}  // namespace subledger::sqlite
