// The usual home-made way to charge exactly once: events from Kafka in batches of 1,000, for each batch one
// transaction of PostgreSQL that reads and writes accounts, inserts charges under a unique id, and notes the
// offsets. Arrays instead of single rows, prepared statements, two round trips a batch, a connection a lane.
#include <libpq-fe.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <thread>
#include <unordered_map>

#include "bench/input.h"
#include "bench/peers/rule.h"
#include "ops/logging.h"

namespace subledger::bench {
namespace {

constexpr std::size_t batch_records = 1'000;
constexpr int poll_ms = 20;
constexpr std::size_t body_bytes = 100;  // of a charge, beside its columns
constexpr Oid type_int8 = 20;
constexpr Oid type_uuid = 2950;

constexpr const char* schema = R"(
DROP TABLE IF EXISTS accounts, charges, positions;
CREATE TABLE accounts (subscriber bigint PRIMARY KEY, sequence bigint NOT NULL, balance bigint NOT NULL,
                       bytes bigint NOT NULL, last_event uuid NOT NULL) WITH (fillfactor = 80);
CREATE TABLE charges (event uuid PRIMARY KEY, subscriber bigint NOT NULL, sequence bigint NOT NULL,
                      amount bigint NOT NULL, balance bigint NOT NULL, bytes bigint NOT NULL,
                      body bytea NOT NULL);
CREATE TABLE positions (partition bigint PRIMARY KEY, next bigint NOT NULL);
)";
constexpr const char* read_accounts =
    "SELECT subscriber, sequence, balance, bytes, last_event FROM accounts WHERE subscriber = "
    "ANY($1::bigint[])";
constexpr const char* write_accounts =
    "INSERT INTO accounts SELECT * FROM "
    "unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::uuid[]) "
    "ON CONFLICT (subscriber) DO UPDATE SET sequence = excluded.sequence, balance = excluded.balance, "
    "bytes = excluded.bytes, last_event = excluded.last_event";
constexpr const char* write_charges =
    "INSERT INTO charges SELECT charge.*, $7::bytea FROM "
    "unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) AS charge "
    "ON CONFLICT (event) DO NOTHING";
constexpr const char* write_positions =
    "INSERT INTO positions SELECT * FROM unnest($1::bigint[], $2::bigint[]) "
    "ON CONFLICT (partition) DO UPDATE SET next = excluded.next";
constexpr const char* all_charges = "SELECT event, subscriber, sequence, amount, balance, bytes FROM charges";

void put(std::string& to, uint64_t value, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) to += static_cast<char>(value >> shift);
}

uint64_t number(const PGresult* result, int row, int column) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) {
    value = value << 8 | static_cast<unsigned char>(PQgetvalue(result, row, column)[i]);
  }
  return value;
}

/// An array parameter in PostgreSQL's binary form.
class Array {
 public:
  explicit Array(Oid type) : type_(type) {}
  void add(uint64_t value) {
    put(elements_, 8, 4);
    put(elements_, value, 8);
    ++count_;
  }
  void add(const Uuid& id) {
    put(elements_, id.bytes.size(), 4);
    elements_.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
    ++count_;
  }
  std::string bytes() const {
    std::string all;
    for (const uint64_t part : {uint64_t{1}, uint64_t{0}, uint64_t{type_}, count_, uint64_t{1}})
      put(all, part, 4);
    return all + elements_;
  }

 private:
  Oid type_;
  uint64_t count_ = 0;
  std::string elements_;
};

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

class Connection {
 public:
  explicit Connection(const std::string& where) : connection_(PQconnectdb(where.c_str())) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) fail("cannot connect");
  }

  void run(const char* text) {
    if (PQresultStatus(Answer(PQexec(connection_.get(), text)).get()) != PGRES_COMMAND_OK) fail(text);
  }
  void prepare(const char* text) {
    const Answer answer(PQprepare(connection_.get(), text, text, 0, nullptr));
    if (PQresultStatus(answer.get()) != PGRES_COMMAND_OK) fail(text);
  }
  void enter_pipeline() {
    if (PQenterPipelineMode(connection_.get()) != 1) fail("pipeline mode");
  }
  void send(const char* text) {
    if (PQsendQueryParams(connection_.get(), text, 0, nullptr, nullptr, nullptr, nullptr, 1) != 1) fail(text);
  }
  void send_prepared(const char* text, const std::vector<std::string>& values) {
    std::vector<const char*> data;
    std::vector<int> sizes;
    for (const std::string& value : values) {
      data.push_back(value.data());
      sizes.push_back(static_cast<int>(value.size()));
    }
    const std::vector<int> formats(values.size(), 1);
    if (PQsendQueryPrepared(connection_.get(), text, static_cast<int>(values.size()), data.data(),
                            sizes.data(), formats.data(), 1) != 1) {
      fail(text);
    }
  }
  void flush() {
    if (PQsendFlushRequest(connection_.get()) != 1 || PQflush(connection_.get()) < 0) fail("flush");
  }
  void sync() {
    if (PQpipelineSync(connection_.get()) != 1) fail("sync");
  }
  /// The next command's result; in a pipeline a null follows each but a sync.
  Answer take(ExecStatusType wanted) {
    Answer answer(PQgetResult(connection_.get()));
    if (PQresultStatus(answer.get()) != wanted) fail("an answer");
    if (wanted != PGRES_PIPELINE_SYNC) Answer(PQgetResult(connection_.get())).reset();
    return answer;
  }
  /// All rows of a query, one by one.
  template <class Row>
  void each(const char* text, Row row) {
    send(text);
    PQsetSingleRowMode(connection_.get());
    for (;;) {
      const Answer answer(PQgetResult(connection_.get()));
      if (!answer) return;
      const auto status = PQresultStatus(answer.get());
      if (status == PGRES_SINGLE_TUPLE) {
        row(answer.get());
      } else if (status != PGRES_TUPLES_OK) {
        fail(text);
      }
    }
  }

 private:
  [[noreturn]] void fail(const std::string& what) {
    give_up("PostgreSQL: " + what + ": " + PQerrorMessage(connection_.get()));
  }

  std::unique_ptr<PGconn, Clear> connection_;
};

/// The partitions of one lane.
class PostgresLane {
 public:
  PostgresLane(Log& log, const std::string& where, int lane, int lanes, Committed& committed)
      : connection_(where), reader_(must(log.open_reader(Topic::events))), committed_(committed) {
    for (const char* text : {read_accounts, write_accounts, write_charges, write_positions}) {
      connection_.prepare(text);
    }
    connection_.enter_pipeline();
    for (int32_t partition = lane; partition < must(log.partitions()); partition += lanes) {
      const OffsetRange range = must(reader_->range(Topic::events, partition));
      positions_[partition] = range;
      must(reader_->seek(Topic::events, partition, range.first));
    }
  }

  void work() {
    while (!at_end()) {
      const auto records = must(reader_->poll(poll_ms, batch_records));
      if (!records.empty()) charge(records);
    }
  }

 private:
  bool at_end() const {
    return std::ranges::all_of(positions_, [](const auto& of) { return of.second.first >= of.second.end; });
  }

  void charge(std::span<const LogRecord> records) {
    std::vector<PeerEvent> events;
    for (const LogRecord& record : records) {
      std::pmr::monotonic_buffer_resource scratch(scratch_.data(), scratch_.size());
      if (const auto event = read_peer_event(record, scratch)) events.push_back(*event);
      positions_[record.partition].first = record.offset + 1;
    }
    connection_.send("BEGIN");
    load(events);
    store(events);
    connection_.sync();
    for (int i = 0; i < 4; ++i) connection_.take(PGRES_COMMAND_OK);
    connection_.take(PGRES_PIPELINE_SYNC);
    committed_.add(records.size());
  }

  void load(const std::vector<PeerEvent>& events) {
    accounts_.clear();
    Array subscribers(type_int8);
    for (const PeerEvent& event : events) {
      if (accounts_.try_emplace(event.subscriber.number).second) subscribers.add(event.subscriber.number);
    }
    connection_.send_prepared(read_accounts, {subscribers.bytes()});
    connection_.flush();
    connection_.take(PGRES_COMMAND_OK);
    const Answer found = connection_.take(PGRES_TUPLES_OK);
    for (int row = 0; row < PQntuples(found.get()); ++row) {
      PeerAccount& account = accounts_[number(found.get(), row, 0)];
      account.sequence = number(found.get(), row, 1);
      account.balance_micros = static_cast<int64_t>(number(found.get(), row, 2));
      account.bytes = number(found.get(), row, 3);
      std::copy_n(PQgetvalue(found.get(), row, 4), 16, account.last_event.bytes.begin());
    }
  }

  void store(const std::vector<PeerEvent>& events) {
    std::vector<Array> charges(6, Array(type_int8));
    charges[0] = Array(type_uuid);
    for (const PeerEvent& event : events) {
      const auto charge = apply_peer_event(accounts_[event.subscriber.number], event);
      if (!charge) continue;
      charges[0].add(charge->event);
      charges[1].add(charge->subscriber.number);
      charges[2].add(charge->sequence);
      charges[3].add(static_cast<uint64_t>(charge->amount_micros));
      charges[4].add(static_cast<uint64_t>(charge->balance_micros));
      charges[5].add(charge->bytes);
    }
    std::vector<Array> accounts(5, Array(type_int8));
    accounts[4] = Array(type_uuid);
    for (const auto& [subscriber, account] : accounts_) {
      accounts[0].add(subscriber);
      accounts[1].add(account.sequence);
      accounts[2].add(static_cast<uint64_t>(account.balance_micros));
      accounts[3].add(account.bytes);
      accounts[4].add(account.last_event);
    }
    std::vector<Array> positions(2, Array(type_int8));
    for (const auto& [partition, range] : positions_) {
      positions[0].add(static_cast<uint64_t>(partition));
      positions[1].add(static_cast<uint64_t>(range.first));
    }
    send_arrays(write_accounts, accounts);
    send_arrays(write_charges, charges, std::string(body_bytes, 'x'));
    send_arrays(write_positions, positions);
    connection_.send("COMMIT");
  }

  void send_arrays(const char* text, const std::vector<Array>& arrays, const std::string& last = "") {
    std::vector<std::string> values;
    for (const Array& array : arrays) values.push_back(array.bytes());
    if (!last.empty()) values.push_back(last);
    connection_.send_prepared(text, values);
  }

  Connection connection_;
  std::unique_ptr<ReaderPort> reader_;
  Committed& committed_;
  std::map<int32_t, OffsetRange> positions_;            // next offset, and the end as it was at the start
  std::unordered_map<uint64_t, PeerAccount> accounts_;  // of one batch
  std::vector<std::byte> scratch_ = std::vector<std::byte>(64 * 1024);
};

void add_charges(Report& report, const std::string& where) {
  Connection connection(where);
  PeerHash hash;
  uint64_t charges = 0;
  connection.each(all_charges, [&](const PGresult* row) {
    std::string bytes;
    for (int column = 0; column < 6; ++column) {
      bytes.append(PQgetvalue(row, 0, column), static_cast<std::size_t>(PQgetlength(row, 0, column)));
    }
    hash.add(bytes);
    ++charges;
  });
  report["charges"] = charges;
  report["hash"] = hash.text();
}

Report measure_postgres(const LogChoice& choice, const std::string& where, int lanes) {
  const auto log = open(choice);
  Connection(where).run(schema);
  Report report;
  Committed committed(1);
  std::vector<std::thread> threads;
  for (int lane = 0; lane < lanes; ++lane) {
    threads.emplace_back([&, lane] { PostgresLane(*log, where, lane, lanes, committed).work(); });
  }
  for (std::thread& thread : threads) thread.join();
  committed.finish(report);
  add_charges(report, where);
  return report;
}

}  // namespace
}  // namespace subledger::bench

int main(int count, char** values) {
  using namespace subledger::bench;
  LogChoice log;
  std::string database;
  int lanes = 1;
  CLI::App app("The home-made way on PostgreSQL, as a peer; prints one line of JSON.");
  app.add_option("--log", log.url, "kafka://HOST:PORT")->required();
  app.add_option("--topic-prefix", log.topic_prefix)->capture_default_str();
  app.add_option("--database", database, "as libpq takes it; its tables are made anew")->required();
  app.add_option("--lanes", lanes)->capture_default_str();
  CLI11_PARSE(app, count, values);
  subledger::ops::set_up_logging("error", "text");
  std::printf("%s\n", measure_postgres(log, database, lanes).dump().c_str());
  return 0;
}
