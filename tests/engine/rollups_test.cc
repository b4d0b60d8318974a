// The roll-ups: what is in them, and how a store gets those that it does not have yet.
#include "engine/rollups.h"

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

/// Goal: a roll-up that an earlier version did not have is filled from the events that the store holds; the
/// others stay as they are.
BOOST_AUTO_TEST_CASE(a_new_one_is_filled_from_the_whole_history) {
  Worked world;
  const MemoryRows rows = world.disk().rows();
  for (const std::string_view missing : {"c", "a", "ca"}) {
    world.disk().set_rows(without(rows, missing));
    MemoryStore store(world.disk());
    BOOST_REQUIRE(Partition::load(store, {0, 1, 0}));
    BOOST_TEST((world.disk().rows() == rows), "without " << missing);
  }
}

/// Goal: what the store cannot know is said to begin where it does, and counted from there on.
BOOST_AUTO_TEST_CASE(rejects_of_before_are_said_to_be_missing) {
  Worked world;
  const int64_t position = meta_of(world.disk())->position;
  world.disk().set_rows(without(world.disk().rows(), "r"));
  MemoryStore store(world.disk());
  BOOST_REQUIRE(Partition::load(store, {0, 1, 0}));
  BOOST_TEST(rollup_begin(store, Rollup::rejects)->value() == position);
  BOOST_TEST(rollup_begin(store, Rollup::charges)->value() == 0);
  world.append_raw(0, "key", "nonsense");
  world.run_to_end();
  uint64_t rejected = 0;
  for (const RollupRow& row : rollups_of(world.disk())) {
    if (row.rollup == Rollup::rejects) rejected += row.sums.count;
  }
  BOOST_TEST(rejected == 1);
  BOOST_TEST(rollup_begin(store, Rollup::rejects)->value() == position);
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
