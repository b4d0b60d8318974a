// The log object, its plain readers and writers.
#include "connectors/sqlite/sqlite_log.h"

#include <chrono>
#include <mutex>
#include <utility>

#include "connectors/sqlite/batch.h"
#include "connectors/sqlite/cursor.h"
#include "connectors/sqlite/lane.h"
#include "connectors/sqlite/schema.h"
#include "events/check.h"

namespace subledger {
namespace {

using sqlite::Batch;
using sqlite::Connection;
using sqlite::Cursor;
using sqlite::Inserter;
using sqlite::TopicSet;
using sqlite::Transaction;

/// Others than lanes cannot do anything better than to wait.
constexpr int writer_busy_ms = 30'000;
constexpr int reader_busy_ms = 10'000;
/// A writer that is not atomic writes a transaction each time this much has come together.
constexpr std::size_t batch_records_max = 10'000;
constexpr std::size_t batch_bytes_max = std::size_t{8} << 20;

int64_t system_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class SqliteReader : public ReaderPort {
 public:
  SqliteReader(std::unique_ptr<Connection> connection, TopicSet topics, Topic topic)
      : topic_(topic), cursor_(std::move(connection), std::move(topics), topic) {}

  Result<OffsetRange> range(Topic topic, int32_t partition) override {
    CHECK(topic == topic_);
    return cursor_.range(partition);
  }
  Result<void> seek(Topic topic, int32_t partition, int64_t offset) override {
    CHECK(topic == topic_);
    return cursor_.seek(partition, offset);
  }
  Result<std::span<const LogRecord>> poll(int timeout_ms, std::size_t records_max) override {
    return cursor_.poll(timeout_ms, records_max, [] { return Result<void>{}; });
  }
  std::vector<Header> headers(const LogRecord& record) override { return cursor_.headers(record); }
  bool passed(int32_t partition, int64_t end) override { return cursor_.passed(partition, end); }

 private:
  Topic topic_;
  Cursor cursor_;
};

class SqliteWriter : public WriterPort {
 public:
  SqliteWriter(std::unique_ptr<Connection> connection, TopicSet topics, sqlite::Clock clock, bool atomic,
               std::mutex& writing)
      : topics_(topics),
        atomic_(atomic),
        writing_(writing),
        connection_(std::move(connection)),
        inserter_(*connection_, std::move(topics), std::move(clock)) {}

  Result<void> append(const NewRecord& record) override {
    if (Result<void> added = batch_.add(record, topics_); !added) return added;
    if (atomic_ || (batch_.records() < batch_records_max && batch_.bytes() < batch_bytes_max)) return {};
    return flush();
  }

  /// What could not be written stays for the next flush.
  Result<void> flush() override {
    if (batch_.empty()) return {};
    const std::lock_guard lock(writing_);
    Result<Transaction> transaction = Transaction::begin(*connection_);
    if (!transaction) return tl::unexpected<Fault>(transaction.error());
    if (Result<void> inserted = inserter_.insert(batch_); !inserted) return inserted;
    if (Result<void> committed = transaction->commit(); !committed) return committed;
    batch_.clear();
    return {};
  }

 private:
  TopicSet topics_;
  bool atomic_;
  std::mutex& writing_;
  std::unique_ptr<Connection> connection_;
  Inserter inserter_;
  Batch batch_;
};

class SqliteLog : public Log {
 public:
  explicit SqliteLog(SqliteLogOptions options) : options_(std::move(options)) {
    if (!options_.now_ms) options_.now_ms = &system_ms;
  }

  Result<void> create_topics(int32_t partitions) override {
    return sqlite::create_topic_set(options_.path, options_.topic_prefix, partitions);
  }

  Result<int32_t> partitions() override {
    return open(reader_busy_ms).map([](const Opened& opened) { return opened.topics.partitions; });
  }

  Result<std::string> identity() override {
    return open(reader_busy_ms).map([](const Opened& opened) { return opened.topics.identity; });
  }

  Result<Committed> position_of(const std::string& group, int32_t partition) override {
    const Result<Opened> opened = open(reader_busy_ms);
    if (!opened) return tl::unexpected<Fault>(opened.error());
    return sqlite::read_position(*opened->connection, opened->topics.prefix, group, partition);
  }

  Result<LanePorts> open_lane(const LaneOptions& options) override {
    CHECK(options.lanes > 0 && options.lane >= 0 && options.lane < options.lanes);
    Result<Opened> reading = open(reader_busy_ms);
    if (!reading) return tl::unexpected<Fault>(reading.error());
    Result<Opened> writing = open(options_.lane_busy_ms);
    if (!writing) return tl::unexpected<Fault>(writing.error());
    sqlite::Run& run = run_of(options);
    LanePorts ports;
    ports.source = std::make_unique<sqlite::SqliteSource>(run, options, std::move(reading->topics),
                                                          std::move(reading->connection));
    ports.transactions = std::make_unique<sqlite::SqliteTransactions>(
        run, writing_, options, std::move(writing->topics), std::move(writing->connection), options_.now_ms);
    return ports;
  }

  Result<std::unique_ptr<ReaderPort>> open_reader(Topic topic) override {
    Result<Opened> opened = open(reader_busy_ms);
    if (!opened) return tl::unexpected<Fault>(opened.error());
    return std::make_unique<SqliteReader>(std::move(opened->connection), std::move(opened->topics), topic);
  }

  Result<std::unique_ptr<WriterPort>> open_writer(bool atomic) override {
    Result<Opened> opened = open(writer_busy_ms);
    if (!opened) return tl::unexpected<Fault>(opened.error());
    return std::make_unique<SqliteWriter>(std::move(opened->connection), std::move(opened->topics),
                                          options_.now_ms, atomic, writing_);
  }

 private:
  struct Opened {
    std::unique_ptr<Connection> connection;
    TopicSet topics;
  };

  Result<Opened> open(int busy_ms) const {
    Result<std::unique_ptr<Connection>> connection = sqlite::open_log_file(options_.path, busy_ms);
    if (!connection) return tl::unexpected<Fault>(connection.error());
    Result<TopicSet> topics = sqlite::read_topic_set(**connection, options_.topic_prefix);
    if (!topics) return tl::unexpected<Fault>(topics.error());
    return Opened{std::move(*connection), std::move(*topics)};
  }

  sqlite::Run& run_of(const LaneOptions& options) {
    const std::lock_guard lock(runs_mutex_);
    std::unique_ptr<sqlite::Run>& run = runs_[{options.group, options.instance}];
    if (!run) {
      run = std::make_unique<sqlite::Run>();
      run->group = options.group;
      run->instance = options.instance;
    }
    return *run;
  }

  SqliteLogOptions options_;
  std::mutex writing_;  ///< held during the transactions of this process
  std::mutex runs_mutex_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<sqlite::Run>> runs_;
};

}  // namespace

Result<std::unique_ptr<Log>> open_sqlite_log(const SqliteLogOptions& options) {
  if (options.path.empty() || options.path == ":memory:") {
    return unreachable("log 'sqlite:" + options.path + "' names no file; write sqlite:FILE");
  }
  if (!sqlite::valid_prefix(options.topic_prefix)) {
    return failed("topic prefix '" + options.topic_prefix +
                  "' may have letters, digits, '.', '_' and '-' only, at most 100");
  }
  return std::make_unique<SqliteLog>(options);
}

}  // namespace subledger
