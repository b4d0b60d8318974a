// Whatever step of the log fails, and whenever: once the work is done, charges, access records and rejects
// are those of an undisturbed run, byte by byte, and so is the state. A failure that ends the engine also
// costs its stores their power.
#include <boost/test/unit_test.hpp>
#include <random>

#include "tests/engine/world.h"

using namespace subledger;
using namespace subledger::test;

namespace {

struct Disturbance {
  MemoryStep step{};
  StepOutcome outcome{};
  bool committed_anyway = false;
};

/// One failure at the n-th call of a step, for every n that a run reaches; gives their number.
int survive(const Disturbance& what) {
  const Expected expected = undisturbed();
  for (int nth = 0;; ++nth) {
    BOOST_TEST_CONTEXT("call " << nth) {
      World world;
      world.append_work();
      world.broker.fail_next(what.step, what.outcome, what.committed_anyway, nth);
      const auto report = world.run();
      if (world.broker.calls(what.step) <= nth) return nth;
      if (!report || report->stopped_partitions > 0) {
        world.lose_power(static_cast<std::size_t>(nth % 4));
        run_until_done(world);
      }
      check_as_undisturbed(world, expected);
    }
  }
}

constexpr int records_least = 100;

}  // namespace

BOOST_AUTO_TEST_SUITE(exactly_once)

/// The measure itself: the work has everything in it.
BOOST_AUTO_TEST_CASE(undisturbed_work) {
  World world;
  world.append_work();
  const EngineReport report = world.run_to_end();
  BOOST_TEST(report.records >= uint64_t(records_least));
  BOOST_TEST(report.outputs == world.outputs().size());
  Counts counts;
  for (int32_t p = 0; p < 3; ++p) {
    const auto meta = meta_of(world.stores.disk(p));
    BOOST_REQUIRE(meta);
    BOOST_TEST(meta->position == world.end_of_events(p));
    BOOST_TEST(world.committed(p).value() == meta->position);
    BOOST_TEST(world.broker.committed("subledger", p).metadata == commit_note(*meta));
    BOOST_TEST(meta->catalogs == 2U);
    counts.accepted += meta->counts.accepted;
    counts.duplicates += meta->counts.duplicates;
    counts.rejected += meta->counts.rejected;
  }
  BOOST_TEST(counts.accepted + counts.duplicates + counts.rejected == report.records);
  BOOST_TEST(counts.accepted == 4U * 17 + 3 * 2);
  BOOST_TEST(counts.duplicates == 4U + 3);
  check_dense(world.broker, 3);
}

BOOST_AUTO_TEST_CASE(begin_aborted) { survive({MemoryStep::begin, StepOutcome::aborted}); }
BOOST_AUTO_TEST_CASE(begin_unknown) { survive({MemoryStep::begin, StepOutcome::unknown}); }
BOOST_AUTO_TEST_CASE(begin_lost) { survive({MemoryStep::begin, StepOutcome::lost}); }
BOOST_AUTO_TEST_CASE(begin_fenced) { survive({MemoryStep::begin, StepOutcome::fenced}); }
BOOST_AUTO_TEST_CASE(begin_fault) { BOOST_TEST(survive({MemoryStep::begin, StepOutcome::fault}) >= 15); }

BOOST_AUTO_TEST_CASE(produce_aborted) { survive({MemoryStep::produce, StepOutcome::aborted}); }
BOOST_AUTO_TEST_CASE(produce_unknown) { survive({MemoryStep::produce, StepOutcome::unknown}); }
BOOST_AUTO_TEST_CASE(produce_lost) { survive({MemoryStep::produce, StepOutcome::lost}); }
BOOST_AUTO_TEST_CASE(produce_fenced) { survive({MemoryStep::produce, StepOutcome::fenced}); }
BOOST_AUTO_TEST_CASE(produce_fault) { BOOST_TEST(survive({MemoryStep::produce, StepOutcome::fault}) >= 90); }

BOOST_AUTO_TEST_CASE(commit_aborted) { survive({MemoryStep::commit, StepOutcome::aborted}); }
BOOST_AUTO_TEST_CASE(commit_unknown) { survive({MemoryStep::commit, StepOutcome::unknown}); }
BOOST_AUTO_TEST_CASE(commit_unknown_and_in) { survive({MemoryStep::commit, StepOutcome::unknown, true}); }
BOOST_AUTO_TEST_CASE(commit_lost) { survive({MemoryStep::commit, StepOutcome::lost}); }
BOOST_AUTO_TEST_CASE(commit_fenced) { survive({MemoryStep::commit, StepOutcome::fenced}); }
BOOST_AUTO_TEST_CASE(commit_fault) { BOOST_TEST(survive({MemoryStep::commit, StepOutcome::fault}) >= 15); }

BOOST_AUTO_TEST_CASE(reset_failed) { BOOST_TEST(survive({MemoryStep::reset, StepOutcome::aborted}) == 1); }
BOOST_AUTO_TEST_CASE(reset_fenced) { BOOST_TEST(survive({MemoryStep::reset, StepOutcome::lost}) == 1); }
BOOST_AUTO_TEST_CASE(committed_failed) {
  BOOST_TEST(survive({MemoryStep::committed, StepOutcome::aborted}) == 3);
}
BOOST_AUTO_TEST_CASE(committed_fenced) {
  BOOST_TEST(survive({MemoryStep::committed, StepOutcome::lost}) == 3);
}
BOOST_AUTO_TEST_CASE(poll_failed) { BOOST_TEST(survive({MemoryStep::poll, StepOutcome::fault}) >= 15); }
BOOST_AUTO_TEST_CASE(poll_fenced) { BOOST_TEST(survive({MemoryStep::poll, StepOutcome::lost}) >= 15); }

/// What is not lost is not begun again: the lane keeps its partitions.
BOOST_AUTO_TEST_CASE(partitions_are_kept_unless_lost) {
  for (const StepOutcome outcome : {StepOutcome::aborted, StepOutcome::unknown, StepOutcome::lost}) {
    World world({.partitions = 1});
    world.append_work();
    world.broker.fail_next(MemoryStep::commit, outcome, false, 5);
    world.run_to_end();
    BOOST_TEST(world.watcher.seen().ready.size() == (outcome == StepOutcome::lost ? 2U : 1U));
  }
}

/// Several failures of any kind in one life, power cuts between its runs, lanes and their threads: by seed.
BOOST_AUTO_TEST_CASE(many_failures) {
  const Shape shape{.partitions = 4, .gaps = true, .subscribers = 6};
  const Expected expected = undisturbed(shape);
  for (unsigned seed = 1; seed <= 60; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      std::mt19937 random(seed);
      const auto below = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };
      World world(shape);
      world.append_work();
      world.options.lanes = 1 + static_cast<int>(below(3));
      world.options.chunk_records = 1 + below(40);
      world.options.persist_bytes = below(2) == 0 ? 1 : 20'000;
      world.options.threaded_commit = below(2) == 0;
      const std::array steps{MemoryStep::reset,  MemoryStep::begin,     MemoryStep::produce,
                             MemoryStep::commit, MemoryStep::committed, MemoryStep::poll};
      for (unsigned faults = below(8); faults > 0; --faults) {
        const MemoryStep step = steps.at(below(6));
        const auto outcome = static_cast<StepOutcome>(1 + below(5));
        const bool in = step == MemoryStep::commit && outcome == StepOutcome::unknown && below(2) == 0;
        world.broker.fail_next(step, outcome, in,
                               static_cast<int>(below(step == MemoryStep::produce ? 100 : 6)));
      }
      for (int runs = 0; runs < 20; ++runs) {
        const auto report = world.run();
        if (report && report->stopped_partitions == 0) break;
        world.lose_power(below(3));
      }
      check_as_undisturbed(world, expected);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
