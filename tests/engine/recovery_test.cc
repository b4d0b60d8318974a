// Restarts: whatever the stores have lost, they follow the log; and where store and log do not agree, the
// partition stops and says what to do, while the others go on.
#include <boost/test/unit_test.hpp>

#include "events/codec.h"
#include "events/json.h"
#include "events/partitioner.h"
#include "projections/rows.h"
#include "tests/engine/world.h"

using namespace subledger;
using namespace subledger::test;

namespace {

constexpr int32_t sick = 1;

/// Work done, and more of it waiting.
struct HalfDone : World {
  explicit HalfDone(Shape wanted = {}) : World(wanted) {
    append_work();
    run_to_end();
    for (int32_t p = 0; p < shape.partitions; ++p) ends_.push_back(*committed(p));
    before = outputs();
    append_more();
  }
  void append_more() {
    for (int i = 0; i < shape.subscribers; ++i) {
      append(event_json(++number_, "payment_received", subscriber_name(i),
                        R"(,"money":"1.50","reference":"more")"));
    }
    for (int32_t p = 0; p < shape.partitions; ++p) append_raw(p, "7", "rubbish");
  }
  std::size_t outputs_in(int32_t partition) const {
    std::size_t count = 0;
    for (const Topic topic : {Topic::charges, Topic::access, Topic::rejects}) {
      count += broker.records(topic, partition).size();
    }
    return count;
  }
  bool done(int32_t partition) const { return committed(partition) == end_of_events(partition); }

  /// Where the first part of the work ends.
  int64_t end_of_work(int32_t partition) const { return ends_.at(static_cast<std::size_t>(partition)); }

  std::vector<std::string> before;

 private:
  int number_ = 0;
  std::vector<int64_t> ends_;
};

/// The sick partition stands still and its word says why and what to do; the others have done their work.
void check_sick_alone(HalfDone& world, std::string_view why, std::string_view remedy) {
  const std::size_t outputs = world.outputs_in(sick);
  const auto position = world.committed(sick);
  const auto report = world.run();
  BOOST_REQUIRE_MESSAGE(report, report.error().message);
  BOOST_TEST(report->stopped_partitions == 1);
  const auto stopped = world.watcher.seen().stopped;
  BOOST_REQUIRE(stopped.size() == 1U);
  BOOST_TEST(stopped.contains(sick));
  const std::string& word = stopped.begin()->second;
  BOOST_TEST(mentions(word, why), "'" << word << "' does not say '" << why << "'");
  BOOST_TEST(mentions(word, remedy), "'" << word << "' does not say '" << remedy << "'");
  BOOST_TEST(world.outputs_in(sick) == outputs);
  BOOST_TEST((world.committed(sick) == position));
  for (const int32_t p : {0, 2}) BOOST_TEST(world.done(p));
}

void change_rows(MemoryDisk& disk, char prefix, const std::function<void(std::string&)>& change) {
  MemoryRows rows = disk.rows();
  for (auto& [key, value] : rows) {
    if (key.front() == prefix) change(value);
  }
  disk.set_rows(rows);
}

const std::function<void(std::string&)> cut = [](std::string& value) { value.pop_back(); };
const std::function<void(std::string&)> lengthen = [](std::string& value) { value += '\1'; };

}  // namespace

BOOST_AUTO_TEST_SUITE(recovery)

/// The disk breaks at the n-th write of any partition and for good; the power goes; a restart makes all good.
BOOST_AUTO_TEST_CASE(crash_at_every_persist) {
  const Expected expected = undisturbed();
  for (std::size_t kept = 0; kept < 3; ++kept) {
    for (int nth = 1;; ++nth) {
      World world;
      world.append_work();
      int writes = 0;
      world.stores.before_write = [&](int32_t) -> std::optional<Fault> {
        if (++writes < nth) return std::nullopt;
        return Fault{Fault::Kind::failed, "the disk is broken"};
      };
      const auto report = world.run();
      BOOST_REQUIRE(report);
      if (report->stopped_partitions == 0) break;
      BOOST_TEST(mentions(world.watcher.seen().stopped.begin()->second, "the disk is broken"));
      world.stores.before_write = nullptr;
      world.lose_power(kept);
      world.run_to_end();
      check_as_undisturbed(world, expected);
    }
  }
}

/// The process dies after the n-th commit without a word, and its stores keep any part of what they had
/// written.
BOOST_AUTO_TEST_CASE(crash_at_every_commit) {
  const Expected expected = undisturbed();
  for (int nth = 0; nth < 15; ++nth) {
    for (const std::size_t kept : {0U, 1U, 3U, 100U}) {
      World world;
      world.append_work();
      world.options.threaded_commit = kept != 1;
      world.broker.fail_next(MemoryStep::commit, StepOutcome::fenced, false, nth);
      BOOST_TEST(!world.run());
      world.lose_power(kept);
      for (int32_t p = 0; p < 3; ++p) {  // A ≤ P
        const auto meta = meta_of(world.stores.disk(p));
        BOOST_TEST((meta ? meta->position : 0) <= world.committed(p).value_or(0));
      }
      world.run_to_end();
      check_as_undisturbed(world, expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(flush_and_read_failures) {
  const Expected expected = undisturbed();
  for (int64_t nth = 1; nth <= 60; ++nth) {
    World world;
    world.append_work();
    for (int32_t p = 0; p < 3; ++p) {
      world.stores.disk(p).fail_read(nth);
      world.stores.disk(p).fail_flush(nth % 2);
    }
    (void)world.run();
    for (int32_t p = 0; p < 3; ++p) world.stores.disk(p).fail_read(0);
    world.lose_power(static_cast<std::size_t>(nth % 3));
    run_until_done(world);
    check_as_undisturbed(world, expected);
  }
}

/// A store is a cache: without it the log alone gives the same state, and nothing is emitted twice.
BOOST_AUTO_TEST_CASE(removed_store_is_rebuilt) {
  const Expected expected = undisturbed();
  World world;
  world.append_work();
  world.run_to_end();
  for (int32_t p = 0; p < 3; ++p) world.stores.disk(p).set_rows({});
  const EngineReport report = world.run_to_end();
  BOOST_TEST(report.records == 0U);
  BOOST_TEST(report.outputs == 0U);
  for (int32_t p = 0; p < 3; ++p) {
    BOOST_TEST(world.watcher.seen().replayed[p] == world.broker.records(Topic::events, p).size());
  }
  check_as_undisturbed(world, expected);
}

/// All rows, and not the digest alone.
BOOST_AUTO_TEST_CASE(rebuilt_rows_are_the_same) {
  World world;
  world.append_work();
  world.run_to_end();
  const MemoryRows rows = world.stores.disk(0).rows();
  world.stores.disk(0).set_rows({});
  world.run_to_end();
  BOOST_TEST((world.stores.disk(0).rows() == rows));
}

BOOST_AUTO_TEST_CASE(where_it_goes_on_is_told) {
  HalfDone world;
  world.run_to_end();
  const auto ready = world.watcher.seen().ready;
  BOOST_REQUIRE(ready.size() == 6U);
  for (int32_t p = 0; p < 3; ++p) BOOST_TEST((ready.at(std::size_t(p)) == Watcher::Ready{p, 0, 0}));
  for (int32_t p = 0; p < 3; ++p) {
    const Watcher::Ready& again = ready.at(std::size_t(3 + p));
    BOOST_TEST(again.store_position == again.log_position);
    BOOST_TEST(world.watcher.seen().backlog[p] == world.end_of_events(p) - again.log_position);
  }
}

BOOST_AUTO_TEST_CASE(store_ahead_of_the_log) {
  HalfDone world;
  world.broker.set_committed("subledger", sick, {3, ""});
  check_sick_alone(world, "has committed 3", "set its position to ");
}

/// The work of two parts, done without any trouble between them.
Expected calm_half_done() {
  HalfDone calm;
  calm.run_to_end();
  return {calm.outputs(), calm.states()};
}

/// A position that has expired, or another group: what is in the log is not emitted a second time, whatever
/// the store still knows.
BOOST_AUTO_TEST_CASE(group_without_a_position_goes_by_the_outputs) {
  const Expected expected = calm_half_done();
  for (const bool gaps : {false, true}) {
    for (const bool with_stores : {true, false}) {
      HalfDone world({.gaps = gaps});
      world.options.group = "other";
      for (int32_t p = 0; p < 3 && !with_stores; ++p) world.stores.disk(p).set_rows({});
      world.run_to_end();
      const auto found = world.watcher.seen().found;
      BOOST_TEST(found.size() == 3U);
      for (const auto& [partition, position] : found) BOOST_TEST(position <= world.end_of_work(partition));
      for (int32_t p = 0; p < 3; ++p) BOOST_TEST(world.done(p));
      check_dense(world.broker, world.shape.partitions);
      if (!gaps) check_as_undisturbed(world, expected);
    }
  }
}

/// The last outputs lie behind more gaps than the first look covers.
BOOST_AUTO_TEST_CASE(outputs_far_from_the_end_are_found) {
  HalfDone world({.gaps = true});
  world.broker.set_committed("subledger", sick, {});
  world.run_to_end();
  const auto position = world.committed(sick);
  for (int i = 0; i < 300; ++i) {
    world.append(
        event_json(1, "payment_received", subscriber_name(i % 4), R"(,"money":"1.50","reference":"more")"));
  }
  world.run_to_end();
  BOOST_TEST(*world.committed(sick) > *position);
  const auto outputs = world.outputs();
  world.broker.set_committed("subledger", sick, {});
  world.run_to_end();
  BOOST_TEST(world.outputs() == outputs, boost::test_tools::per_element());
}

/// Sequences are what shows that the store and the outputs are of one history.
BOOST_AUTO_TEST_CASE(outputs_of_another_history) {
  HalfDone world;
  world.broker.set_committed("subledger", sick, {});
  const MemoryRecord last = world.broker.records(Topic::charges, sick).back();
  const std::vector<Header> headers = {{"output-sequence", "999"}};
  const auto writer = world.broker.open_writer(true);
  BOOST_REQUIRE(writer);
  BOOST_REQUIRE((*writer)->append({Topic::charges, sick, last.timestamp, last.key, last.value, headers}));
  BOOST_REQUIRE((*writer)->flush());
  check_sick_alone(world, "are not those of its input", "remove the store of partition 1");
}

/// A topic that was made again has no group's positions, and by now as many records as the old one had.
BOOST_AUTO_TEST_CASE(events_that_were_made_again) {
  HalfDone world;
  world.broker.set_committed("subledger", sick, {});
  change_rows(world.stores.disk(sick), meta_key.front(), [](std::string& row) {
    auto meta = *parse_meta(row);
    meta.recorded_at.micros -= 1'000;
    row.clear();
    append_meta(row, meta);
  });
  check_sick_alone(world, "is not the one that the store has applied last", "restore it");
}

/// Producers that know of another partition already send to it what belongs there by now.
BOOST_AUTO_TEST_CASE(number_of_partitions_that_changes) {
  HalfDone world;
  const std::string key = subscriber_name(0);
  const int32_t elsewhere = (partition_of(key, world.shape.partitions) + 1) % world.shape.partitions;
  const auto event = parse_event_json(event_json(900, "assistant_activated", key));
  BOOST_REQUIRE(event);
  Encoder encoder;
  const std::string value(encoder.encode(event->value));
  world.append_raw(elsewhere, key, value);
  world.run_to_end();  // a producer's mistake
  const std::size_t rejects = world.broker.records(Topic::rejects, elsewhere).size();
  world.log.before_poll = [&](int) { world.log.partitions_added = 1; };
  world.log.partitions_unknown = 2;
  world.append_raw(elsewhere, key, value);
  const auto report = world.run();
  BOOST_REQUIRE(!report);
  BOOST_TEST(mentions(report.error().message, "the log has 4 partitions by now, of 3"));
  BOOST_TEST(world.broker.records(Topic::rejects, elsewhere).size() == rejects);
  BOOST_TEST((world.committed(elsewhere) == world.end_of_events(elsewhere) - 1));
}

/// Outputs that their retention has taken away have been emitted all the same.
BOOST_AUTO_TEST_CASE(outputs_that_are_gone) {
  HalfDone world;
  world.stores.disk(sick).set_rows({});
  world.broker.set_committed(world.options.group, sick, {});
  world.broker.drop_before(Topic::access, sick, 1'000'000);
  const auto report = world.run();
  BOOST_REQUIRE(report);
  BOOST_TEST(report->stopped_partitions == 1);
  BOOST_TEST(
      mentions(world.watcher.seen().stopped.at(sick), "topic access, partition 1, has lost its records"));
}

BOOST_AUTO_TEST_CASE(outputs_of_another_program) {
  HalfDone world;
  world.broker.set_committed(world.options.group, sick, {});
  const auto writer = world.broker.open_writer(true);
  BOOST_REQUIRE(writer);
  BOOST_REQUIRE((*writer)->append({Topic::charges, sick, Timestamp(), "7", "rubbish", {}}));
  BOOST_REQUIRE((*writer)->flush());
  const auto report = world.run();
  BOOST_REQUIRE(report);
  BOOST_TEST(mentions(world.watcher.seen().stopped.at(sick), "another program has written it"));
}

BOOST_AUTO_TEST_CASE(digest_differs_from_the_note) {
  HalfDone world;
  Committed committed = world.broker.committed("subledger", sick);
  const Committed honest = committed;
  committed.metadata[2] = committed.metadata[2] == 'a' ? 'b' : 'a';
  world.broker.set_committed("subledger", sick, committed);
  check_sick_alone(world, "is not the one that was committed there", "remove the store of partition 1");

  world.broker.set_committed("subledger", sick, honest);
  Instance mended(world.broker);
  mended.run_to_end();
  BOOST_TEST(world.done(sick));
}

/// The same after a replay, which is the only proof of a store that was behind.
BOOST_AUTO_TEST_CASE(digest_differs_after_a_replay) {
  HalfDone world;
  world.stores.disk(sick).set_rows({});
  Committed committed = world.broker.committed("subledger", sick);
  committed.metadata.back() = committed.metadata.back() == '1' ? '2' : '1';
  world.broker.set_committed("subledger", sick, committed);
  check_sick_alone(world, "is not the one that was committed there", "remove the store of partition 1");
}

/// A store whose rows were changed while its own sum still looks right: seen as soon as the log is replayed
/// onto it.
BOOST_AUTO_TEST_CASE(store_of_another_log) {
  HalfDone world;
  World other({.partitions = 3, .gaps = false, .subscribers = 2});
  other.append_work();
  other.run_to_end();
  const auto shorter = meta_of(other.stores.disk(sick));
  BOOST_REQUIRE((shorter && shorter->position < world.committed(sick).value()));
  world.stores.disk(sick).set_rows(other.stores.disk(sick).rows());
  check_sick_alone(world, "is not the one that was committed there", "remove the store of partition 1");
}

BOOST_AUTO_TEST_CASE(log_truncated_below_the_store) {
  HalfDone world;
  const int64_t position = world.committed(sick).value();
  world.broker.drop_before(Topic::events, sick, position);
  world.stores.disk(sick).set_rows({});
  check_sick_alone(world, "but 0 is needed: records were deleted", "restore");
}

BOOST_AUTO_TEST_CASE(log_truncated_up_to_the_store) {
  HalfDone world;
  world.broker.drop_before(Topic::events, sick, world.committed(sick).value());
  world.run_to_end();
  BOOST_TEST(world.done(sick));
}

BOOST_AUTO_TEST_CASE(committed_beyond_the_end_of_the_log) {
  HalfDone world;
  world.broker.set_committed("subledger", sick, {1'000, ""});
  check_sick_alone(world, "has committed 1000, but the log ends at", "restore it");
}

/// The committed position lies behind a gap, where an engine has never left one.
BOOST_AUTO_TEST_CASE(committed_in_a_gap) {
  for (const bool more : {true, false}) {
    HalfDone world({.partitions = 3, .gaps = true});
    if (!more) world.run_to_end();
    const int64_t position = world.committed(sick).value();
    world.broker.set_committed("subledger", sick, {position + 1, ""});
    check_sick_alone(world, "no record just below the committed position", "check --log and --group");
  }
}

BOOST_AUTO_TEST_CASE(damaged_meta_row) {
  for (const auto& damage : {cut, lengthen}) {
    HalfDone world;
    change_rows(world.stores.disk(sick), meta_key.front(), damage);
    check_sick_alone(world, "the store's meta row is damaged", "remove the partition's store");
  }
}

BOOST_AUTO_TEST_CASE(damaged_account_row) {
  for (const auto& damage : {cut, lengthen}) {
    HalfDone world;
    change_rows(world.stores.disk(sick), account_prefix, damage);
    check_sick_alone(world, "account row of subscriber ...", "remove the partition's store");
  }
}

BOOST_AUTO_TEST_CASE(damaged_catalog_row) {
  HalfDone world;
  change_rows(world.stores.disk(sick), catalog_prefix, cut);
  check_sick_alone(world, "catalog row 0 is damaged", "remove the partition's store");
}

BOOST_AUTO_TEST_CASE(missing_catalog_row) {
  HalfDone world;
  MemoryRows rows = world.stores.disk(sick).rows();
  rows.erase(std::string(std::string_view(catalog_key_of(1))));
  world.stores.disk(sick).set_rows(rows);
  check_sick_alone(world, "catalog row 1 is damaged (missing)", "remove the partition's store");
}

/// It is read when its event comes again.
BOOST_AUTO_TEST_CASE(damaged_event_row) {
  for (const auto& damage : {cut, lengthen}) {
    HalfDone world;
    world.run_to_end();
    change_rows(world.stores.disk(sick), event_prefix, damage);
    for (const MemoryRecord& record : world.broker.records(Topic::events, sick)) {
      if (record.key != "7" && record.key) world.append_raw(sick, *record.key, record.value);
    }
    check_sick_alone(world, "an event row is damaged", "remove the partition's store");
  }
}

/// What a message says to do helps.
BOOST_AUTO_TEST_CASE(removing_the_store_helps) {
  const Expected expected = undisturbed();
  World world;
  world.append_work();
  world.run_to_end();
  change_rows(world.stores.disk(sick), meta_key.front(), cut);
  BOOST_TEST(world.run().value().stopped_partitions == 1);
  world.stores.disk(sick).set_rows({});
  BOOST_TEST(world.run().value().stopped_partitions == 0);
  check_as_undisturbed(world, expected);
}

/// A store that cannot be opened is tried again, for a while.
BOOST_AUTO_TEST_CASE(store_that_opens_late) {
  World world;
  world.append_work();
  int tries = 0;
  world.stores.before_open = [&](int32_t partition) -> std::optional<Fault> {
    if (partition != sick || ++tries > 3) return std::nullopt;
    return Fault{Fault::Kind::unreachable, "in use by another"};
  };
  world.run_to_end();
  BOOST_TEST(tries == 4);
  BOOST_TEST(world.watcher.seen().waits.size() == 3U);
}

/// It would go on for ever, but nothing is left to go on with.
BOOST_AUTO_TEST_CASE(nothing_left) {
  for (const int lanes : {1, 2, 5}) {
    HalfDone world;
    world.options.until_end = false;
    world.options.lanes = lanes;
    for (int32_t p = 0; p < 3; ++p) change_rows(world.stores.disk(p), meta_key.front(), cut);
    const auto report = world.run();
    BOOST_REQUIRE(report);
    BOOST_TEST(report->stopped_partitions == 3);
  }
}

/// A disk that breaks only at the last write of a clean end is reported too.
BOOST_AUTO_TEST_CASE(store_that_fails_at_the_end) {
  World world;
  world.append_work();
  world.options.persist_bytes = SIZE_MAX;
  world.options.persist_ms = 3'600'000;
  int writes = 0;
  world.stores.before_write = [&](int32_t partition) -> std::optional<Fault> {
    ++writes;
    if (partition != sick || world.committed(sick) != world.end_of_events(sick)) return std::nullopt;
    return Fault{Fault::Kind::failed, "the disk is broken"};
  };
  const auto report = world.run();
  BOOST_REQUIRE(report);
  BOOST_TEST(world.watcher.seen().stopped.contains(sick));
  BOOST_TEST(report->stopped_partitions == 1);
}

BOOST_AUTO_TEST_SUITE_END()
