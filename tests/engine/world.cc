#include "tests/engine/world.h"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <utility>

#include "engine/rollups.h"
#include "events/partitioner.h"
#include "projections/rows.h"

namespace subledger::test {
namespace {

constexpr auto await_max = std::chrono::seconds(60);  // a test that hangs shall fail by itself

}  // namespace

Watcher::Seen Watcher::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

void Watcher::await(const std::function<bool(const Seen&)>& claim) {
  std::unique_lock lock(mutex_);
  const bool came = changed_.wait_for(lock, await_max, [&] { return claim(seen_); });
  BOOST_REQUIRE_MESSAGE(came, "what the test waits for does not come");
}

template <class Change>
void Watcher::note(Change change) {
  {
    const std::lock_guard lock(mutex_);
    change(seen_);
  }
  changed_.notify_all();
}

void Watcher::partition_ready(int32_t partition, int64_t store_position, int64_t log_position) {
  note([&](Seen& seen) { seen.ready.push_back({partition, store_position, log_position}); });
}

void Watcher::partition_released(int32_t partition) {
  note([&](Seen& seen) { seen.released.push_back(partition); });
  if (on_released) on_released(partition);
}

void Watcher::partition_stopped(int32_t partition, const Fault& why) {
  note([&](Seen& seen) { seen.stopped[partition] = why.message; });
}

void Watcher::position_found(int32_t partition, int64_t position) {
  note([&](Seen& seen) { seen.found[partition] = position; });
}

void Watcher::waiting(int, const std::string& why) {
  note([&](Seen& seen) { seen.waits.push_back(why); });
  if (on_waiting) on_waiting(why);
}

void Watcher::chunk_committed(int, uint64_t records, uint64_t outputs) {
  int chunks = 0;
  note([&](Seen& seen) {
    seen.chunk_records.push_back(records);
    seen.chunk_outputs.push_back(outputs);
    chunks = static_cast<int>(seen.chunk_records.size());
  });
  if (on_chunk) on_chunk(chunks);
}

void Watcher::backlog(int32_t partition, int64_t records) {
  note([&](Seen& seen) { seen.backlog[partition] = records; });
}

void Watcher::replayed(int32_t partition, uint64_t records) {
  note([&](Seen& seen) { seen.replayed[partition] = records; });
}

void Watcher::rollup_filled(int32_t, const RollupProgress& progress) {
  note([&](Seen& seen) { seen.filled.push_back(progress); });
}

Instance::Instance(MemoryLog& memory, Group* group, const std::string& name) : log(memory, group) {
  options.instance = name;
  options.chunk_records = 7;
  options.persist_bytes = 1;
  options.until_end = true;
  options.threaded_commit = false;
  partitions_ = memory.partitions().value_or(0);
}

Instance::~Instance() {
  stop = true;
  if (thread_.joinable()) thread_.join();
}

Result<EngineReport> Instance::run() { return run_engine(log, stores, options, watcher, stop); }

EngineReport Instance::run_to_end() {
  const auto report = run();
  BOOST_REQUIRE_MESSAGE(report, report.error().message);
  BOOST_TEST(report->stopped_partitions == 0);
  if (report->stopped_partitions == 0) return *report;
  for (const auto& [partition, why] : watcher.seen().stopped)
    BOOST_TEST_MESSAGE(partition << " stopped: " << why);
  return *report;
}

void Instance::start() {
  thread_ = std::thread([this] { ended_ = run(); });
}

Result<EngineReport> Instance::stop_run() {
  stop = true;
  return await_end();
}

Result<EngineReport> Instance::await_end() {
  thread_.join();
  stop = false;
  return *ended_;
}

void Instance::lose_power(std::size_t kept_writes) {
  for (int32_t p = 0; p < partitions_; ++p) stores.disk(p).crash(kept_writes);
}

std::vector<std::string> outputs_of(const MemoryLog& log, int32_t partitions) {
  std::vector<std::string> lines;
  for (const Topic topic : {Topic::charges, Topic::access, Topic::rejects}) {
    for (int32_t p = 0; p < partitions; ++p) {
      for (const MemoryRecord& record : log.records(topic, p)) lines.push_back(text_of(topic, p, record));
    }
  }
  return lines;
}

std::optional<Meta> meta_of(MemoryDisk& disk) {
  const MemoryRows rows = disk.rows();
  const auto row = rows.find(meta_key);
  if (row == rows.end()) return std::nullopt;
  const auto meta = parse_meta(row->second);
  BOOST_REQUIRE(meta);
  return meta;
}

/// What the digest has to be, reckoned from the rows themselves.
RowHash sum_of_rows(const MemoryDisk& disk) {
  SetHash sum;
  for (const auto& [key, value] : disk.rows()) {
    const bool rollup = key.front() == rollup_prefix || key.front() == rollup_begin_prefix;
    if (key != meta_key && !rollup) sum.add(hash_row(key, value));
  }
  return sum.sum();
}

std::vector<std::string> states_of(Stores& stores, int32_t partitions) {
  std::vector<std::string> lines;
  for (int32_t p = 0; p < partitions; ++p) {
    const auto meta = meta_of(stores.disk(p));
    std::string line = std::to_string(p);
    if (meta) {
      const Counts& counts = meta->counts;
      BOOST_TEST((trial_balance(meta->postings) == 0));
      BOOST_TEST(counts.records == counts.accepted + counts.duplicates + counts.rejected);
      BOOST_TEST((sum_of_rows(stores.disk(p)) == meta->rows.sum()));
      line += " next " + std::to_string(meta->position) + " at " + std::to_string(meta->recorded_at.micros) +
              " accepted " + std::to_string(counts.accepted) + " duplicates " +
              std::to_string(counts.duplicates) + " rejected " + std::to_string(counts.rejected) + " note " +
              commit_note(*meta);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

Broker::Broker(const Shape& shape)
    : broker({.partitions = shape.partitions, .now_micros = {}, .offset_gaps = shape.gaps}) {}

World::World(Shape wanted, Group* group) : Broker(wanted), Instance(broker, group), shape(wanted) {}

void World::append_raw(int32_t partition, std::optional<std::string_view> key,
                       std::optional<std::string_view> value, std::span<const Header> headers) {
  const auto writer = broker.open_writer(true);
  BOOST_REQUIRE(writer);
  BOOST_REQUIRE((*writer)->append({Topic::events, partition, {}, key, value, headers}));
  BOOST_REQUIRE((*writer)->flush());
}

std::optional<int64_t> World::committed(int32_t partition) const {
  return broker.committed(options.group, partition).position;
}

int64_t World::end_of_events(int32_t partition) const {
  const auto records = broker.records(Topic::events, partition);
  return records.empty() ? 0 : records.back().offset + 1;
}

Expected undisturbed(Shape shape) {
  World world(shape);
  world.append_work();
  world.run_to_end();
  return {world.outputs(), world.states()};
}

void check_as_undisturbed(World& world, const Expected& expected) {
  BOOST_TEST(world.outputs() == expected.outputs, boost::test_tools::per_element());
  BOOST_TEST(world.states() == expected.states, boost::test_tools::per_element());
  check_dense(world.broker, world.shape.partitions);
}

void check_dense(const MemoryLog& log, int32_t partitions) {
  for (const Topic topic : {Topic::charges, Topic::access, Topic::rejects}) {
    for (int32_t p = 0; p < partitions; ++p) {
      uint64_t sequence = 0;
      for (const MemoryRecord& record : log.records(topic, p)) {
        BOOST_REQUIRE(record.headers.back().first == "output-sequence");
        BOOST_TEST(record.headers.back().second.value() == std::to_string(++sequence));
      }
    }
  }
}

int run_until_done(World& world) {
  constexpr int runs_max = 20;
  for (int runs = 1; runs <= runs_max; ++runs) {
    const auto report = world.run();
    if (report && report->stopped_partitions == 0) return runs;
  }
  BOOST_FAIL("the engine does not come to the end");
  return 0;
}

bool mentions(const std::string& text, std::string_view word) { return text.find(word) != std::string::npos; }

}  // namespace subledger::test
