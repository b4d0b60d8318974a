// Partitions come and go: what is applied stands in the log once, whoever applied it.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/engine/world.h"

using namespace subledger;
using namespace subledger::test;

namespace {

std::size_t count(const std::vector<int32_t>& partitions, int32_t partition) {
  return static_cast<std::size_t>(std::ranges::count(partitions, partition));
}

/// Everything in the log has been committed, by whomever.
bool all_committed(const World& world) {
  for (int32_t p = 0; p < world.shape.partitions; ++p) {
    if (world.committed(p) != world.end_of_events(p)) return false;
  }
  return true;
}

/// Runs the instance until the partition is done. Not until the end: that would wait for the first owner too.
void work_off(Instance& instance, const World& world, int32_t partition) {
  instance.options.until_end = false;
  instance.start();
  instance.watcher.await([&](const auto& seen) {
    return !seen.ready.empty() && world.committed(partition) == world.end_of_events(partition);
  });
  BOOST_TEST(instance.stop_run().has_value());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ownership)

/// Asked back in the middle of the work, and given again at once.
BOOST_AUTO_TEST_CASE(revoked_and_given_back) {
  const Expected expected = undisturbed();
  for (const bool threaded : {false, true}) {
    for (const int after : {1, 4, 9}) {
      World world;
      world.append_work();
      world.options.threaded_commit = threaded;
      world.watcher.on_chunk = [&](int chunks) {
        if (chunks == after) world.broker.take(1, true);
      };
      bool given = false;
      world.watcher.on_released = [&](int32_t partition) {
        if (partition == 1 && !std::exchange(given, true)) world.broker.give(1);
      };
      world.run_to_end();
      BOOST_TEST(given);
      check_as_undisturbed(world, expected);
      BOOST_TEST(count(world.watcher.seen().released, 1) == 2U);
    }
  }
}

/// What was applied before is committed and persisted while the partition is still held, an open chunk too.
BOOST_AUTO_TEST_CASE(revoked_leaves_nothing_to_repeat) {
  World world;
  world.append_work();
  world.options.chunk_records = 200;
  world.options.chunk_ms = 3'600'000;
  world.options.persist_bytes = SIZE_MAX;
  world.options.persist_ms = 3'600'000;
  world.log.poll_records_max = 100;
  world.log.before_poll = [&](int poll) {
    if (poll == 2) world.broker.take(1, true);
  };
  bool given = false;
  world.watcher.on_released = [&](int32_t partition) {
    if (partition != 1 || std::exchange(given, true)) return;
    const int64_t position = meta_of(world.stores.disk(1)).value_or(Meta{}).position;
    BOOST_TEST(position > 0);
    BOOST_TEST(position == world.committed(1).value_or(-1));
    BOOST_TEST(world.stores.disk(1).unflushed_writes() == 0U);
    world.broker.give(1);
  };
  world.run_to_end();
  BOOST_TEST(given);
  check_as_undisturbed(world, undisturbed());
}

/// The disk is full just then: the group is not kept waiting; what is not persisted is replayed.
BOOST_AUTO_TEST_CASE(revoked_while_the_disk_is_full) {
  World world;
  world.append_work();
  world.options.persist_bytes = SIZE_MAX;
  world.options.persist_ms = 3'600'000;
  bool full = false;
  world.stores.before_write = [&](int32_t) -> std::optional<Fault> {
    if (!full) return std::nullopt;
    return Fault{Fault::Kind::full, "no space left"};
  };
  world.watcher.on_chunk = [&](int chunks) {
    if (chunks != 5) return;
    full = true;
    world.broker.take(1, true);
  };
  bool given = false;
  world.watcher.on_released = [&](int32_t partition) {
    if (partition != 1 || std::exchange(given, true)) return;
    full = false;
    world.broker.give(1);
  };
  world.run_to_end();
  BOOST_TEST(given);
  BOOST_TEST(world.watcher.seen().waits.size() == 1U);
  check_as_undisturbed(world, undisturbed());
}

/// Somebody else has it before the chunk under way is in: the chunk is dropped whole, and repeated.
BOOST_AUTO_TEST_CASE(lost_with_a_chunk_under_way) {
  const Expected expected = undisturbed();
  for (const bool threaded : {false, true}) {
    for (int nth = 1; nth <= 14; ++nth) {
      World world;
      world.append_work();
      world.options.threaded_commit = threaded;
      bool lost = false;
      world.log.before_commit = [&](int commit) {
        for (int32_t p = 0; p < 3 && commit == nth; ++p) world.broker.take(p, false);
      };
      world.log.after_commit = [&](int commit, const StepResult& result) {
        if (commit != nth) return;
        lost = result.outcome == StepOutcome::lost;
        for (int32_t p = 0; p < 3; ++p) world.broker.give(p);
      };
      world.run_to_end();
      BOOST_TEST(lost);
      check_as_undisturbed(world, expected);
    }
  }
}

/// Told by the poll, with records applied that no chunk has carried yet.
BOOST_AUTO_TEST_CASE(lost_with_an_open_chunk) {
  const Expected expected = undisturbed();
  for (int nth = 2; nth <= 8; ++nth) {
    World world;
    world.append_work();
    world.options.chunk_records = 50;
    world.log.poll_records_max = 25;
    world.options.chunk_ms = 3'600'000;
    world.log.before_poll = [&](int poll) {
      if (poll == nth) world.broker.take(1, false);
      if (poll == nth + 1) world.broker.give(1);
    };
    world.run_to_end();
    check_as_undisturbed(world, expected);
  }
}

/// The later of two instances with one name goes on, the earlier ends.
BOOST_AUTO_TEST_CASE(two_with_one_name) {
  const Expected expected = undisturbed();
  for (int nth = 1; nth <= 14; ++nth) {
    World world;
    world.append_work();
    Instance namesake(world.broker);
    world.log.before_commit = [&](int commit) {
      if (commit == nth) namesake.run_to_end();
    };
    const auto ended = world.run();
    BOOST_REQUIRE(!ended);
    BOOST_TEST((ended.error().kind == Fault::Kind::fenced));
    BOOST_TEST(mentions(ended.error().message, "took over"));
    BOOST_TEST(world.outputs() == expected.outputs, boost::test_tools::per_element());
    BOOST_TEST(states_of(namesake.stores, 3) == expected.states, boost::test_tools::per_element());
  }
}

/// Also where both run at once, with lanes and threads, and work comes all the while.
BOOST_AUTO_TEST_CASE(two_with_one_name_at_once) {
  World world;
  world.append_work();
  Instance namesake(world.broker);
  for (Instance* each : std::initializer_list<Instance*>{&world, &namesake}) {
    each->options.until_end = false;
    each->options.lanes = 2;
    each->options.threaded_commit = true;
  }
  world.start();
  // All its lanes are up: one that came later than the namesake's would fence that one.
  world.watcher.await([](const auto& seen) { return seen.ready.size() == 3 && !seen.chunk_records.empty(); });
  namesake.start();
  namesake.watcher.await([](const auto& seen) { return seen.ready.size() == 3; });
  for (int i = 0; i < 40; ++i) {
    world.append(
        event_json(i, "payment_received", subscriber_name(i % 8), R"(,"money":"1.00","reference":"x")"));
  }
  const auto first = world.await_end();
  BOOST_REQUIRE(!first);
  BOOST_TEST((first.error().kind == Fault::Kind::fenced));
  namesake.watcher.await([&](const auto&) { return all_committed(world); });
  BOOST_TEST(namesake.stop_run().has_value());
  check_dense(world.broker, 3);
  Instance alone(world.broker);
  alone.run_to_end();
  BOOST_TEST(states_of(alone.stores, 3) == states_of(namesake.stores, 3), boost::test_tools::per_element());
}

/// A partition goes from one instance to another in order, in the middle of the work.
BOOST_AUTO_TEST_CASE(handed_over_to_another) {
  const Expected expected = undisturbed();
  for (int nth = 1; nth <= 9; nth += 4) {
    Group group(3, "engine");
    World world({}, &group);
    world.append_work();
    Instance other(world.broker, &group, "other");
    world.options.until_end = false;
    other.options.until_end = false;
    world.watcher.on_chunk = [&](int chunks) {
      if (chunks == nth) group.hand_over(1, "other");
    };
    world.start();
    other.start();
    other.watcher.await([](const auto& seen) { return !seen.ready.empty(); });
    BOOST_TEST(count(world.watcher.seen().released, 1) == 1U);
    other.watcher.await([&](const auto&) { return world.committed(1) == world.end_of_events(1); });
    world.watcher.await([&](const auto&) { return all_committed(world); });
    BOOST_TEST(other.stop_run().has_value());
    BOOST_TEST(world.stop_run().has_value());
    BOOST_TEST(world.outputs() == expected.outputs, boost::test_tools::per_element());
    BOOST_TEST(states_of(other.stores, 3).at(1) == expected.states.at(1));
    for (const std::size_t p : {0U, 2U}) BOOST_TEST(world.states().at(p) == expected.states.at(p));
  }
}

/// The first owner has slept through the change, and wakes within a commit: nothing of it appears twice.
BOOST_AUTO_TEST_CASE(taken_away_by_another) {
  const Expected expected = undisturbed();
  for (int nth = 1; nth <= 14; ++nth) {
    Group group(3, "engine");
    World world({}, &group);
    world.append_work();
    Instance other(world.broker, &group, "other");
    world.log.before_commit = [&](int commit) {
      if (commit != nth) return;
      group.take_away(1, "other");
      work_off(other, world, 1);
    };
    world.run_to_end();
    other.options.until_end = true;  // its store may still be behind
    other.run_to_end();
    BOOST_TEST(world.outputs() == expected.outputs, boost::test_tools::per_element());
    BOOST_TEST(states_of(other.stores, 3).at(1) == expected.states.at(1));
    for (const std::size_t p : {0U, 2U}) BOOST_TEST(world.states().at(p) == expected.states.at(p));
  }
}

/// A run until the end waits for partitions that it does not hold: of a member that is gone, or another's.
BOOST_AUTO_TEST_CASE(until_the_end_of_all_partitions) {
  Group group(3, "engine");
  group.take_away(1, "other");
  World world({}, &group);
  world.append_work();
  Instance other(world.broker, &group, "other");
  world.log.before_position_of = [&](int32_t partition) {
    world.watcher.waiting(0, "for " + std::to_string(partition));
  };
  world.start();
  world.watcher.await([](const auto& seen) { return !seen.waits.empty() || !seen.released.empty(); });
  BOOST_REQUIRE(world.watcher.seen().released.empty());
  BOOST_TEST(world.watcher.seen().waits.front() == "for 1");
  for (const int32_t p : {0, 2}) BOOST_TEST((world.committed(p) == world.end_of_events(p)));
  work_off(other, world, 1);
  BOOST_TEST(world.await_end().has_value());
  for (int32_t p = 0; p < 3; ++p) BOOST_TEST((world.committed(p) == world.end_of_events(p)));
}

/// There and back again: the first owner's store is behind by what the other did, and follows.
BOOST_AUTO_TEST_CASE(taken_away_and_given_back) {
  const Expected expected = undisturbed();
  Group group(3, "engine");
  World world({}, &group);
  world.append_work();
  Instance other(world.broker, &group, "other");
  world.log.before_commit = [&](int commit) {
    if (commit != 3) return;
    group.take_away(1, "other");
    work_off(other, world, 1);
    group.take_away(1, "engine");
  };
  world.run_to_end();
  BOOST_TEST(world.watcher.seen().replayed[1] > 0U);
  check_as_undisturbed(world, expected);
}

/// Fenced already when it asks where to begin.
BOOST_AUTO_TEST_CASE(fenced_while_taking_partitions) {
  World world;
  world.append_work();
  world.broker.fail_next(MemoryStep::committed, StepOutcome::lost, false, 1);  // told as a fenced fault
  const auto ended = world.run();
  BOOST_REQUIRE(!ended);
  BOOST_TEST((ended.error().kind == Fault::Kind::fenced));
  BOOST_TEST(world.watcher.seen().stopped.empty());
}

/// A stopped partition stays stopped when the lane begins again for another's sake, and the engine goes on.
BOOST_AUTO_TEST_CASE(stopped_partition_through_a_restart) {
  World world;
  world.append_work();
  world.stores.before_open = [](int32_t partition) -> std::optional<Fault> {
    if (partition != 1) return std::nullopt;
    return Fault{Fault::Kind::failed, "the disk is broken"};
  };
  world.broker.fail_next(MemoryStep::commit, StepOutcome::lost, false, 3);
  world.broker.fail_next(MemoryStep::commit, StepOutcome::lost, false, 2);
  const auto report = world.run();
  BOOST_REQUIRE(report);
  BOOST_TEST(report->stopped_partitions == 1);
  for (const int32_t p : {0, 2}) BOOST_TEST((world.committed(p) == world.end_of_events(p)));
}

/// Between two assignments a lane has no partitions: no reason to end, though another partition is stopped.
BOOST_AUTO_TEST_CASE(restart_beside_a_stopped_partition) {
  World world;
  world.append_work();
  world.options.until_end = false;
  world.stores.before_open = [](int32_t partition) -> std::optional<Fault> {
    if (partition != 1) return std::nullopt;
    return Fault{Fault::Kind::failed, "the disk is broken"};
  };
  int restarted_at = 0;
  int polls = 0;
  world.log.before_poll = [&](int poll) {
    polls = poll;
    // Time for an engine that is wrong to end; a right one does not care.
    if (restarted_at == poll) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  };
  world.log.after_commit = [&](int, const StepResult& result) {
    if (result.outcome == StepOutcome::lost) restarted_at = polls + 1;
  };
  world.broker.fail_next(MemoryStep::commit, StepOutcome::lost, false, 3);
  const auto done = [&](int32_t p) { return world.committed(p) == world.end_of_events(p); };
  world.watcher.on_chunk = [&](int) {
    if (done(0) && done(2)) world.stop = true;
  };
  BOOST_TEST(world.run().has_value());
  BOOST_TEST(restarted_at > 0);
  BOOST_TEST(done(0));
  BOOST_TEST(done(2));
}

BOOST_AUTO_TEST_SUITE_END()
