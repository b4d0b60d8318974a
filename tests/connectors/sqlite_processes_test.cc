// Several processes on one embedded log: they write, process and follow at once, and may be killed at any
// moment.
#include <array>
#include <boost/test/unit_test.hpp>
#include <iostream>
#include <random>

#include "connectors/sqlite/sqlite_log.h"
#include "tests/connectors/child_process.h"
#include "tests/connectors/log_contract.h"
#include "tests/support/temp_directory.h"

using namespace subledger;
using namespace subledger::test;

namespace {

constexpr int events_per_partition = 3'000;
constexpr int charges_per_commit = 7;

std::unique_ptr<Log> open(const std::string& path) {
  return must(open_sqlite_log({.path = path, .now_ms = {}}));
}

std::string event_value(int i) { return "event " + std::to_string(i); }

/// Copies the events of all partitions to charges, as an engine would, until each has `events_per_partition`.
void run_copier(Log& log, int commit_records) {
  const LanePorts lane = lane_of(log, "copier");
  Listener listener(*lane.source);
  must(lane.transactions->reset());
  std::array<int64_t, bench_partitions> next{};
  int64_t left = int64_t{events_per_partition} * bench_partitions;
  while (left > 0) {
    const auto records = must(lane.source->poll(1'000, static_cast<std::size_t>(commit_records), listener));
    if (records.empty()) continue;
    must(lane.transactions->begin());
    std::vector<PositionUpdate> updates;
    for (const LogRecord& record : records) {
      must(lane.transactions->produce(charge(record.partition, *record.value)));
      next[static_cast<std::size_t>(record.partition)] = record.offset + 1;
    }
    for (int32_t p = 0; p < bench_partitions; ++p) {
      updates.push_back({p, next[static_cast<std::size_t>(p)], "copier"});
    }
    must(lane.transactions->commit(updates));
    left -= static_cast<int64_t>(records.size());
  }
}

/// Follows a partition of the charges until `count` records have come.
std::vector<std::string> follow(Log& log, int32_t partition, std::size_t count) {
  const auto reader = must(log.open_reader(Topic::charges));
  must(reader->seek(Topic::charges, partition, 0));
  std::vector<std::string> values;
  while (values.size() < count) {
    for (const LogRecord& record : must(reader->poll(1'000, 100))) values.emplace_back(*record.value);
  }
  return values;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_child, *boost::unit_test::disabled())

BOOST_AUTO_TEST_CASE(write_events) {
  const auto log = open(child_argument());
  const auto writer = must(log->open_writer(false));
  for (int i = 0; i < events_per_partition; ++i) {
    for (int32_t p = 0; p < bench_partitions; ++p)
      must(writer->append({Topic::events, p, {}, "k", event_value(i), {}}));
    if (i % 10 == 0) must(writer->flush());
  }
  must(writer->flush());
}

BOOST_AUTO_TEST_CASE(copy_events) { run_copier(*open(child_argument()), 50); }

/// Commits `charges_per_commit` charges with their position, for ever.
BOOST_AUTO_TEST_CASE(commit_for_ever) {
  const auto log = open(child_argument());
  const LanePorts lane = lane_of(*log, "writer");
  must(lane.transactions->reset());
  int64_t position = must(lane.transactions->committed(0)).position.value_or(0);
  while (true) {
    must(lane.transactions->begin());
    for (int i = 0; i < charges_per_commit; ++i) {
      must(lane.transactions->produce(charge(i % 2, std::to_string(position))));
    }
    const std::array updates{PositionUpdate{0, ++position, ""}};
    must(lane.transactions->commit(updates));
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sqlite_processes)

/// One process writes events, another copies them to charges, this one follows the charges: all at once.
BOOST_AUTO_TEST_CASE(write_process_and_follow_at_once) {
  const TempDirectory directory;
  const std::string path = directory.file("log.db");
  must(open(path)->create_topics(bench_partitions));
  ChildProcess writer("sqlite_child/write_events", path);
  ChildProcess copier("sqlite_child/copy_events", path);
  const auto log = open(path);
  const std::vector<std::string> values = follow(*log, 1, events_per_partition);
  BOOST_TEST(writer.wait());
  BOOST_TEST(copier.wait());
  for (int32_t p = 0; p < bench_partitions; ++p) {
    const std::vector<std::string> all = values_of(read_all(*log, Topic::charges, p));
    BOOST_REQUIRE_EQUAL(all.size(), static_cast<std::size_t>(events_per_partition));
    for (int i = 0; i < events_per_partition; ++i)
      BOOST_REQUIRE_EQUAL(all[static_cast<std::size_t>(i)], event_value(i));
    if (p == 1) BOOST_TEST(values == all, boost::test_tools::per_element());
  }
}

/// Two processes that append without pause: neither starves, nothing is lost, offsets are dense.
BOOST_AUTO_TEST_CASE(two_writers_at_once) {
  const TempDirectory directory;
  const std::string path = directory.file("log.db");
  must(open(path)->create_topics(bench_partitions));
  ChildProcess one("sqlite_child/write_events", path);
  ChildProcess two("sqlite_child/write_events", path);
  BOOST_TEST(one.wait());
  BOOST_TEST(two.wait());
  const auto log = open(path);
  for (int32_t p = 0; p < bench_partitions; ++p) {
    const std::vector<Seen> all = read_all(*log, Topic::events, p);
    BOOST_REQUIRE_EQUAL(all.size(), static_cast<std::size_t>(events_per_partition * 2));
    for (std::size_t i = 1; i < all.size(); ++i) BOOST_REQUIRE_LE(all[i - 1].micros, all[i].micros);
  }
}

/// kill -9 at random moments: whole transactions only, and the next run goes on from there.
BOOST_AUTO_TEST_CASE(killed_writer_leaves_whole_transactions) {
  const TempDirectory directory;
  const std::string path = directory.file("log.db");
  must(open(path)->create_topics(bench_partitions));
  const unsigned seed = std::random_device()();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  int64_t before = 0;
  for (int round = 0; round < 10; ++round) {
    const int64_t enough = before + 1 + static_cast<int64_t>(random() % 40);
    ChildProcess child("sqlite_child/commit_for_ever", path);
    {
      const auto log = open(path);
      follow(*log, 1, static_cast<std::size_t>(enough * (charges_per_commit / 2)));
      child.kill();
    }
    const auto log = open(path);
    const std::size_t charges =
        read_all(*log, Topic::charges, 0).size() + read_all(*log, Topic::charges, 1).size();
    const int64_t position = must(lane_of(*log, "reader").transactions->committed(0)).position.value();
    BOOST_REQUIRE_EQUAL(static_cast<int64_t>(charges), position * charges_per_commit);
    BOOST_TEST(position > before);
    before = position;
  }
}

BOOST_AUTO_TEST_SUITE_END()
