// Replay: the same state as the live engine's at any position, with nothing written into the log; filters and
// other catalogs; interruptions.
#include <boost/test/unit_test.hpp>

#include "engine/query.h"
#include "engine/replay.h"
#include "events/partitioner.h"
#include "tests/engine/world.h"

using namespace subledger;
using namespace subledger::test;

namespace {

struct Silent : ReplayObserver {
  void backlog(int32_t, uint64_t) override {}
  void replayed(int32_t, uint64_t) override {}
};

/// Replays the whole log of a world into stores of its own.
struct Replayed {
  Result<ReplayReport> run(World& world, const ReplayLogOptions& options = {}) {
    Silent silent;
    return replay_log(world.broker, stores, options, silent, stop);
  }

  Stores stores;
  std::atomic<bool> stop{false};
};

Replay::Options options_for(const World& world, int32_t partition) {
  Replay::Options options;
  options.partition = {partition, world.shape.partitions};
  return options;
}

/// Of one partition, up to `end`.
RowHash digest_at(World& world, int32_t partition, int64_t end) {
  MemoryDisk disk;
  MemoryStore store(disk);
  const auto reader = world.broker.open_reader(Topic::events);
  auto replay = Replay::open(**reader, store, options_for(world, partition));
  BOOST_REQUIRE(replay);
  BOOST_REQUIRE(replay->run({end, {}}, {}));
  return digest_of(replay->partition().sealed());
}

std::string refusal(World& world, const ReplayVariation& variation) {
  Replayed replayed;
  ReplayLogOptions options;
  options.variation = variation;
  const auto report = replayed.run(world, options);
  return report ? "" : report.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(replay)

BOOST_AUTO_TEST_CASE(gives_the_live_state_and_leaves_the_log_alone) {
  for (const bool gaps : {false, true}) {
    for (const int lanes : {1, 3}) {
      World world({.gaps = gaps});
      world.append_work();
      world.run_to_end();
      const auto outputs = world.outputs();
      Replayed replayed;
      ReplayLogOptions options;
      options.lanes = lanes;
      const auto report = replayed.run(world, options);
      BOOST_REQUIRE(report);
      BOOST_TEST(report->complete);
      BOOST_TEST(states_of(replayed.stores, 3) == world.states(), boost::test_tools::per_element());
      BOOST_TEST(world.outputs() == outputs, boost::test_tools::per_element());
      for (int32_t p = 0; p < 3; ++p) {
        BOOST_TEST((replayed.stores.disk(p).rows() == world.stores.disk(p).rows()));
      }
    }
  }
}

/// The live engine commits after each record; its notes hold the digest at each position.
BOOST_AUTO_TEST_CASE(has_the_live_digest_at_each_position) {
  World world;
  world.append_work();
  world.options.chunk_records = 1;
  std::map<std::pair<int32_t, int64_t>, std::string> notes;
  std::vector<std::string> tape;
  world.log.tape = &tape;
  world.run_to_end();
  std::size_t compared = 0;
  for (const std::string& line : tape) {
    const auto at = line.find('@');
    if (!line.starts_with("commit ") || at == std::string::npos) continue;
    const int32_t partition = std::stoi(line.substr(7));
    const int64_t position = std::stoll(line.substr(at + 1));
    BOOST_TEST(mentions(line, format_hash(digest_at(world, partition, position))), line);
    ++compared;
  }
  BOOST_TEST(compared > 100U);
}

BOOST_AUTO_TEST_CASE(ends_before_a_record_and_goes_on_from_there) {
  World world;
  world.append_work();
  world.run_to_end();
  Replayed replayed;
  for (int64_t end = 0; end <= world.end_of_events(0); end += 7) {
    ReplayLogOptions options;
    options.ends = {{0, end}, {1, 0}, {2, 0}};
    BOOST_REQUIRE(replayed.run(world, options));
    const auto meta = meta_of(replayed.stores.disk(0));
    BOOST_TEST((meta ? meta->position : 0) == end);
  }
  BOOST_REQUIRE(replayed.run(world));
  BOOST_TEST(states_of(replayed.stores, 3) == world.states(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(ends_at_a_recorded_time) {
  World world;
  world.append_work();
  const auto records = world.broker.records(Topic::events, 0);
  const MemoryRecord& last = records.at(records.size() / 2);
  Replayed replayed;
  ReplayLogOptions options;
  options.recorded_until = last.timestamp;
  BOOST_REQUIRE(replayed.run(world, options));
  const auto meta = meta_of(replayed.stores.disk(0));
  BOOST_REQUIRE(meta);
  BOOST_TEST(meta->position == last.offset + 1);
}

BOOST_AUTO_TEST_CASE(an_end_beyond_the_log_or_before_the_store_is_refused) {
  World world;
  world.append_work();
  Replayed replayed;
  ReplayLogOptions options;
  options.ends = {{0, world.end_of_events(0) + 1}};
  BOOST_TEST(mentions(replayed.run(world, options).error().message, "has no offset"));
  BOOST_REQUIRE(replayed.run(world));
  options.ends = {{0, 3}};
  BOOST_TEST(mentions(replayed.run(world, options).error().message, "beyond the end"));
}

BOOST_AUTO_TEST_CASE(a_log_that_lost_its_beginning_is_refused) {
  World world;
  world.append_work();
  world.broker.drop_before(Topic::events, 1, 2);
  Replayed replayed;
  const auto report = replayed.run(world);
  BOOST_REQUIRE(!report);
  BOOST_TEST((report.error().kind == Fault::Kind::unreachable));
  BOOST_TEST(mentions(report.error().message, "begins at offset 2"));
}

/// Interrupted after each poll, with the power going at once, it goes on from what was durable.
BOOST_AUTO_TEST_CASE(interrupted_anywhere_it_goes_on) {
  World world;
  world.append_work();
  world.run_to_end();
  for (std::size_t chunk = 1; chunk < 20; chunk += 6) {
    MemoryDisk disk;
    int runs = 0;
    for (bool complete = false; !complete; ++runs) {
      MemoryStore store(disk);
      const auto reader = world.broker.open_reader(Topic::events);
      Replay::Options options = options_for(world, 0);
      options.chunk_records = chunk;
      options.persist_bytes = 1;
      auto replay = Replay::open(**reader, store, options);
      BOOST_REQUIRE(replay);
      ReplayHooks hooks;
      hooks.go_on = [] { return false; };
      const auto ran = replay->run({world.end_of_events(0), {}}, hooks);
      BOOST_REQUIRE(ran);
      complete = *ran;
      disk.crash();
    }
    BOOST_TEST(runs > 1);
    BOOST_TEST((disk.rows() == world.stores.disk(0).rows()));
  }
}

/// What was written before the process died is there afterwards, also without an orderly end.
BOOST_AUTO_TEST_CASE(killed_it_goes_on_from_what_was_written) {
  World world;
  world.append_work();
  world.run_to_end();
  MemoryDisk disk;
  Replay::Options options = options_for(world, 0);
  options.chunk_records = 5;
  options.persist_bytes = 1;
  disk.fail_write(5);
  for (const bool again : {false, true}) {
    MemoryStore store(disk);
    const auto reader = world.broker.open_reader(Topic::events);
    auto replay = Replay::open(**reader, store, options);
    BOOST_REQUIRE(replay);
    BOOST_TEST((replay->partition().position() > 0) == again);
    BOOST_TEST(replay->run({world.end_of_events(0), {}}, {}).has_value() == again);
    disk.crash();
  }
  BOOST_TEST((disk.rows() == world.stores.disk(0).rows()));
}

BOOST_AUTO_TEST_CASE(a_broken_disk_is_told_and_the_replay_goes_on_when_it_is_mended) {
  World world;
  world.append_work();
  world.run_to_end();
  Replayed replayed;
  replayed.stores.disk(1).fail_write(1);
  BOOST_TEST(!replayed.run(world));
  BOOST_REQUIRE(replayed.run(world));
  BOOST_TEST(states_of(replayed.stores, 3) == world.states(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(stopped_before_it_begins_it_is_not_complete) {
  World world;
  world.append_work();
  Replayed replayed;
  replayed.stop = true;
  const auto report = replayed.run(world);
  BOOST_REQUIRE(report);
  BOOST_TEST(!report->complete);
}

/// The outputs that a replay hands over are those of the engine, byte for byte.
BOOST_AUTO_TEST_CASE(its_outputs_are_the_engines) {
  World world;
  world.append_work();
  world.run_to_end();
  std::vector<std::string> outputs;
  for (int32_t p = 0; p < 3; ++p) {
    std::map<Topic, std::vector<std::string>> of_topic;
    MemoryDisk disk;
    MemoryStore store(disk);
    const auto reader = world.broker.open_reader(Topic::events);
    Replay::Options options = options_for(world, p);
    options.chunk_records = 5;
    auto replay = Replay::open(**reader, store, options);
    BOOST_REQUIRE(replay);
    ReplayHooks hooks;
    hooks.outputs = [&](const Outputs& made) -> Result<void> {
      std::array<Header, Outputs::headers_max> headers;
      for (std::size_t i = 0; i < made.size(); ++i) {
        const NewRecord record = made.record(i, headers);
        of_topic[record.topic].push_back(text_of(record));
      }
      return {};
    };
    BOOST_REQUIRE(replay->run({world.end_of_events(p), {}}, hooks));
    for (auto& [topic, lines] : of_topic) outputs.insert(outputs.end(), lines.begin(), lines.end());
  }
  auto live = world.outputs();
  std::ranges::sort(live);
  std::ranges::sort(outputs);
  BOOST_TEST(outputs == live, boost::test_tools::per_element());
}

/// Also its time, which is that of the partition's last record, whoever's that is.
BOOST_AUTO_TEST_CASE(of_one_subscriber_gives_that_account_as_it_is) {
  const std::string name = subscriber_name(2);
  const int32_t partition = partition_of(name, 3);
  World world;
  world.append_work();
  world.append_raw(partition, "7", "rubbish");
  world.run_to_end();
  Replayed replayed;
  ReplayLogOptions options;
  options.variation.subscriber = parse_msisdn(name);
  BOOST_REQUIRE(replayed.run(world, options));
  for (int32_t p = 0; p < 3; ++p) {
    BOOST_TEST(replayed.stores.disk(p).rows().empty() == (p != partition));
  }
  const auto account = [&](Stores& stores, int subscriber) {
    const auto store = stores.open(partition);
    const auto query = Query::open(**store, partition);
    BOOST_REQUIRE(query);
    const auto found = query->account(*parse_msisdn(subscriber_name(subscriber)));
    BOOST_REQUIRE(found);
    std::string text;
    if (*found) append_account_json(text, **found);
    return text;
  };
  BOOST_TEST(account(replayed.stores, 2) == account(world.stores, 2));
  for (const int other : {0, 1, 3}) BOOST_TEST(account(replayed.stores, other).empty());
}

BOOST_AUTO_TEST_CASE(a_catalog_counts_from_the_logs_start_in_place_of_its_name) {
  World world;
  world.append_work();
  world.run_to_end();
  Replayed replayed;
  ReplayLogOptions options;
  std::string dearer = catalog_json("v1");
  dearer.replace(dearer.find("3.00"), 4, "4.00");
  options.variation.catalogs = {dearer};
  BOOST_REQUIRE(replayed.run(world, options));
  for (int32_t p = 0; p < 3; ++p) {
    const auto live = meta_of(world.stores.disk(p));
    const auto made = meta_of(replayed.stores.disk(p));
    BOOST_REQUIRE(live && made);
    BOOST_TEST(made->position == live->position);
    BOOST_TEST(made->catalogs == live->catalogs);
    BOOST_TEST((trial_balance(made->postings) == 0));
    // v1 came three times: once accepted, and as a duplicate.
    BOOST_TEST(made->counts.records < live->counts.records);
    BOOST_TEST(made->counts.accepted == live->counts.accepted - 1);
  }
}

/// A new version in the middle of the others leaves them in place.
BOOST_AUTO_TEST_CASE(a_catalog_of_a_new_name_is_added) {
  World world;
  world.append_work();
  world.run_to_end();
  Replayed replayed;
  ReplayLogOptions options;
  options.variation.catalogs = {catalog_json("mine")};
  BOOST_REQUIRE(replayed.run(world, options));
  const auto live = meta_of(world.stores.disk(0));
  const auto made = meta_of(replayed.stores.disk(0));
  BOOST_TEST(made->catalogs == live->catalogs + 1);
  BOOST_TEST(made->counts.accepted == live->counts.accepted);
  // Gone on with, it needs the same catalogs.
  options.variation.catalogs = {catalog_json("v1")};
  const auto other = replayed.run(world, options);
  BOOST_REQUIRE(!other);
  BOOST_TEST(mentions(other.error().message, "other catalogs"));
}

BOOST_AUTO_TEST_CASE(catalogs_that_cannot_stand_together_are_refused) {
  World world;
  world.append_work();
  BOOST_TEST(mentions(refusal(world, {{}, {"{}"}}), "not valid"));
  BOOST_TEST(mentions(refusal(world, {{}, {catalog_json("a"), catalog_json("a")}}), "version name 'a'"));
  BOOST_TEST(mentions(refusal(world, {{}, {catalog_json("a"), catalog_json("b", "EUR")}}), "one currency"));
  BOOST_TEST(mentions(refusal(world, {{}, {catalog_json("a", "EUR")}}), "one currency"));
}

BOOST_AUTO_TEST_SUITE_END()
