// A chunk goes into the log exactly once, or the engine is told that it has not, whatever the log answers.
#include "engine/commit.h"

#include <boost/test/unit_test.hpp>
#include <utility>

#include "engine/committer.h"
#include "tests/engine/world.h"

using namespace subledger;
using namespace subledger::test;

namespace {

constexpr int64_t start = 10;
constexpr int64_t end = 15;
constexpr int begin_calls = 1;
constexpr int produce_calls = 3;

/// A writer of the log, and a chunk of three outputs that takes two partitions from `start` to `end`.
class Bench {
 public:
  Bench() {
    view_.tape = &tape;
    ports_ = std::move(*view_.open_lane({"group", "engine", 0, 1}));
    BOOST_REQUIRE(ports_.transactions->reset());
    tape.clear();
    for (uint64_t i = 1; i <= produce_calls; ++i) {
      chunk.outputs.add(
          {Topic::charges, 0, Timestamp{1'000}, i, "key", "value " + std::to_string(i), "id", ""});
    }
    for (const int32_t p : {0, 1}) {
      log.set_committed("group", p, {start, "before"});
      chunk.spans.push_back({start, {p, end, "note " + std::to_string(p)}});
    }
  }

  CommitResult commit() {
    return commit_chunk(*ports_.transactions, chunk, {[this](int tries, const std::string& why) {
      waits.push_back({tries, why});
      return tries < tries_max;
    }});
  }
  CommitOutcome outcome() { return commit().outcome; }
  void fail(MemoryStep step, StepOutcome how, bool committed_anyway = false, int skip = 0) {
    log.fail_next(step, how, committed_anyway, skip);
  }
  TransactionPort& transactions() { return *ports_.transactions; }

  std::size_t charges() const { return log.records(Topic::charges, 0).size(); }
  int64_t position(int32_t partition) const { return log.committed("group", partition).position.value_or(0); }
  bool is_in() const { return charges() == produce_calls && position(0) == end && position(1) == end; }
  bool is_out() const { return charges() == 0 && position(0) == start && position(1) == start; }

  MemoryLog log{{.partitions = 2, .now_micros = {}}};
  std::vector<std::string> tape;
  OutgoingChunk chunk;
  int tries_max = 100;
  std::vector<std::pair<int, std::string>> waits;

 private:
  LogView view_{log};
  LanePorts ports_;
};

constexpr std::array steps{MemoryStep::begin, MemoryStep::produce, MemoryStep::commit};

}  // namespace

BOOST_AUTO_TEST_SUITE(commit)

BOOST_AUTO_TEST_CASE(done_at_once) {
  Bench bench;
  BOOST_TEST((bench.outcome() == CommitOutcome::committed));
  BOOST_TEST(bench.is_in());
  BOOST_TEST(bench.log.committed("group", 1).metadata == "note 1");
  BOOST_TEST(bench.waits.empty());
  BOOST_TEST(bench.tape.size() == begin_calls + produce_calls + 1U);
}

/// Goal: a log that adds partitions to a transaction as it sees them is shown all of them at the beginning,
/// while each keeps its order.
BOOST_AUTO_TEST_CASE(firsts_of_partitions_go_ahead) {
  Bench bench;
  bench.chunk.outputs.add({Topic::access, 0, Timestamp{1'000}, 1, "key", "value 4", "id", ""});
  bench.chunk.outputs.add({Topic::charges, 1, Timestamp{1'000}, 1, "key", "value 5", "id", ""});
  bench.chunk.outputs.add({Topic::access, 0, Timestamp{1'000}, 2, "key", "value 6", "id", ""});
  BOOST_TEST((bench.outcome() == CommitOutcome::committed));
  std::string order;
  for (const std::string& line : bench.tape) {
    if (line.starts_with("produce")) order += line.at(line.size() - 2);  // before the quote
  }
  BOOST_TEST(order == "145236");
}

/// What an aborted try has sent is the beginning of what the next one sends.
BOOST_AUTO_TEST_CASE(aborted_sends_the_same_bytes_again) {
  for (const MemoryStep step : steps) {
    Bench bench;
    bench.fail(step, StepOutcome::aborted, false, step == MemoryStep::produce ? 2 : 0);
    BOOST_TEST((bench.outcome() == CommitOutcome::committed));
    BOOST_TEST(bench.is_in());
    BOOST_TEST(bench.waits.size() == 1U);
    const std::size_t second = bench.tape.size() - (begin_calls + produce_calls + 1U);
    const std::vector<std::string> first(bench.tape.begin(), bench.tape.begin() + std::ptrdiff_t(second));
    const std::vector<std::string> again(bench.tape.begin() + std::ptrdiff_t(second),
                                         bench.tape.begin() + std::ptrdiff_t(2 * second));
    BOOST_TEST(!first.empty());
    BOOST_TEST(first == again, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(aborted_many_times) {
  Bench bench;
  for (int i = 0; i < 9; ++i) bench.fail(MemoryStep::commit, StepOutcome::aborted);
  BOOST_TEST((bench.outcome() == CommitOutcome::committed));
  BOOST_TEST(bench.is_in());
  for (std::size_t i = 0; i < 9; ++i) BOOST_TEST(bench.waits.at(i).first == int(i) + 1);
}

BOOST_AUTO_TEST_CASE(unknown_but_committed) {
  Bench bench;
  bench.fail(MemoryStep::commit, StepOutcome::unknown, true);
  BOOST_TEST((bench.outcome() == CommitOutcome::committed));
  BOOST_TEST(bench.is_in());
  BOOST_TEST(bench.tape.back() == "reset");
}

BOOST_AUTO_TEST_CASE(unknown_and_not_committed) {
  for (const MemoryStep step : steps) {
    Bench bench;
    bench.fail(step, StepOutcome::unknown);
    BOOST_TEST((bench.outcome() == CommitOutcome::committed));
    BOOST_TEST(bench.is_in());
  }
}

BOOST_AUTO_TEST_CASE(unknown_twice) {
  Bench bench;
  bench.fail(MemoryStep::commit, StepOutcome::unknown, false);
  bench.fail(MemoryStep::commit, StepOutcome::unknown, true);
  BOOST_TEST((bench.outcome() == CommitOutcome::committed));
  BOOST_TEST(bench.is_in());
}

/// The first chunk of a new group: nothing is committed before it.
BOOST_AUTO_TEST_CASE(unknown_of_the_first_chunk) {
  for (const bool committed_anyway : {false, true}) {
    Bench bench;
    bench.chunk.spans = {{std::nullopt, {0, end, ""}}};
    bench.log.set_committed("group", 0, {});
    bench.fail(MemoryStep::commit, StepOutcome::unknown, committed_anyway);
    BOOST_TEST((bench.outcome() == CommitOutcome::committed));
    BOOST_TEST(bench.charges() == std::size_t(produce_calls));
  }
}

BOOST_AUTO_TEST_CASE(unknown_while_the_log_does_not_answer) {
  for (const bool committed_anyway : {false, true}) {
    Bench bench;
    bench.fail(MemoryStep::commit, StepOutcome::unknown, committed_anyway);
    for (int i = 0; i < 3; ++i) bench.fail(MemoryStep::reset, StepOutcome::aborted);
    for (int i = 0; i < 2; ++i) bench.fail(MemoryStep::committed, StepOutcome::aborted);
    BOOST_TEST((bench.outcome() == CommitOutcome::committed));
    BOOST_TEST(bench.is_in());
    BOOST_TEST(bench.waits.size() == 1U + 3 + 2);
    BOOST_TEST(bench.waits.back().first == 6);
  }
}

/// Somebody else has moved the group on, or back.
BOOST_AUTO_TEST_CASE(unknown_and_positions_neither_start_nor_end) {
  for (const int64_t other : {start - 1, start + 1, end + 1}) {
    Bench bench;
    bench.fail(MemoryStep::commit, StepOutcome::unknown);
    bench.log.set_committed("group", 1, {other, "another's"});
    const CommitResult result = bench.commit();
    BOOST_TEST((result.outcome == CommitOutcome::lost));
    BOOST_TEST(mentions(result.message, "partition 1 to 15"));
    BOOST_TEST(bench.charges() == 0U);
  }
}

/// One partition at its end and one at its start is no state that this chunk can have left.
BOOST_AUTO_TEST_CASE(unknown_and_half_committed) {
  Bench bench;
  bench.fail(MemoryStep::commit, StepOutcome::unknown);
  bench.log.set_committed("group", 0, {end, "another's"});
  BOOST_TEST((bench.outcome() == CommitOutcome::lost));
  BOOST_TEST(bench.charges() == 0U);
}

BOOST_AUTO_TEST_CASE(final_outcomes) {
  const std::array expected{std::pair{StepOutcome::lost, CommitOutcome::lost},
                            std::pair{StepOutcome::fenced, CommitOutcome::fenced},
                            std::pair{StepOutcome::fault, CommitOutcome::fault}};
  for (const auto& [step_outcome, commit_outcome] : expected) {
    for (const MemoryStep step : steps) {
      Bench bench;
      bench.fail(step, step_outcome);
      const CommitResult result = bench.commit();
      BOOST_TEST((result.outcome == commit_outcome));
      BOOST_TEST(!result.message.empty());
      BOOST_TEST(bench.waits.empty());
      BOOST_TEST(bench.is_out());
    }
  }
}

BOOST_AUTO_TEST_CASE(fenced_while_finding_out) {
  Bench bench;
  bench.fail(MemoryStep::commit, StepOutcome::unknown, true);
  bench.fail(MemoryStep::reset, StepOutcome::lost);  // which the log in memory tells as a fenced fault
  BOOST_TEST((bench.outcome() == CommitOutcome::fenced));
}

/// A newer writer of the same name has come meanwhile.
BOOST_AUTO_TEST_CASE(fenced_by_a_namesake) {
  Bench bench;
  LogView other(bench.log);
  const auto namesake = other.open_lane({"group", "engine", 0, 1});
  BOOST_REQUIRE(namesake->transactions->reset());
  BOOST_TEST((bench.outcome() == CommitOutcome::fenced));
  BOOST_TEST(bench.is_out());
}

BOOST_AUTO_TEST_CASE(given_up_when_asked_to_stop) {
  Bench aborted;
  aborted.tries_max = 0;
  aborted.fail(MemoryStep::commit, StepOutcome::aborted);
  BOOST_TEST((aborted.outcome() == CommitOutcome::given_up));
  BOOST_TEST(aborted.is_out());

  Bench unknown;
  unknown.tries_max = 3;
  unknown.fail(MemoryStep::commit, StepOutcome::unknown, true);
  for (int i = 0; i < 5; ++i) unknown.fail(MemoryStep::reset, StepOutcome::aborted);
  const CommitResult result = unknown.commit();
  BOOST_TEST((result.outcome == CommitOutcome::given_up));
  BOOST_TEST(!result.message.empty());
  BOOST_TEST(unknown.waits.size() == 3U);
}

BOOST_AUTO_TEST_CASE(committer_hands_chunks_over_and_back) {
  for (const bool threaded : {false, true}) {
    Bench bench;
    Committer committer(bench.transactions(), {[](int, const std::string&) { return true; }}, threaded);
    BOOST_TEST(committer.idle());
    BOOST_TEST(!committer.take(0));
    auto chunk = std::make_unique<OutgoingChunk>(bench.chunk);
    const OutgoingChunk* sent = chunk.get();
    committer.submit(std::move(chunk));
    BOOST_TEST(!committer.idle());
    const auto finished = committer.take(-1);
    BOOST_REQUIRE(finished);
    BOOST_TEST((finished->result.outcome == CommitOutcome::committed));
    BOOST_TEST(finished->chunk.get() == sent);
    BOOST_TEST(committer.idle());
    BOOST_TEST(bench.is_in());
  }
}

/// A chunk that was submitted is not forgotten by an end.
BOOST_AUTO_TEST_CASE(committer_ends_after_its_chunk) {
  Bench bench;
  {
    Committer committer(bench.transactions(), {[](int, const std::string&) { return true; }}, true);
    committer.submit(std::make_unique<OutgoingChunk>(bench.chunk));
  }
  BOOST_TEST(bench.is_in());
}

BOOST_AUTO_TEST_SUITE_END()
