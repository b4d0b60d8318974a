// Whatever the disk of an embedded log does, and whenever: each event is answered once, and what was
// committed stays so. The store is in memory and loses with the power what was not flushed.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

#include "connectors/sqlite/sqlite_log.h"
#include "engine/lane.h"
#include "tests/simulation/workload.h"
#include "tests/storage/fault_vfs.h"
#include "tests/storage/file_content.h"
#include "tests/storage/watch.h"
#include "tests/support/memory_store.h"
#include "tests/support/temp_directory.h"

using namespace subledger;
using namespace subledger::test;

namespace {

constexpr uint64_t workload_seed = 1;
constexpr std::size_t workload_records = 2'000;
constexpr std::size_t half = 1'000;
constexpr int64_t first_ms = 1'414'800'000'000;
constexpr int waits_until_space = 3;
constexpr int runs_max = 4;
#ifdef __SANITIZE_ADDRESS__
constexpr int64_t step = 7;
#else
constexpr int64_t step = 1;
#endif
constexpr int64_t changes_least = 1'000;
constexpr int64_t runs_least = changes_least / step;

const std::vector<simulation::Input>& workload() {
  static const std::vector<simulation::Input> made = [] {
    simulation::Random random(workload_seed);
    return simulation::Workload(random, 1).make(workload_records);
  }();
  return made;
}

template <class Value>
Value must(Result<Value> result) {
  BOOST_REQUIRE_MESSAGE(result, result.error().message);
  if constexpr (!std::is_void_v<Value>) return *std::move(result);
}

NewRecord event_of(const simulation::Input& input, std::vector<Header>& headers) {
  NewRecord record;
  record.topic = Topic::events;
  if (input.key) record.key = *input.key;
  if (input.value) record.value = *input.value;
  for (const auto& [name, value] : input.headers) headers.push_back({name, value});
  record.headers = headers;
  return record;
}

/// All of a record but its offset, which is its place in the list.
using Lines = std::vector<std::string>;

/// What can be read of a topic, up to the first fault.
Lines lines_of(Log& log, Topic topic, std::optional<Fault>* fault = nullptr) {
  const auto trouble = [&](const Fault& why) {
    if (fault == nullptr) BOOST_FAIL(why.message);
    *fault = why;
  };
  Lines lines;
  const auto reader = log.open_reader(topic);
  if (!reader) return trouble(reader.error()), lines;
  const auto range = (*reader)->range(topic, 0);
  if (!range) return trouble(range.error()), lines;
  if (auto sought = (*reader)->seek(topic, 0, range->first); !sought) return trouble(sought.error()), lines;
  while (!(*reader)->passed(0, range->end)) {
    const auto records = (*reader)->poll(0, 7);
    if (!records) return trouble(records.error()), lines;
    if (records->empty()) break;
    for (const LogRecord& record : *records) {
      std::string line = std::to_string(record.recorded_at.micros);
      line.append("|").append(record.key.value_or("-")).append("|").append(record.value.value_or("-"));
      for (const Header& header : (*reader)->headers(record)) {
        line.append("|").append(header.name).append("=").append(header.value.value_or("-"));
      }
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

constexpr Topic outputs[] = {Topic::charges, Topic::access, Topic::rejects};

struct Undisturbed {
  std::map<Topic, Lines> lines;
  std::string note;
};

void write_file(const std::string& path, const std::string& content) {
  for (const char* beside : {"-wal", "-shm"}) std::filesystem::remove(path + beside);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

/// A log of one partition, and an engine on it.
class SqliteWorld {
 public:
  SqliteWorld() { must(open()->create_topics(1)); }
  /// Over a log that stands already.
  explicit SqliteWorld(const std::string& content) { write_file(path(), content); }

  std::unique_ptr<Log> open() const {
    SqliteLogOptions options;
    options.path = path();
    options.now_ms = [] { return first_ms; };
    return must(open_sqlite_log(options));
  }
  std::string path() const { return directory_.file("log.db"); }

  void append(std::size_t first, std::size_t count) {
    const auto log = open();
    const auto writer = must(log->open_writer(false));
    for (std::size_t i = first; i < first + count; ++i) {
      std::vector<Header> headers;
      must(writer->append(event_of(workload()[i], headers)));
    }
    must(writer->flush());
  }

  RunOutcome run(const std::function<void(int)>& on_wait = {}) {
    EngineOptions engine;
    engine.instance = "engine";
    engine.chunk_records = 250;
    engine.persist_bytes = 100 << 10;
    engine.persist_ms = 30;
    engine.threaded_commit = false;
    Watch watch(on_wait, false);
    const auto log = open();
    Lane lane(*log, stores, engine, {0, 1}, watch, watch.status, watch.stop, watch);
    if (const auto ran = lane.run(); !ran) watch.outcome.ended = ran.error();
    return watch.outcome;
  }

  /// Starts again until the work is done, as a supervisor would.
  void finish() {
    for (int runs = 1;; ++runs) {
      const RunOutcome outcome = run();
      if (!outcome.stopped && !outcome.ended) break;
      BOOST_TEST_INFO(outcome.stopped.value_or(Fault()).message << outcome.ended.value_or(Fault()).message);
      BOOST_REQUIRE(runs < runs_max);
    }
  }

  Undisturbed content() const {
    const auto log = open();
    Undisturbed content;
    for (const Topic topic : {Topic::events, Topic::charges, Topic::access, Topic::rejects}) {
      content.lines[topic] = lines_of(*log, topic);
    }
    content.note = must(log->position_of("subledger", 0)).metadata;
    return content;
  }

  void check_as_undisturbed() const;

  MemoryStoreFactory stores;

 private:
  TempDirectory directory_;
};

/// A log's file with all the events, and nothing of an engine.
const std::string& events_only() {
  static const std::string content = [] {
    SqliteWorld world;
    world.append(0, workload_records);
    return file_content(world.path()).value();
  }();
  return content;
}

const Undisturbed& undisturbed() {
  static const Undisturbed expected = [] {
    SqliteWorld world(events_only());
    world.finish();
    return world.content();
  }();
  return expected;
}

void SqliteWorld::check_as_undisturbed() const {
  const Undisturbed found = content();
  for (const auto& [topic, lines] : undisturbed().lines) {
    BOOST_TEST(found.lines.at(topic).size() == lines.size());
    BOOST_TEST((found.lines.at(topic) == lines), topic_name(topic));
  }
  BOOST_TEST(found.note == undisturbed().note);
}

/// A run with the n-th change of the disk failing, for every n that a run reaches (under a sanitizer, which
/// is slow: every `step`-th); gives the number of runs.
template <class Finish>
int each_change(SqliteTrouble trouble, bool lasting, Finish finish) {
  for (int runs = 0;; ++runs) {
    const int64_t nth = 1 + runs * step;
    BOOST_TEST_CONTEXT("change " << nth) {
      FaultVfs disk;
      SqliteWorld world(events_only());
      disk.fail_change(nth, trouble, lasting);
      const RunOutcome outcome = world.run([&](int waits) {
        if (waits == waits_until_space && trouble == SqliteTrouble::no_space) disk.heal();
      });
      if (!disk.struck() && outcome.waits == 0) return runs;
      finish(world, disk, outcome);
    }
  }
}

void names_the_log(const SqliteWorld& world, const RunOutcome& outcome) {
  for (const auto& fault : {outcome.stopped, outcome.ended}) {
    if (fault) BOOST_TEST(fault->message.find(world.path()) != std::string::npos, fault->message);
  }
}

void finish_after_fault(SqliteWorld& world, FaultVfs& disk, const RunOutcome& outcome) {
  names_the_log(world, outcome);
  disk.heal();
  world.finish();
  world.check_as_undisturbed();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite_faults)

/// The measure itself.
BOOST_AUTO_TEST_CASE(undisturbed_run) {
  const std::string& content = events_only();
  FaultVfs disk;
  SqliteWorld world(content);
  world.finish();
  BOOST_TEST_MESSAGE(disk.changes() << " changes");
  BOOST_TEST(disk.changes() > changes_least);
  for (const Topic topic : outputs) BOOST_TEST(undisturbed().lines.at(topic).size() > 3U, topic_name(topic));
  world.check_as_undisturbed();
}

BOOST_AUTO_TEST_CASE(change_fails_once) {
  BOOST_TEST(each_change(SqliteTrouble::io_error, false, finish_after_fault) > runs_least);
}

BOOST_AUTO_TEST_CASE(changes_fail_for_good) {
  BOOST_TEST(each_change(SqliteTrouble::io_error, true, finish_after_fault) > runs_least);
}

/// Goal: want of space is waited for, and the engine goes on by itself. Only a start, which has nothing under
/// way, ends with a word about it.
BOOST_AUTO_TEST_CASE(no_space_for_a_while) {
  int waited = 0;
  const int runs = each_change(SqliteTrouble::no_space, true,
                               [&](SqliteWorld& world, FaultVfs& disk, const RunOutcome& outcome) {
                                 BOOST_TEST_INFO(outcome.ended.value_or(Fault()).message);
                                 BOOST_TEST(!outcome.stopped);
                                 if (outcome.ended) {
                                   const std::string& why = outcome.ended->message;
                                   BOOST_TEST(why.find("free some space") != std::string::npos);
                                   BOOST_TEST(lines_of(*world.open(), Topic::charges).empty());
                                 } else {
                                   waited += outcome.waits > 0 ? 1 : 0;
                                   world.check_as_undisturbed();
                                 }
                                 finish_after_fault(world, disk, outcome);
                               });
  BOOST_TEST(runs > runs_least);
  BOOST_TEST(waited > runs / 2);
}

BOOST_AUTO_TEST_CASE(no_space_once) {
  BOOST_TEST(each_change(SqliteTrouble::no_space, false, finish_after_fault) > runs_least);
}

/// Goal: what a lane was told is committed is there after the power was gone; so no store is ahead of its
/// log.
template <class Lose>
int each_loss_of_power(Lose lose) {
  return each_change(SqliteTrouble::power, true, [&](SqliteWorld& world, FaultVfs& disk, const RunOutcome&) {
    lose(disk);
    world.stores.crash();
    world.finish();
    world.check_as_undisturbed();
  });
}

BOOST_AUTO_TEST_CASE(power_goes_with_all_unsynced) {
  BOOST_TEST(each_loss_of_power([](FaultVfs& disk) { disk.lose_power(nullptr); }) > runs_least);
}

BOOST_AUTO_TEST_CASE(power_goes_with_some_unsynced) {
  simulation::Random random(1);
  BOOST_TEST(each_loss_of_power([&](FaultVfs& disk) { disk.lose_power(&random); }) > runs_least);
}

/// Goal: a producer that tries again after a fault has each event in the log once.
BOOST_AUTO_TEST_CASE(ingesting_on_a_failing_disk) {
  for (const SqliteTrouble trouble : {SqliteTrouble::io_error, SqliteTrouble::no_space}) {
    for (int64_t nth = 1;; ++nth) {
      BOOST_TEST_CONTEXT("change " << nth) {
        FaultVfs disk;
        SqliteWorld world;
        const auto log = world.open();
        const auto writer = must(log->open_writer(false));
        for (std::size_t i = 0; i < half; ++i) {
          std::vector<Header> headers;
          must(writer->append(event_of(workload()[i], headers)));
        }
        disk.fail_change(nth, trouble, false);
        const auto flushed = writer->flush();
        const bool struck = disk.struck();
        disk.heal();
        if (struck) {
          BOOST_TEST(!flushed);
          must(writer->flush());
        }
        BOOST_TEST(lines_of(*world.open(), Topic::events).size() == half);
        if (struck) continue;
      }
      BOOST_TEST(nth > 20);
      break;
    }
  }
}

/// Goal: no reader ever gets other bytes than were written: a wrong bit is named, or was in no record. A page
/// that is damaged may hide the newest records, which `verify` finds.
BOOST_AUTO_TEST_CASE(wrong_bits_at_rest) {
  SqliteWorld world(events_only());
  world.finish();
  const std::string sound = file_content(world.path()).value();
  simulation::Random random(1);
  int named = 0;
  for (int flip = 0; flip < 400; ++flip) {
    const std::size_t at = random.below(sound.size());
    BOOST_TEST_CONTEXT("byte " << at) {
      std::string damaged = sound;
      damaged[at] = static_cast<char>(damaged[at] ^ 1 << random.below(8));
      write_file(world.path(), damaged);
      const auto log = world.open();
      for (const auto& [topic, lines] : undisturbed().lines) {
        std::optional<Fault> fault;
        const Lines found = lines_of(*log, topic, &fault);
        BOOST_TEST((found.size() <= lines.size() && std::equal(found.begin(), found.end(), lines.begin())));
        if (!fault) continue;
        ++named;
        BOOST_TEST(fault->message.find(world.path()) != std::string::npos, fault->message);
      }
    }
  }
  BOOST_TEST(named > 100);
}

/// Goal: an engine on a damaged log emits nothing that the sound one would not have made it emit.
BOOST_AUTO_TEST_CASE(wrong_bits_below_an_engine) {
  SqliteWorld world;
  world.append(0, half);
  world.finish();
  world.append(half, workload_records - half);
  const std::string sound = file_content(world.path()).value();
  const MemoryRows rows = world.stores.disk(0).rows();
  simulation::Random random(2);
  int stopped = 0;
  for (int flip = 0; flip < 100; ++flip) {
    const std::size_t at = random.below(sound.size());
    BOOST_TEST_CONTEXT("byte " << at) {
      std::string damaged = sound;
      damaged[at] = static_cast<char>(damaged[at] ^ 1 << random.below(8));
      write_file(world.path(), damaged);
      world.stores.disk(0).set_rows(rows);
      RunOutcome outcome;
      const auto log = world.open();
      if (log->partitions()) outcome = world.run();
      stopped += outcome.stopped || outcome.ended ? 1 : 0;
      for (const Topic topic : outputs) {
        std::optional<Fault> fault;
        const Lines found = lines_of(*log, topic, &fault);
        const Lines& lines = undisturbed().lines.at(topic);
        BOOST_TEST((found.size() <= lines.size() && std::equal(found.begin(), found.end(), lines.begin())));
      }
    }
  }
  BOOST_TEST(stopped > 5);
}

BOOST_AUTO_TEST_SUITE_END()
