// A connection to an SQLite file and its statements, with SQLite's codes turned into faults. The only file
// that calls the library. Knows nothing of logs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/ports.h"
#include "events/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace subledger::sqlite {

/// A prepared statement. Must not outlive its connection.
class Statement {
 public:
  Statement() = default;

  void bind(int index, int64_t value);
  /// The bytes have to live until `reset`; nullopt is NULL.
  void bind_text(int index, std::string_view value);
  void bind_blob(int index, std::optional<std::string_view> value);
  /// True: a row is there to be read. A fault resets the statement.
  Result<bool> step();
  /// Ends the execution; bindings stay.
  void reset();

  int64_t integer(int column) const;
  bool null(int column) const;
  /// Lives until the next `step` or `reset`.
  std::optional<std::string_view> bytes(int column) const;
  std::string text(int column) const;

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  const class Connection* connection_ = nullptr;
};

/// One connection, used by one thread at a time. Statements refer to it, so it stays where it is.
class Connection {
 public:
  /// Opens an existing file, or with `create` makes one. Waits for locks of others up to `busy_ms`.
  static Result<std::unique_ptr<Connection>> open(const std::string& path, bool create, int busy_ms);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<void> execute(const std::string& sql);
  Result<Statement> prepare(const std::string& sql) const;
  /// The first column of the first row; 0 without a row.
  Result<int64_t> integer(const std::string& sql) const;
  /// What a transaction that failed with the last fault has come to, once it is rolled back: `aborted` where
  /// waiting may mend it (the file is locked by others, the disk is full), else `fault`.
  StepOutcome outcome() const;
  /// True after a fault that only says that others hold the lock.
  bool busy() const;
  /// Changes with every commit by another connection, in this process or another.
  Result<int64_t> data_version();
  const std::string& path() const { return path_; }
  /// The last error of the connection, in words: what failed, where, what to do.
  Fault fault() const;

 private:
  friend class Statement;
  friend class Transaction;
  struct Close {
    void operator()(sqlite3* database) const;
  };
  Connection(std::string path, int busy_ms) : path_(std::move(path)), busy_ms_(busy_ms) {}
  static int on_busy(void* connection, int tries);

  std::string path_;
  int busy_ms_;
  int64_t busy_since_ms_ = 0;
  mutable int last_code_ = 0;
  std::unique_ptr<sqlite3, Close> database_;
  Statement data_version_;
};

/// Begins an immediate transaction and rolls it back at the end of the scope unless it was committed.
class Transaction {
 public:
  static Result<Transaction> begin(Connection& connection);
  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace subledger::sqlite
