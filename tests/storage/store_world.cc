#include "tests/storage/store_world.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <utility>

#include "connectors/rocksdb/store_directory.h"
#include "engine/lane.h"
#include "engine/rollups.h"
#include "projections/rows.h"
#include "projections/totals.h"
#include "tests/simulation/workload.h"

namespace subledger::test {
namespace {

constexpr uint64_t workload_seed = 1;
constexpr std::size_t workload_records = 2'000;
constexpr int persist_ms = 60;  // of a clock that advances with every look at it

const std::vector<simulation::Input>& workload() {
  static const std::vector<simulation::Input> made = [] {
    simulation::Random random(workload_seed);
    return simulation::Workload(random, 1).make(workload_records);
  }();
  return made;
}

using Rows = std::map<std::string, std::string>;

Rows rows_of(const StorePort& store) {
  Rows rows;
  const auto scanned = store.scan(
      "", [&](std::string_view key, std::string_view value) { return rows.emplace(key, value).second; });
  if (!scanned) BOOST_FAIL(scanned.error().message);
  return rows;
}

std::optional<Meta> meta_in(const Rows& rows) {
  const auto row = rows.find(std::string(meta_key));
  return row == rows.end() ? std::nullopt : parse_meta(row->second);
}

struct Undisturbed {
  std::vector<std::vector<MemoryRecord>> outputs;
  std::string note;
};

std::vector<std::vector<MemoryRecord>> outputs_of(const MemoryLog& log) {
  return {log.records(Topic::charges, 0), log.records(Topic::access, 0), log.records(Topic::rejects, 0)};
}

bool same(const MemoryRecord& left, const MemoryRecord& right) {
  return left.timestamp == right.timestamp && left.key == right.key && left.value == right.value &&
         left.headers == right.headers;
}

}  // namespace

StoreWorld::StoreWorld(rocksdb::Env* env)
    : env_(env),
      log_({.partitions = 1, .now_micros = {}}),
      path_(store_path(directory_.path(), 0)),
      input_size_(workload().size()) {}

RocksdbStoreOptions StoreWorld::options() const {
  return {.directory = directory_.path(),
          .log_identity = "log-1",
          .partitions = 1,
          .block_cache_bytes = 1 << 20,
          .write_buffers_bytes = 1 << 20,
          .write_buffer_bytes = 64 << 10,
          .background_jobs = 1,
          .env = env_};
}

void StoreWorld::append(std::size_t first, std::size_t count) {
  const auto writer = log_.open_writer(false);
  BOOST_REQUIRE(writer);
  for (std::size_t i = first; i < first + count && i < workload().size(); ++i) {
    const simulation::Input& input = workload()[i];
    NewRecord record;
    record.topic = Topic::events;
    if (input.key) record.key = *input.key;
    if (input.value) record.value = *input.value;
    std::vector<Header> headers;
    for (const auto& [name, value] : input.headers) headers.push_back({name, value});
    record.headers = headers;
    BOOST_REQUIRE((*writer)->append(record));
  }
}

RunOutcome StoreWorld::run(const std::function<void(int)>& on_wait) {
  EngineOptions engine;
  engine.instance = "engine";
  engine.chunk_records = 100;
  engine.persist_bytes = 100 << 10;
  engine.persist_ms = persist_ms;
  engine.accounts_max = 1;
  engine.threaded_commit = false;
  Watch watch(on_wait, sleeps);
  RocksdbStoreFactory stores(options());
  Lane lane(log_, stores, engine, {0, 1}, watch, watch.status, watch.stop, watch);
  if (const auto ran = lane.run(); !ran) watch.outcome.ended = ran.error();
  return watch.outcome;
}

void StoreWorld::run_to_end() {
  const RunOutcome outcome = run();
  BOOST_REQUIRE_MESSAGE(!outcome.stopped, outcome.stopped.value_or(Fault()).message);
  BOOST_REQUIRE_MESSAGE(!outcome.ended, outcome.ended.value_or(Fault()).message);
}

int64_t StoreWorld::check_whole() {
  const auto store = RocksdbStoreFactory(options()).open(0);
  if (!store) BOOST_FAIL(store.error().message);
  const Rows rows = rows_of(**store);
  if (rows.empty()) return 0;
  const auto meta = meta_in(rows);
  BOOST_REQUIRE(meta);
  SetHash sum;
  for (const auto& [key, value] : rows) {
    const bool rollup = key.front() == rollup_prefix || key.front() == rollup_begin_prefix;
    if (key != meta_key && !rollup) sum.add(hash_row(key, value));
  }
  BOOST_TEST((sum.sum() == meta->rows.sum()));
  BOOST_TEST((trial_balance(meta->postings) == 0));
  BOOST_TEST(meta->position <= log_.committed("subledger", 0).position.value_or(0));
  return meta->position;
}

void StoreWorld::check_as_undisturbed() {
  static const Undisturbed expected = [] {
    StoreWorld world(nullptr);
    world.append(0, world.input_size());
    world.run_to_end();
    return Undisturbed{outputs_of(world.log_), world.log_.committed("subledger", 0).metadata};
  }();
  const auto outputs = outputs_of(log_);
  for (std::size_t topic = 0; topic < outputs.size(); ++topic) {
    BOOST_REQUIRE(outputs[topic].size() == expected.outputs[topic].size());
    for (std::size_t i = 0; i < outputs[topic].size(); ++i)
      BOOST_REQUIRE(same(outputs[topic][i], expected.outputs[topic][i]));
  }
  BOOST_TEST(log_.committed("subledger", 0).metadata == expected.note);
  BOOST_TEST(check_whole() == log_.committed("subledger", 0).position.value());
}

void StoreWorld::remove_store() { std::filesystem::remove_all(path_); }

}  // namespace subledger::test
