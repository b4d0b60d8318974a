// What grows has a bound, and no bound changes a result: chunks by count, bytes and age, the cache of
// accounts, rows that wait for a full disk, and the time that a stop may take.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "engine/lane.h"
#include "engine/partition.h"
#include "tests/engine/world.h"

using namespace subledger;
using namespace subledger::test;

namespace {

constexpr int for_ever_ms = 3'600'000;

uint64_t largest(const std::vector<uint64_t>& sizes) { return std::ranges::max(sizes); }

/// Everything is persisted at the end alone.
void persist_late(EngineOptions& options) {
  options.persist_bytes = SIZE_MAX;
  options.persist_ms = for_ever_ms;
}

Fault disk_full() { return {Fault::Kind::full, "no space left on the disk"}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(bounds)

BOOST_AUTO_TEST_CASE(chunk_closes_by_count) {
  World world;
  world.append_work();
  world.options.chunk_records = 10;
  const uint64_t records = world.run_to_end().records;
  const auto sizes = world.watcher.seen().chunk_records;
  BOOST_TEST(sizes.size() == (records + 9) / 10);
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) BOOST_TEST(sizes[i] == 10U);
}

BOOST_AUTO_TEST_CASE(chunk_closes_by_bytes) {
  World world;
  world.append_work();
  world.options.chunk_records = 10'000;
  world.options.chunk_bytes = 1;
  world.run_to_end();
  for (const uint64_t outputs : world.watcher.seen().chunk_outputs) {
    BOOST_TEST(outputs <= 2U);  // those of one record: a charge and an access record
  }
  check_as_undisturbed(world, undisturbed());
}

/// Half a chunk comes at a time, without a pause.
BOOST_AUTO_TEST_CASE(chunk_closes_by_age) {
  for (const int chunk_ms : {0, for_ever_ms}) {
    World world;
    world.append_work();
    world.options.chunk_records = 20;
    world.options.chunk_ms = chunk_ms;
    world.log.poll_records_max = 10;
    world.run_to_end();
    BOOST_TEST(largest(world.watcher.seen().chunk_records) == (chunk_ms == 0 ? 10U : 20U));
  }
}

/// Goal: charges are late by a commit, not by a chunk's age, as long as the lane keeps up.
BOOST_AUTO_TEST_CASE(chunk_closes_before_its_age_unless_much_comes) {
  World world;
  world.append_work();
  world.options.chunk_records = 20;
  world.options.chunk_ms = for_ever_ms;
  world.log.poll_records_max = 9;
  world.run_to_end();
  BOOST_TEST(largest(world.watcher.seen().chunk_records) == 9U);
}

/// Much is what fills half of the room that is left.
BOOST_AUTO_TEST_CASE(chunk_with_little_room_is_filled) {
  World world;
  world.append_work();
  world.options.chunk_records = 20;
  world.options.chunk_ms = for_ever_ms;
  world.log.before_poll = [&](int poll) { world.log.poll_records_max = poll == 2 ? 3 : 15; };
  world.run_to_end();
  BOOST_TEST(world.watcher.seen().chunk_records.front() == 20U);  // 15, 3 and 2
}

/// What the log would make wait is not closed either, until it is full.
BOOST_AUTO_TEST_CASE(chunk_waits_until_the_log_has_settled) {
  World world;
  world.append_work();
  world.options.chunk_records = 20;
  world.options.chunk_ms = 0;
  world.log.poll_records_max = 3;
  world.log.settling_ms = for_ever_ms;
  world.watcher.on_chunk = [&](int chunks) {
    if (chunks == 3) world.stop = true;
  };
  BOOST_TEST(world.run().has_value());
  const auto sizes = world.watcher.seen().chunk_records;
  BOOST_REQUIRE(sizes.size() >= 3U);
  BOOST_TEST(sizes[0] == 3U);
  BOOST_TEST(sizes[1] == 20U);
  BOOST_TEST(sizes[2] == 20U);
}

/// A chunk that nothing is added to does not wait for its age.
BOOST_AUTO_TEST_CASE(chunk_closes_when_nothing_comes) {
  World world;
  world.append_work();
  world.options.chunk_records = 10'000;
  world.options.chunk_ms = for_ever_ms;
  world.options.until_end = false;
  world.watcher.on_chunk = [&](int) { world.stop = true; };
  BOOST_TEST(world.run().has_value());
  BOOST_TEST(world.outputs() == undisturbed().outputs, boost::test_tools::per_element());
}

/// Any chunk size, number of lanes, threads, cache and time of persisting give the same bytes.
BOOST_AUTO_TEST_CASE(no_bound_changes_a_result) {
  const Shape shape{.partitions = 5, .gaps = true, .subscribers = 12};
  const Expected expected = undisturbed(shape);
  for (const int lanes : {1, 3, 8}) {
    for (const std::size_t chunk_records : {1U, 13U, 10'000U}) {
      for (const std::size_t accounts_max : {0U, 1U, 1'000'000U}) {
        for (const bool late : {false, true}) {
          World world(shape);
          world.append_work();
          world.options.lanes = lanes;
          world.options.chunk_records = chunk_records;
          world.options.accounts_max = accounts_max;
          world.options.threaded_commit = lanes != 1;
          if (late) persist_late(world.options);
          world.run_to_end();
          check_as_undisturbed(world, expected);
        }
      }
    }
  }
}

/// The lane of a full disk stops reading, so that nothing grows, and goes on when there is space.
BOOST_AUTO_TEST_CASE(full_disk_is_waited_for) {
  for (const bool threaded : {false, true}) {
    World world;
    world.append_work();
    world.options.threaded_commit = threaded;
    int refused = 0;
    int64_t commits = 0;
    int polls = 0;
    int polls_while_full = 0;
    world.log.before_poll = [&](int poll) { polls = poll; };
    world.stores.before_write = [&](int32_t) -> std::optional<Fault> {
      if (world.watcher.seen().chunk_records.size() < 4 || refused == 3) return std::nullopt;
      if (refused == 0) {
        commits = world.broker.calls(MemoryStep::commit);
        polls_while_full = polls;
      }
      ++refused;
      BOOST_TEST(polls == polls_while_full);
      BOOST_TEST(world.broker.calls(MemoryStep::commit) <= commits + 1);  // the one under way
      return disk_full();
    };
    world.run_to_end();
    BOOST_TEST(refused == 3);
    const auto waits = world.watcher.seen().waits;
    BOOST_TEST(waits.size() == 3U);
    for (const std::string& why : waits) BOOST_TEST(mentions(why, "no space left on the disk"));
    check_as_undisturbed(world, undisturbed());
  }
}

/// The same while a lost store is rebuilt.
BOOST_AUTO_TEST_CASE(full_disk_during_a_replay) {
  World world;
  world.append_work();
  world.run_to_end();
  for (int32_t p = 0; p < 3; ++p) world.stores.disk(p).set_rows({});
  int refused = 0;
  world.stores.before_write = [&](int32_t) -> std::optional<Fault> {
    return ++refused <= 2 ? std::optional(disk_full()) : std::nullopt;
  };
  world.run_to_end();
  BOOST_TEST(world.watcher.seen().waits.size() == 2U);
  check_as_undisturbed(world, undisturbed());
}

/// A disk that stays full does not keep a stopped engine; what the store lacks, the next run replays.
BOOST_AUTO_TEST_CASE(stop_while_the_disk_is_full) {
  World world;
  world.append_work();
  bool full = true;
  world.stores.before_write = [&](int32_t) { return full ? std::optional(disk_full()) : std::nullopt; };
  world.watcher.on_waiting = [&](const std::string&) { world.stop = true; };
  const auto report = world.run();
  BOOST_REQUIRE(report);
  BOOST_TEST(report->stopped_partitions > 0);
  full = false;
  world.stop = false;
  Expected expected = undisturbed();
  BOOST_TEST(world.run().value().stopped_partitions == 0);
  check_as_undisturbed(world, expected);
}

/// Any fault of a disk but a full one stops its partition.
BOOST_AUTO_TEST_CASE(broken_disk_is_not_waited_for) {
  World world;
  world.append_work();
  world.stores.disk(1).fail_write(2, true);
  const auto report = world.run();
  BOOST_REQUIRE(report);
  BOOST_TEST(report->stopped_partitions == 1);
  BOOST_TEST(world.watcher.seen().waits.empty());
  for (const int32_t p : {0, 2}) BOOST_TEST((world.committed(p) == world.end_of_events(p)));
}

/// Records that leave no rows behind still move the store, or a partition of rejects would keep every chunk
/// for ever.
BOOST_AUTO_TEST_CASE(rejects_alone_move_the_store) {
  World world({.partitions = 1, .gaps = false, .subscribers = 1});
  for (int i = 0; i < 70; ++i) world.append_raw(0, "7", "rubbish");
  world.broker.fail_next(MemoryStep::commit, StepOutcome::fault, false, 8);
  BOOST_TEST(world.run().value().stopped_partitions == 1);
  BOOST_TEST(meta_of(world.stores.disk(0)).value_or(Meta{}).position >= 7 * 7);
}

/// Accounts that were only looked at, as those of refused events, count as what waits: it is persisting that
/// frees them.
BOOST_AUTO_TEST_CASE(accounts_looked_at_count) {
  constexpr int subscribers = 100;
  World world({.partitions = 1, .gaps = false, .subscribers = 1});
  for (int i = 0; i < subscribers; ++i) {
    world.append(
        event_json(i, "option_connected", subscriber_name(i), R"(,"option":"locator")"));  // no_catalog
  }
  MemoryDisk disk;
  MemoryStore store(disk);
  const auto partition = *Partition::load(store, {0, 1, 0});
  Outputs outputs;
  for (const MemoryRecord& record : world.broker.records(Topic::events, 0)) {
    const LogRecord read{0, record.offset, record.timestamp, record.key, record.value, nullptr};
    BOOST_REQUIRE(partition->apply(
        read, [] { return std::vector<Header>(); }, &outputs));
  }
  partition->seal();
  BOOST_TEST(partition->pending_bytes() == 0U);
  partition->chunk_committed();
  BOOST_TEST(outputs.size() == std::size_t(subscribers));
  BOOST_TEST(partition->pending_bytes() >= subscribers * sizeof(Account));
  BOOST_REQUIRE(partition->persist(true));
  BOOST_TEST(partition->pending_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(stop_between_chunks) {
  const Expected expected = undisturbed();
  for (int nth = 1; nth <= 12; ++nth) {
    World world;
    world.append_work();
    world.options.until_end = false;
    world.watcher.on_chunk = [&](int chunks) { world.stop = chunks >= nth; };
    BOOST_TEST(world.run().has_value());
    for (int32_t p = 0; p < 3; ++p) {  // a clean end persists all
      const int64_t position = meta_of(world.stores.disk(p)).value_or(Meta{}).position;
      BOOST_TEST(position == world.committed(p).value_or(0));
      BOOST_TEST(world.stores.disk(p).unflushed_writes() == 0U);
    }
    world.watcher.on_chunk = nullptr;
    world.stop = false;
    world.options.until_end = true;
    world.run_to_end();
    check_as_undisturbed(world, expected);
  }
}

/// What was applied is committed and persisted, though its chunk could have waited. On the lane itself, which
/// sees the stop at once.
BOOST_AUTO_TEST_CASE(stop_finishes_the_open_chunk) {
  World world;
  world.append_work();
  world.options.chunk_records = 30;
  world.options.chunk_ms = for_ever_ms;
  world.log.poll_records_max = 15;
  world.log.before_poll = [&](int poll) {
    if (poll == 1) world.stop = true;
  };
  LaneStatus status;
  Lane lane(world.log, world.stores, world.options, {0, 3}, world.watcher, status, world.stop);
  BOOST_REQUIRE(lane.run());
  BOOST_TEST(status.records == 15U);
  BOOST_TEST(world.watcher.seen().chunk_records.size() == 1U);
  for (int32_t p = 0; p < 3; ++p) {
    BOOST_TEST(meta_of(world.stores.disk(p)).value_or(Meta{}).position == world.committed(p).value_or(0));
  }
}

/// A power cut costs a store no more than its last persist_ms, however little it writes.
BOOST_AUTO_TEST_CASE(store_is_flushed_by_age) {
  World world({.partitions = 1});
  world.append_work();
  world.options.persist_bytes = SIZE_MAX;
  world.options.persist_ms = 0;
  world.broker.fail_next(MemoryStep::commit, StepOutcome::fault, false, 9);
  BOOST_TEST(world.run().value().stopped_partitions == 1);
  world.lose_power();
  BOOST_TEST(meta_of(world.stores.disk(0)).value_or(Meta{}).position == 9 * 7);
}

/// Goal: no charge waits for the disk; only the end does, once for each store.
BOOST_AUTO_TEST_CASE(flush_is_not_waited_for) {
  World world;
  world.append_work();
  world.options.persist_ms = 0;
  world.run_to_end();
  BOOST_TEST(world.stores.flushes_begun > 5);
  BOOST_TEST(world.stores.flushes_waited_for == 3);
  for (int32_t p = 0; p < 3; ++p) BOOST_TEST(world.stores.disk(p).unflushed_writes() == 0U);
}

/// Goal: what waits for the store is written when there is nothing else to do, not all at once when much has
/// come together.
BOOST_AUTO_TEST_CASE(idle_lane_persists) {
  World world({.partitions = 1, .gaps = false, .subscribers = 1});
  persist_late(world.options);
  for (int i = 0; i < 4'000; ++i) {
    world.append(
        event_json(i, "option_connected", subscriber_name(i), R"(,"option":"locator")"));  // no_catalog
  }
  world.options.until_end = false;
  constexpr int polls_max = 2'000;
  int64_t persisted = 0;
  world.log.before_poll = [&](int poll) {
    persisted = meta_of(world.stores.disk(0)).value_or(Meta{}).position;
    if (persisted > 0 || poll == polls_max) world.stop = true;
  };
  BOOST_TEST(world.run().has_value());
  BOOST_TEST(persisted > 0);
}

BOOST_AUTO_TEST_CASE(stop_during_a_replay) {
  const Expected expected = undisturbed();
  for (int nth = 1; nth <= 8; ++nth) {
    World world;
    world.append_work();
    world.run_to_end();
    for (int32_t p = 0; p < 3; ++p) world.stores.disk(p).set_rows({});
    int first = 0;
    world.options.until_end = false;
    world.log.before_poll = [&](int poll) {
      if (first == 0) first = poll;
      if (poll == first + nth) world.stop = true;
    };
    BOOST_TEST(world.run().has_value());
    world.log.before_poll = nullptr;
    world.stop = false;
    world.options.until_end = true;
    world.lose_power();
    world.run_to_end();
    check_as_undisturbed(world, expected);
  }
}

/// The log never takes the chunk: a stop is patient for some seconds, then the chunk is the next start's.
BOOST_AUTO_TEST_CASE(stop_during_a_retrying_commit) {
  World world;
  world.append_work();
  world.options.threaded_commit = true;
  constexpr int more_than_tries = 1'000;
  for (int i = 0; i < more_than_tries; ++i) world.broker.fail_next(MemoryStep::begin, StepOutcome::aborted);
  world.watcher.on_waiting = [&](const std::string&) { world.stop = true; };
  const auto stopped = world.run();
  BOOST_REQUIRE(!stopped);
  BOOST_TEST(mentions(stopped.error().message, "stopped while the log did not answer"));
  BOOST_TEST(mentions(stopped.error().message, "the next start finds out"));
  BOOST_TEST(world.outputs().empty());
  BOOST_TEST(world.broker.calls(MemoryStep::begin) < more_than_tries);
}

/// What the log will not take stops the partition that sends it; those that shared a chunk or an instance
/// with it go on.
BOOST_AUTO_TEST_CASE(refused_chunk_stops_its_partition_alone) {
  for (const int lanes : {1, 3}) {
    World world;
    world.append_work();
    world.options.lanes = lanes;
    if (lanes == 1) {  // at first a chunk of all partitions, then one of the first
      world.options.chunk_records = 10'000;
      world.broker.fail_next(MemoryStep::commit, StepOutcome::fault);
    }
    world.broker.fail_next(MemoryStep::commit, StepOutcome::fault);
    const auto report = world.run();
    BOOST_REQUIRE_MESSAGE(report, report.error().message);
    BOOST_TEST(report->stopped_partitions == 1);
    const auto stopped = world.watcher.seen().stopped;
    BOOST_REQUIRE(stopped.size() == 1U);
    BOOST_TEST(mentions(stopped.begin()->second, "commit failed on demand"));
    for (int32_t p = 0; p < 3; ++p) {
      BOOST_TEST((world.committed(p) == world.end_of_events(p)) == (p != stopped.begin()->first));
    }
    run_until_done(world);
    check_as_undisturbed(world, undisturbed());
  }
}

/// A refusal that does not come again, as of a chunk of several partitions, costs nothing but the restart.
BOOST_AUTO_TEST_CASE(refused_chunk_of_several_partitions) {
  World world;
  world.append_work();
  world.options.chunk_records = 10'000;
  world.broker.fail_next(MemoryStep::commit, StepOutcome::fault);
  world.run_to_end();
  BOOST_TEST(world.watcher.seen().chunk_records.size() >= 3U);
  check_as_undisturbed(world, undisturbed());
}

/// The partition with most to write is written first, and only until half the bound is left.
BOOST_AUTO_TEST_CASE(bound_on_what_waits_is_the_lanes) {
  World world;
  world.append_work();
  persist_late(world.options);
  world.options.persist_bytes = 20'000;
  std::vector<int32_t> written;
  world.stores.before_write = [&](int32_t partition) {
    written.push_back(partition);
    return std::nullopt;
  };
  world.run_to_end();
  BOOST_TEST(written.size() > 3U);
  check_as_undisturbed(world, undisturbed());
}

BOOST_AUTO_TEST_CASE(options_without_work) {
  World world;
  world.options.lanes = 0;
  BOOST_TEST(!world.run());
  world.options.lanes = 1;
  world.options.chunk_records = 0;
  BOOST_TEST(!world.run());
}

BOOST_AUTO_TEST_SUITE_END()
