// The log in memory keeps the contract, also with gaps in its offsets, and fails as it is told to.
#include "tests/support/memory_log.h"

#include <array>
#include <boost/test/unit_test.hpp>

#include "tests/connectors/log_contract.h"

using namespace subledger;
using namespace subledger::test;

namespace {

class MemoryBench : public LogBench {
 public:
  explicit MemoryBench(bool gaps = false)
      : log({.partitions = bench_partitions,
             .now_micros = [this] { return now_ms * 1'000 + 999; },
             .offset_gaps = gaps}) {}
  Log& open_run() override { return log; }

  MemoryLog log;
};

class GapBench : public MemoryBench {
 public:
  GapBench() : MemoryBench(true) {}
};

StepOutcome commit(TransactionPort& transactions, int64_t position, const char* value = "charge") {
  must(transactions.begin());
  const StepResult produced = transactions.produce(charge(0, value));
  if (produced.outcome != StepOutcome::done) return produced.outcome;
  const std::array updates{PositionUpdate{0, position, ""}};
  return transactions.commit(updates).outcome;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory_log)
SUBLEDGER_LOG_CONTRACT(MemoryBench)

BOOST_AUTO_TEST_CASE(unknown_commit_that_happened) {
  MemoryBench bench;
  const LanePorts lane = lane_of(bench.log, "a");
  must(lane.transactions->reset());
  bench.log.fail_next(MemoryStep::commit, StepOutcome::unknown, true);
  BOOST_TEST((commit(*lane.transactions, 1) == StepOutcome::unknown));
  BOOST_TEST((lane.transactions->begin().outcome == StepOutcome::fault));
  must(lane.transactions->reset());
  BOOST_TEST(must(lane.transactions->committed(0)).position.value() == 1);
  BOOST_TEST(bench.log.records(Topic::charges, 0).size() == 1U);
}

BOOST_AUTO_TEST_CASE(unknown_commit_that_did_not_happen) {
  MemoryBench bench;
  const LanePorts lane = lane_of(bench.log, "a");
  must(lane.transactions->reset());
  bench.log.fail_next(MemoryStep::commit, StepOutcome::unknown);
  BOOST_TEST((commit(*lane.transactions, 1) == StepOutcome::unknown));
  must(lane.transactions->reset());
  BOOST_TEST(!must(lane.transactions->committed(0)).position);
  BOOST_TEST(bench.log.records(Topic::charges, 0).empty());
}

/// After `aborted` the same bytes go out again in a new transaction.
BOOST_AUTO_TEST_CASE(aborted_steps) {
  for (const MemoryStep step : {MemoryStep::produce, MemoryStep::commit}) {
    MemoryBench bench;
    const LanePorts lane = lane_of(bench.log, "a");
    must(lane.transactions->reset());
    bench.log.fail_next(step, StepOutcome::aborted, false, 1);
    BOOST_TEST((commit(*lane.transactions, 1) == StepOutcome::done));
    BOOST_TEST((commit(*lane.transactions, 2) == StepOutcome::aborted));
    BOOST_TEST(must(lane.transactions->committed(0)).position.value() == 1);
    BOOST_TEST((commit(*lane.transactions, 2) == StepOutcome::done));
    BOOST_TEST(bench.log.records(Topic::charges, 0).size() == 2U);
  }
}

BOOST_AUTO_TEST_CASE(taken_partition) {
  MemoryBench bench;
  const LanePorts lane = lane_of(bench.log, "a");
  Listener listener(*lane.source);
  must(lane.transactions->reset());
  must(lane.source->poll(0, 1, listener));
  BOOST_TEST(listener.now.size() == 4U);
  bench.log.take(0, true);
  BOOST_TEST((commit(*lane.transactions, 1) == StepOutcome::done));  // revoked is not told yet
  must(lane.source->poll(0, 1, listener));
  BOOST_TEST(listener.all_revoked == std::vector<int32_t>{0}, boost::test_tools::per_element());
  BOOST_TEST((commit(*lane.transactions, 2) == StepOutcome::lost));
  bench.log.give(0);
  must(lane.source->poll(0, 1, listener));
  must(lane.transactions->reset());
  bench.log.take(0, false);
  BOOST_TEST((commit(*lane.transactions, 2) == StepOutcome::lost));
  must(lane.source->poll(0, 1, listener));
  BOOST_TEST(listener.all_lost == std::vector<int32_t>{0}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(truncated_log) {
  MemoryBench bench;
  for (int i = 0; i < 3; ++i) append_event(bench.log, 0, std::to_string(i));
  bench.log.drop_before(Topic::events, 0, 2);
  const LanePorts lane = lane_of(bench.log, "a");
  Listener listener(*lane.source);
  BOOST_TEST(!lane.source->poll(0, 10, listener).has_value());
  BOOST_TEST(must(lane.source->range(0)).first == 2);
  must(lane.source->seek(0, 2));
  BOOST_TEST(must(lane.source->poll(0, 10, listener)).size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(memory_log_with_gaps)
SUBLEDGER_LOG_CASE(GapBench, transaction)
SUBLEDGER_LOG_CASE(GapBench, abort)
SUBLEDGER_LOG_CASE(GapBench, fencing)
SUBLEDGER_LOG_CASE(GapBench, atomic_writer)
SUBLEDGER_LOG_CASE(GapBench, lanes_commit_at_once)

/// The end of a transaction takes an offset that no record has; a reader passes it all the same.
BOOST_AUTO_TEST_CASE(passed_at_the_end) {
  GapBench bench;
  const LanePorts lane = lane_of(bench.log, "a");
  must(lane.transactions->reset());
  must(lane.transactions->begin());
  must(lane.transactions->produce(charge(0, "aborted")));
  must(lane.transactions->abort());
  BOOST_TEST((commit(*lane.transactions, 1, "one") == StepOutcome::done));
  BOOST_TEST((commit(*lane.transactions, 2, "two") == StepOutcome::done));
  const auto reader = must(bench.log.open_reader(Topic::charges));
  must(reader->seek(Topic::charges, 0, 0));
  const OffsetRange range = must(reader->range(Topic::charges, 0));
  BOOST_TEST(range.end == 6);
  const auto records = must(reader->poll(0, 10));
  BOOST_REQUIRE_EQUAL(records.size(), 2U);
  BOOST_TEST(records[0].offset == 2);
  BOOST_TEST(records[1].offset == 4);
  BOOST_TEST(reader->passed(0, range.end));
}

BOOST_AUTO_TEST_SUITE_END()
