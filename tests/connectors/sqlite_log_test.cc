// The embedded log keeps the contract, and says clearly what is wrong with a file.
#include <array>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "connectors/sqlite/database.h"
#include "connectors/sqlite/headers.h"
#include "connectors/sqlite/sqlite_log.h"
#include "tests/connectors/log_contract.h"
#include "tests/support/temp_directory.h"

using namespace subledger;
using namespace subledger::test;

namespace {

class SqliteBench : public LogBench {
 public:
  SqliteBench() { must(open_run().create_topics(bench_partitions)); }
  Log& open_run() override {
    return open({.path = path(), .now_ms = [this] { return now_ms; }});
  }
  Log& open(SqliteLogOptions options) {
    logs_.push_back(must(open_sqlite_log(options)));
    return *logs_.back();
  }
  std::string path() const { return directory.file("log.db"); }
  /// Changes the file behind the log's back.
  void execute(const std::string& sql) const {
    const auto connection = sqlite::Connection::open(path(), false, 0);
    BOOST_REQUIRE(connection.has_value());
    must((*connection)->execute(sql));
  }

  TempDirectory directory;

 private:
  std::vector<std::unique_ptr<Log>> logs_;
};

Fault fault_at(const std::string& path) {
  const Result<int32_t> partitions = must(open_sqlite_log({.path = path, .now_ms = {}}))->partitions();
  BOOST_REQUIRE(!partitions.has_value());
  BOOST_TEST((partitions.error().kind == Fault::Kind::unreachable));
  BOOST_TEST(partitions.error().message.find(path) != std::string::npos);
  return partitions.error();
}

bool says(const std::string& message, std::string_view words) {
  BOOST_TEST_INFO(message);
  return message.find(words) != std::string::npos;
}

StepResult commit(TransactionPort& transactions, int32_t partition, int64_t position) {
  must(transactions.begin());
  must(transactions.produce(charge(partition, "charge")));
  const std::array updates{PositionUpdate{partition, position, ""}};
  return transactions.commit(updates);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_log)
SUBLEDGER_LOG_CONTRACT(SqliteBench)

BOOST_AUTO_TEST_CASE(missing_log_names_the_command) {
  const TempDirectory directory;
  const std::string path = directory.file("none.db");
  BOOST_TEST(says(fault_at(path).message,
                  "no log at " + path + "; create it with: subledger topics create --log sqlite:" + path +
                      " --partitions N"));
  BOOST_TEST(!std::filesystem::exists(path));
  const auto log = must(open_sqlite_log({.path = path, .now_ms = {}}));
  BOOST_TEST(!log->open_writer(false).has_value());
  BOOST_TEST(!log->open_lane({"g", "i", 0, 1}).has_value());
  BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(files_that_are_no_log) {
  const TempDirectory directory;
  BOOST_TEST(says(fault_at(directory.path()).message, "is a directory"));
  BOOST_TEST(says(fault_at(directory.file("absent/log.db")).message, "no log at"));
  const std::string text = directory.file("text.db");
  std::ofstream(text) << std::string(5'000, 'x');
  BOOST_TEST(says(fault_at(text).message, "not an SQLite database"));
  const std::string foreign = directory.file("foreign.db");
  {
    const auto connection = sqlite::Connection::open(foreign, true, 0);
    must((*connection)->execute("CREATE TABLE theirs(a)"));
  }
  BOOST_TEST(says(fault_at(foreign).message, "another program"));
  for (const std::string& path : {text, foreign, directory.path(), directory.file("absent/log.db")}) {
    const Result<void> created = must(open_sqlite_log({.path = path, .now_ms = {}}))->create_topics(4);
    BOOST_TEST(!created.has_value());
    BOOST_TEST((created.error().kind == Fault::Kind::unreachable));
  }
  BOOST_TEST(says(must(open_sqlite_log({.path = directory.file("absent/log.db"), .now_ms = {}}))
                      ->create_topics(4)
                      .error()
                      .message,
                  "does not exist"));
  std::ofstream(directory.file("empty.db")).flush();
  BOOST_TEST(says(fault_at(directory.file("empty.db")).message, "create it with"));
  must(must(open_sqlite_log({.path = directory.file("empty.db"), .now_ms = {}}))->create_topics(4));
  BOOST_TEST(!open_sqlite_log({.path = "", .now_ms = {}}).has_value());
}

BOOST_AUTO_TEST_CASE(newer_format_is_refused) {
  SqliteBench bench;
  bench.execute("PRAGMA user_version=3");
  BOOST_TEST(says(fault_at(bench.path()).message, "has format 3, this program knows format 2"));
  BOOST_TEST(!bench.open_run().create_topics(bench_partitions).has_value());
}

BOOST_AUTO_TEST_CASE(prefixes_are_apart) {
  SqliteBench bench;
  Log& other = bench.open({.path = bench.path(), .topic_prefix = "trial-2.", .now_ms = {}});
  BOOST_TEST(says(other.partitions().error().message, "no topics with the prefix 'trial-2.'"));
  must(other.create_topics(2));
  BOOST_TEST(must(other.partitions()) == 2);
  BOOST_TEST(must(other.identity()) != must(bench.open_run().identity()));
  append_event(other, 1, "other");
  BOOST_TEST(read_all(bench.open_run(), Topic::events, 1).empty());
  const LanePorts lane = lane_of(bench.open_run(), "a");
  const LanePorts other_lane = lane_of(other, "a");
  must(lane.transactions->reset());
  must(other_lane.transactions->reset());
  must(commit(*lane.transactions, 0, 1));
  must(commit(*other_lane.transactions, 0, 5));
  BOOST_TEST(must(lane.transactions->committed(0)).position.value() == 1);
  Log& same = bench.open({.path = bench.path(), .topic_prefix = "Trial-2.", .now_ms = {}});
  BOOST_TEST(says(same.create_topics(2).error().message, "in case only"));
  BOOST_TEST(!open_sqlite_log({.path = bench.path(), .topic_prefix = "a\"b", .now_ms = {}}).has_value());
}

BOOST_AUTO_TEST_CASE(number_of_partitions_is_bounded) {
  const TempDirectory directory;
  for (const int32_t partitions : {-1, 0, 1'025}) {
    BOOST_TEST(!must(open_sqlite_log({.path = directory.file("log.db"), .now_ms = {}}))
                    ->create_topics(partitions)
                    .has_value());
  }
  BOOST_TEST(!std::filesystem::exists(directory.file("log.db")));
  Log& log = *must(open_sqlite_log({.path = directory.file("log.db"), .now_ms = {}})).release();
  const std::unique_ptr<Log> owner(&log);
  must(log.create_topics(1'024));
  append_event(log, 1'023, "last");
  BOOST_TEST(read_all(log, Topic::events, 1'023).size() == 1U);
}

/// No rebalancing here: the later run has the group, whatever its name, and the earlier one hears of it when
/// it reads.
BOOST_AUTO_TEST_CASE(another_instance_takes_the_group) {
  SqliteBench bench;
  const LanePorts first = lane_of(bench.open_run(), "first");
  Listener listener(*first.source);
  must(first.transactions->reset());
  must(first.source->poll(0, 1, listener));
  must(commit(*first.transactions, 0, 1));
  const LanePorts second = lane_of(bench.open_run(), "second");
  must(second.transactions->reset());
  const auto polled = first.source->poll(60'000, 1, listener);
  BOOST_REQUIRE(!polled.has_value());
  BOOST_TEST((polled.error().kind == Fault::Kind::fenced));
  BOOST_TEST(says(polled.error().message, "'second', took over the group 'subledger'"));
  BOOST_TEST(listener.all_lost.size() == 4U);
  const Result<void> back = first.transactions->reset();
  BOOST_REQUIRE(!back.has_value());
  BOOST_TEST((back.error().kind == Fault::Kind::fenced));
  must(commit(*second.transactions, 0, 2));
}

BOOST_AUTO_TEST_CASE(positions_do_not_go_back) {
  SqliteBench bench;
  const LanePorts lane = lane_of(bench.open_run(), "a", 0, 2);
  must(lane.transactions->reset());
  must(commit(*lane.transactions, 0, 5));
  must(commit(*lane.transactions, 0, 5));
  const StepResult back = commit(*lane.transactions, 0, 4);
  BOOST_TEST((back.outcome == StepOutcome::fault));
  BOOST_TEST(says(back.message, "would go back from 5 to 4"));
  BOOST_TEST((commit(*lane.transactions, 1, 1).outcome == StepOutcome::fault));  // another lane's
  BOOST_TEST(read_all(bench.open_run(), Topic::charges, 0).size() == 2U);
  BOOST_TEST(read_all(bench.open_run(), Topic::charges, 1).empty());
}

BOOST_AUTO_TEST_CASE(too_large_records_are_refused) {
  SqliteBench bench;
  const auto writer = must(bench.open_run().open_writer(false));
  const std::string event(std::size_t{2} << 20, 'e');
  const std::string reject(std::size_t{3} << 20, 'r');
  must(writer->append({Topic::events, 0, {}, std::nullopt, event, {}}));
  BOOST_TEST(!writer->append({Topic::events, 0, {}, "k", event, {}}).has_value());
  must(writer->append({Topic::rejects, 0, {}, std::nullopt, reject, {}}));
  BOOST_TEST(!writer->append({Topic::rejects, 0, {}, "k", reject, {}}).has_value());
  must(writer->flush());
  BOOST_TEST(read_all(bench.open_run(), Topic::events, 0).size() == 1U);
  BOOST_TEST(read_all(bench.open_run(), Topic::rejects, 0).size() == 1U);
}

/// More than a plain writer would keep: it appears at the flush all the same, not before.
BOOST_AUTO_TEST_CASE(atomic_writer_of_many_records) {
  SqliteBench bench;
  for (const bool atomic : {true, false}) {
    const auto writer = must(bench.open_run().open_writer(atomic));
    for (int i = 0; i < 10'001; ++i) must(writer->append({Topic::events, atomic ? 0 : 1, {}, "k", "v", {}}));
    BOOST_TEST(read_all(bench.open_run(), Topic::events, atomic ? 0 : 1).size() == (atomic ? 0U : 10'000U));
    must(writer->flush());
    BOOST_TEST(read_all(bench.open_run(), Topic::events, atomic ? 0 : 1).size() == 10'001U);
  }
}

/// A file locked by others is `aborted`: the same chunk can be committed later.
BOOST_AUTO_TEST_CASE(locked_file_aborts) {
  SqliteBench bench;
  const LanePorts lane = lane_of(bench.open({.path = bench.path(), .now_ms = {}, .lane_busy_ms = 20}), "a");
  must(lane.transactions->reset());
  {
    const auto other = sqlite::Connection::open(bench.path(), false, 0);
    must((*other)->execute("BEGIN IMMEDIATE"));
    const StepResult busy = commit(*lane.transactions, 0, 1);
    BOOST_TEST((busy.outcome == StepOutcome::aborted));
    BOOST_TEST(says(busy.message, "locked"));
  }
  must(commit(*lane.transactions, 0, 1));
  BOOST_TEST(read_all(bench.open_run(), Topic::charges, 0).size() == 1U);
}

/// A full disk counts as what waiting may mend; other failures do not.
BOOST_AUTO_TEST_CASE(full_disk_aborts) {
  const TempDirectory directory;
  const auto connection = sqlite::Connection::open(directory.file("small.db"), true, 0);
  must((*connection)->execute("PRAGMA max_page_count=4; CREATE TABLE t(a)"));
  const Result<void> full = (*connection)->execute("INSERT INTO t VALUES(zeroblob(100000))");
  BOOST_REQUIRE(!full.has_value());
  BOOST_TEST(says(full.error().message, "free some space"));
  BOOST_TEST(((*connection)->outcome() == StepOutcome::aborted));
  BOOST_TEST(!(*connection)->execute("INSERT INTO absent VALUES(1)").has_value());
  BOOST_TEST(((*connection)->outcome() == StepOutcome::fault));
}

/// The log has no retention: a hole is damage, and never skipped.
BOOST_AUTO_TEST_CASE(missing_record_is_a_fault) {
  SqliteBench bench;
  for (int i = 0; i < 3; ++i) append_event(bench.open_run(), 0, std::to_string(i));
  bench.execute("DELETE FROM \"subledger.events-0\" WHERE \"offset\" = 1");
  const auto reader = must(bench.open_run().open_reader(Topic::events));
  must(reader->seek(Topic::events, 0, 0));
  const auto polled = reader->poll(0, 10);
  BOOST_REQUIRE(!polled.has_value());
  BOOST_TEST(says(polled.error().message, "offset 1"));
}

BOOST_AUTO_TEST_CASE(damaged_headers_are_a_fault) {
  SqliteBench bench;
  const std::array headers{Header{"name", "value"}};
  const auto writer = must(bench.open_run().open_writer(false));
  must(writer->append({Topic::events, 0, {}, "k", "v", headers}));
  must(writer->flush());
  bench.execute("UPDATE \"subledger.events-0\" SET headers = substr(headers, 1, length(headers) - 1)");
  const auto reader = must(bench.open_run().open_reader(Topic::events));
  must(reader->seek(Topic::events, 0, 0));
  BOOST_TEST(!reader->poll(0, 10).has_value());
}

BOOST_AUTO_TEST_CASE(headers_truncated_anywhere) {
  std::string blob;
  sqlite::append_headers(blob,
                         std::array{Header{"name", "value"}, Header{"null", std::nullopt}, Header{"", ""}});
  BOOST_TEST(sqlite::decode_headers(blob).value().size() == 3U);
  int whole = 0;
  for (std::size_t size = 0; size < blob.size(); ++size)
    whole += sqlite::decode_headers(blob.substr(0, size)) ? 1 : 0;
  BOOST_TEST(whole == 3);  // after none, one and two headers
}

BOOST_AUTO_TEST_SUITE_END()
