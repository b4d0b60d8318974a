// `--until-end`: everything present at the start is applied, then the engine ends by itself.
#include <boost/test/unit_test.hpp>

#include "tests/engine/world.h"

using namespace subledger;
using namespace subledger::test;

BOOST_AUTO_TEST_SUITE(until_end)

BOOST_AUTO_TEST_CASE(empty_log) {
  World world;
  const EngineReport report = world.run_to_end();
  BOOST_TEST(report.records == 0U);
  BOOST_TEST(report.outputs == 0U);
  for (int32_t p = 0; p < 3; ++p) BOOST_TEST(!world.committed(p));
  BOOST_TEST(world.watcher.seen().ready.size() == 3U);
}

BOOST_AUTO_TEST_CASE(empty_partitions) {
  World world({.partitions = 8, .gaps = false, .subscribers = 1});
  world.append_raw(5, "7", "rubbish");
  BOOST_TEST(world.run_to_end().records == 1U);
  BOOST_TEST(world.committed(5).value() == 1);
  BOOST_TEST(!world.committed(4));
}

BOOST_AUTO_TEST_CASE(more_lanes_than_partitions) {
  World world;
  world.append_work();
  world.options.lanes = 7;
  world.run_to_end();
  check_as_undisturbed(world, undisturbed());
}

BOOST_AUTO_TEST_CASE(offsets_with_gaps) {
  const Shape shape{.partitions = 3, .gaps = true};
  World world(shape);
  world.append_work();
  world.run_to_end();
  for (int32_t p = 0; p < 3; ++p) BOOST_TEST(world.committed(p).value() == world.end_of_events(p));
  BOOST_TEST(world.end_of_events(0) > static_cast<int64_t>(world.broker.records(Topic::events, 0).size()));
  check_as_undisturbed(world, undisturbed(shape));
}

BOOST_AUTO_TEST_CASE(catalogs_only) {
  World world;
  world.publish(catalog_json("v1"));
  world.publish(catalog_json("v2"));
  const EngineReport report = world.run_to_end();
  BOOST_TEST(report.records == 6U);
  BOOST_TEST(report.outputs == 0U);
  for (int32_t p = 0; p < 3; ++p) {
    BOOST_TEST(world.committed(p).value() == 2);
    BOOST_TEST(meta_of(world.stores.disk(p)).value().catalogs == 2U);
  }
}

/// A catalog and what it prices in one chunk, in the next one, and after a restart.
BOOST_AUTO_TEST_CASE(catalog_is_there_after_a_restart) {
  World world({.partitions = 1, .gaps = false, .subscribers = 1});
  world.publish(catalog_json("v1"));
  for (int i = 0; i < 3; ++i) {
    world.append(event_json(i, "traffic_used", subscriber_name(0), R"(,"bytes_up":1,"bytes_down":1500)"));
    world.run_to_end();
  }
  BOOST_TEST(world.broker.records(Topic::charges, 0).size() == 3U);
  BOOST_TEST(world.broker.records(Topic::rejects, 0).empty());
}

/// Again with nothing new: nothing is sent.
BOOST_AUTO_TEST_CASE(nothing_new) {
  World world;
  world.append_work();
  world.run_to_end();
  const auto outputs = world.outputs();
  const int64_t begins = world.broker.calls(MemoryStep::begin);
  BOOST_TEST(world.run_to_end().records == 0U);
  BOOST_TEST(world.broker.calls(MemoryStep::begin) == begins);
  BOOST_TEST(world.outputs() == outputs, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_topics) {
  MemoryLog empty({.partitions = 0, .now_micros = {}});
  Instance instance(empty);
  const auto report = instance.run();
  BOOST_REQUIRE(!report);
  BOOST_TEST((report.error().kind == Fault::Kind::unreachable));
}

/// A stop before the start: whatever was begun is finished, the rest is the next run's.
BOOST_AUTO_TEST_CASE(stopped_at_once) {
  World world;
  world.append_work();
  world.options.until_end = false;
  world.stop = true;
  BOOST_TEST(world.run().has_value());
  world.stop = false;
  world.options.until_end = true;
  world.run_to_end();
  check_as_undisturbed(world, undisturbed());
}

BOOST_AUTO_TEST_SUITE_END()
