// The roll-ups: what is in them, and how a store gets those that it does not have yet.
#include "engine/rollups.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory_resource>

#include "engine/partition.h"
#include "engine/query.h"
#include "events/codec.h"
#include "tests/engine/world.h"

using namespace subledger;
using namespace subledger::test;

namespace {

MemoryRows rollup_rows(const MemoryRows& rows) {
  MemoryRows found;
  for (const auto& [key, value] : rows) {
    if (key.front() == rollup_prefix || key.front() == rollup_begin_prefix) found.emplace(key, value);
  }
  return found;
}

/// Of rows without those of some roll-ups: what an earlier version left.
MemoryRows without(const MemoryRows& rows, std::string_view rollups) {
  MemoryRows left;
  for (const auto& [key, value] : rows) {
    const bool rollup = key.front() == rollup_prefix || key.front() == rollup_begin_prefix;
    if (!rollup || rollups.find(key[1]) == std::string_view::npos) left.emplace(key, value);
  }
  return left;
}

struct Worked : World {
  Worked() : World({.partitions = 1}) {
    append_work();
    run_to_end();
  }
  MemoryDisk& disk() { return stores.disk(0); }
};

std::vector<RollupRow> rollups_of(MemoryDisk& disk) {
  const MemoryStore store(disk);
  return *Query::open(store, 0)->rollups();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rollups)

/// Goal: sums of the rows are those of the records that went out.
BOOST_AUTO_TEST_CASE(they_add_up_what_went_out) {
  Worked world;
  RollupSums charged;
  uint64_t decided = 0;
  for (const MemoryRecord& record : world.broker.records(Topic::charges, 0)) {
    std::pmr::monotonic_buffer_resource scratch;
    const auto charge = decode_charge(*record.value, scratch);
    BOOST_REQUIRE(charge);
    charged.add({1, static_cast<Int128>(charge->quantity.value_or(0)), charge->covered_quantity.value_or(0),
                 charge->amount.micros, charge->from_bonus.micros, charge->from_account.micros});
  }
  RollupSums added;
  uint64_t rejected = 0;
  for (const RollupRow& row : rollups_of(world.disk())) {
    if (row.rollup == Rollup::charges) added.add(row.sums);
    if (row.rollup == Rollup::access) decided += row.sums.count;
    if (row.rollup == Rollup::rejects) rejected += row.sums.count;
  }
  BOOST_TEST(charged.count > 5);
  BOOST_TEST(added.count == charged.count);
  BOOST_TEST((added.quantity == charged.quantity && added.covered == charged.covered));
  BOOST_TEST((added.amount == charged.amount && added.from_bonus == charged.from_bonus &&
              added.from_account == charged.from_account));
  BOOST_TEST(decided == world.broker.records(Topic::access, 0).size());
  BOOST_TEST(rejected == world.broker.records(Topic::rejects, 0).size());
  BOOST_TEST(rejected > 0);
}

/// Goal: neither a lost store nor a lost chunk counts anything twice or not at all.
BOOST_AUTO_TEST_CASE(they_are_the_same_after_a_rebuilding) {
  Worked world;
  const MemoryRows rows = rollup_rows(world.disk().rows());
  world.lose_power();
  world.run_to_end();
  BOOST_TEST((rollup_rows(world.disk().rows()) == rows));
  world.disk().set_rows({});
  world.run_to_end();
  BOOST_TEST((rollup_rows(world.disk().rows()) == rows));
}

/// Goal: a roll-up that an earlier version did not have is filled from the whole history beside the work, and
/// is then the one that was kept from the beginning; the others stay as they are.
BOOST_AUTO_TEST_CASE(a_new_one_is_filled_from_the_whole_history) {
  Worked world;
  const MemoryRows rows = world.disk().rows();
  std::size_t filled = 0;
  for (const std::string_view missing : {"c", "a", "r", "ca", "car"}) {
    world.disk().set_rows(without(rows, missing));
    world.run_to_end();
    BOOST_TEST((world.disk().rows() == rows), "without " << missing);
    filled += missing.size();
    BOOST_TEST(world.watcher.seen().filled.size() == filled);
    BOOST_TEST(world.watcher.seen().filled.back().finished);
  }
}

/// Goal: what is added while the history is, is counted once.
BOOST_AUTO_TEST_CASE(filling_beside_new_records) {
  Worked world;
  const MemoryRows before = world.disk().rows();
  for (int i = 0; i < 20; ++i) {
    world.append(event_json(1'000 + i, "traffic_used", subscriber_name(i % 4),
                            R"(,"bytes_up":)" + std::to_string(i * 77) + R"(,"bytes_down":5)"));
    world.append(event_json(1'100 + i, "login_attempted", subscriber_name(i % 4), R"(,"outcome":"wrong")"));
    world.append_raw(0, "key", "nonsense");
  }
  world.run_to_end();
  const MemoryRows after = world.disk().rows();
  const std::vector<MemoryRecord> events = world.broker.records(Topic::events, 0);
  for (const std::size_t portion : {1U, 3U, 1'000U}) {
    world.disk().set_rows(without(before, "car"));
    MemoryStore store(world.disk());
    const auto partition = *Partition::load(store, {0, 1, 1'000});
    const auto rejects = *world.broker.open_reader(Topic::rejects);
    std::size_t next = static_cast<std::size_t>(partition->position());
    while (partition->missing_rollup() || next < events.size()) {
      if (partition->missing_rollup()) BOOST_REQUIRE(partition->fill_rollup(rejects.get(), portion));
      if (next == events.size()) continue;
      const MemoryRecord& record = events[next++];
      const LogRecord applied{0, record.offset, record.timestamp, record.key, record.value, &record};
      BOOST_REQUIRE(partition->apply(
          applied, [] { return std::vector<Header>(); }, nullptr));
      (void)partition->seal();
      partition->chunk_committed();
      BOOST_REQUIRE(partition->persist(false));
    }
    BOOST_TEST((rollup_rows(world.disk().rows()) == rollup_rows(after)), "by " << portion);
  }
}

/// Goal: ended or without power at any moment, filling goes on where it was.
BOOST_AUTO_TEST_CASE(filling_that_is_interrupted_goes_on) {
  Worked world;
  const MemoryRows rows = world.disk().rows();
  int begun = 0;
  for (const std::size_t lost : {0U, 1U, 2U}) {
    world.disk().set_rows(without(rows, "car"));
    for (bool missing = true; missing; ++begun) {
      BOOST_REQUIRE(begun < 1'000);
      MemoryStore store(world.disk());
      const auto partition = *Partition::load(store, {0, 1, 0});
      const auto rejects = *world.broker.open_reader(Topic::rejects);
      for (int portions = 0; portions < 4 && partition->missing_rollup(); ++portions) {
        BOOST_REQUIRE(partition->fill_rollup(rejects.get(), 2));
      }
      missing = partition->missing_rollup().has_value();
      const std::size_t written = world.disk().unflushed_writes();
      if (missing) world.disk().crash(written - std::min(written, lost));
    }
    BOOST_TEST((world.disk().rows() == rows), lost << " portions lost each time");
  }
  BOOST_TEST(begun > 20);
}

/// Goal: a portion that could not be written is added by the next try.
BOOST_AUTO_TEST_CASE(a_portion_that_fails_is_tried_again) {
  Worked world;
  const MemoryRows rows = world.disk().rows();
  world.disk().set_rows(without(rows, "car"));
  MemoryStore store(world.disk());
  const auto partition = *Partition::load(store, {0, 1, 0});
  const auto rejects = *world.broker.open_reader(Topic::rejects);
  while (partition->missing_rollup()) {
    world.disk().fail_write(1);
    BOOST_TEST(!partition->fill_rollup(rejects.get(), 3));
    BOOST_REQUIRE(partition->fill_rollup(rejects.get(), 3));
  }
  BOOST_TEST((world.disk().rows() == rows));
}

/// Goal: how far a roll-up is stands in the store, for whoever asks meanwhile.
BOOST_AUTO_TEST_CASE(its_reach_is_told) {
  Worked world;
  const int64_t position = meta_of(world.disk())->position;
  world.disk().set_rows(without(world.disk().rows(), "c"));
  MemoryStore store(world.disk());
  BOOST_TEST(!rollup_reach(store, Rollup::charges)->has_value());
  const auto partition = *Partition::load(store, {0, 1, 0});
  BOOST_REQUIRE(partition->fill_rollup(nullptr, 4));
  const auto reach = rollup_reach(store, Rollup::charges)->value();
  BOOST_TEST(reach.begin == position);
  BOOST_TEST(reach.filling->done == 4);
  BOOST_TEST(reach.filling->total > 10);
  BOOST_TEST(rollup_reach(store, Rollup::access)->value().whole());
  while (partition->missing_rollup()) BOOST_REQUIRE(partition->fill_rollup(nullptr, 4));
  BOOST_TEST(rollup_reach(store, Rollup::charges)->value().whole());
}

/// Goal: rejects that the log does not have any more are said to be missing, and the rest is counted.
BOOST_AUTO_TEST_CASE(rejects_that_the_log_has_lost) {
  Worked world;
  const std::vector<MemoryRecord> rejects = world.broker.records(Topic::rejects, 0);
  const MemoryRows rows = world.disk().rows();
  for (const std::size_t lost : {std::size_t{2}, rejects.size()}) {
    const bool all = lost == rejects.size();
    world.broker.drop_before(Topic::rejects, 0, all ? rejects.back().offset + 1 : rejects[lost].offset);
    world.disk().set_rows(without(rows, "r"));
    world.run_to_end();
    uint64_t counted = 0;
    for (const RollupRow& row : rollups_of(world.disk())) {
      if (row.rollup == Rollup::rejects) counted += row.sums.count;
    }
    BOOST_TEST(counted == rejects.size() - lost);
    const MemoryStore store(world.disk());
    const auto reach = rollup_reach(store, Rollup::rejects)->value();
    BOOST_TEST(!reach.filling.has_value());
    std::pmr::monotonic_buffer_resource scratch;
    BOOST_TEST(reach.begin == (all ? meta_of(world.disk())->position
                                   : decode_reject(*rejects[lost].value, scratch)->source.offset));
  }
}

/// Goal: a topic of rejects that cannot be read stops nobody, and the next start tries again.
BOOST_AUTO_TEST_CASE(rejects_that_cannot_be_read) {
  Worked world;
  const MemoryRows rows = world.disk().rows();
  world.disk().set_rows(without(rows, "r"));
  world.log.unreadable = Topic::rejects;
  world.run_to_end();
  BOOST_TEST(mentions(world.watcher.seen().waits.back(), "cannot be read"));
  BOOST_TEST(rollup_reach(MemoryStore(world.disk()), Rollup::rejects)->value().filling.has_value());
  world.log.unreadable.reset();
  world.run_to_end();
  BOOST_TEST((world.disk().rows() == rows));
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_a_fault) {
  Worked world;
  MemoryRows rows = world.disk().rows();
  for (auto& [key, value] : rows) {
    if (key.front() == rollup_prefix) value.pop_back();
  }
  world.disk().set_rows(rows);
  const MemoryStore store(world.disk());
  BOOST_TEST(!Query::open(store, 0)->rollups());
}

BOOST_AUTO_TEST_SUITE_END()
