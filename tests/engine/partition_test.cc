// A partition by itself: what it persists, and when; what it reads back.
#include "engine/partition.h"

#include <boost/test/unit_test.hpp>

#include "tests/engine/world.h"

using namespace subledger;
using namespace subledger::test;

namespace {

/// A partition that is fed a day of work by hand.
class Bench {
 public:
  Bench() {
    world_.append_work();
    records_ = world_.broker.records(Topic::events, 0);
    load();
  }
  void load() { partition_ = std::move(*Partition::load(store_, {0, 1, 0})); }
  Partition& partition() { return *partition_; }
  void apply(std::size_t count) {
    for (; count > 0 && next_ < records_.size(); --count, ++next_) {
      BOOST_REQUIRE(partition_->apply(
          read(next_), [] { return std::vector<Header>(); }, &outputs));
    }
  }
  /// Those after the next `skipped` ones.
  void expect(std::size_t skipped, std::size_t count) {
    std::vector<LogRecord> expected;
    for (std::size_t i = next_ + skipped; i < std::min(next_ + skipped + count, size()); ++i) {
      expected.push_back(read(i));
    }
    partition_->expect(expected);
  }
  void apply_all() { apply(records_.size()); }
  /// A chunk of so many records, committed at once.
  void chunk(std::size_t count) {
    apply(count);
    partition_->seal();
    partition_->chunk_committed();
  }
  void persist() { BOOST_REQUIRE(partition_->persist(false)); }
  int64_t stored() const { return meta_of(disk).value_or(Meta{}).position; }
  std::size_t size() const { return records_.size(); }

  mutable MemoryDisk disk;
  Outputs outputs;

 private:
  LogRecord read(std::size_t index) const {
    const MemoryRecord& record = records_[index];
    return {0, record.offset, record.timestamp, record.key, record.value, nullptr};
  }

  World world_{{.partitions = 1}};
  std::vector<MemoryRecord> records_;
  std::size_t next_ = 0;
  MemoryStore store_{disk};
  std::unique_ptr<Partition> partition_;
};

/// All of the work in one chunk.
MemoryRows rows_in_one_go() {
  Bench bench;
  bench.chunk(bench.size());
  bench.persist();
  return bench.disk.rows();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(partition)

/// Invariant: A ≤ P.
BOOST_AUTO_TEST_CASE(committed_chunks_alone_are_persisted) {
  Bench bench;
  bench.apply(10);
  BOOST_TEST(bench.partition().seal().position == 10);
  bench.persist();
  BOOST_TEST(bench.disk.rows().empty());
  bench.apply(10);
  bench.partition().seal();
  bench.partition().chunk_committed();
  bench.apply(10);
  bench.persist();
  BOOST_TEST(bench.stored() == 10);
  BOOST_TEST(bench.partition().position() == 30);
  bench.partition().chunk_committed();
  bench.persist();
  BOOST_TEST(bench.stored() == 20);
}

BOOST_AUTO_TEST_CASE(clean_when_nothing_waits) {
  Bench bench;
  BOOST_TEST(bench.partition().clean());
  bench.apply(1);
  BOOST_TEST(!bench.partition().clean());
  bench.partition().seal();
  bench.partition().chunk_committed();
  BOOST_TEST(!bench.partition().clean());
  bench.persist();
  BOOST_TEST(bench.partition().clean());
}

/// Chunks of one record, persisted by tens in one batch: of a row that was written often the last write
/// stands.
BOOST_AUTO_TEST_CASE(last_write_of_a_row_stands) {
  Bench bench;
  for (std::size_t i = 0; i < bench.size(); ++i) {
    bench.chunk(1);
    if (i % 10 == 0) bench.persist();
  }
  bench.persist();
  BOOST_TEST((bench.disk.rows() == rows_in_one_go()));
}

/// Goal: what was looked up before its turn is as it would be found at its turn, also where the record's
/// original was applied or persisted in between.
BOOST_AUTO_TEST_CASE(expecting_changes_no_result) {
  const MemoryRows rows = rows_in_one_go();
  for (const std::size_t window : {1U, 7U, 50U, 1'000U}) {
    for (const std::size_t chunk : {1U, 5U, 1'000U}) {
      Bench bench;
      for (std::size_t i = 0; i < bench.size(); i += chunk) {
        if (i % window == 0) bench.expect(0, window);
        bench.chunk(chunk);
        bench.persist();
      }
      BOOST_TEST((bench.disk.rows() == rows), "window " << window << ", chunk " << chunk);
    }
  }
}

/// As after a fault, or where several runs of a partition's records come with others between them.
BOOST_AUTO_TEST_CASE(expecting_other_records) {
  Bench bench;
  bench.expect(3, 10);
  bench.chunk(5);
  bench.expect(0, 4);
  bench.expect(4, 4);
  bench.chunk(6);
  bench.expect(0, 1'000);
  bench.chunk(bench.size());
  bench.persist();
  BOOST_TEST((bench.disk.rows() == rows_in_one_go()));
}

/// A write that fails is made again, with what was committed meanwhile.
BOOST_AUTO_TEST_CASE(failed_persist_loses_nothing) {
  Bench bench;
  for (std::size_t i = 0; i < bench.size(); i += 7) {
    bench.chunk(7);
    bench.disk.fail_write(1);
    BOOST_TEST(!bench.partition().persist(true));
    if (i % 2 == 0) continue;
    bench.disk.fail_flush(1);
    BOOST_TEST(!bench.partition().persist(true));
  }
  BOOST_REQUIRE(bench.partition().persist(true));
  BOOST_TEST((bench.disk.rows() == rows_in_one_go()));
}

/// From any position, with nothing in memory.
BOOST_AUTO_TEST_CASE(loaded_goes_on) {
  Bench bench;
  for (std::size_t i = 0; i < bench.size(); i += 4) {
    bench.chunk(4);
    bench.persist();
    bench.load();
  }
  BOOST_TEST((bench.disk.rows() == rows_in_one_go()));
}

/// Without outputs, as in a replay, the state and the sequences in it are the same.
BOOST_AUTO_TEST_CASE(suppressed_outputs_change_nothing) {
  MemoryDisk disk;
  MemoryStore store(disk);
  World world({.partitions = 1});
  world.append_work();
  const auto quiet = std::move(*Partition::load(store, {0, 1, 0}));
  for (const MemoryRecord& record : world.broker.records(Topic::events, 0)) {
    const LogRecord read{0, record.offset, record.timestamp, record.key, record.value, nullptr};
    BOOST_REQUIRE(quiet->apply(
        read, [] { return std::vector<Header>(); }, nullptr));
  }
  Bench bench;
  bench.apply_all();
  BOOST_TEST(bench.outputs.size() > 0U);
  BOOST_TEST(quiet->seal().metadata == bench.partition().seal().metadata);
}

BOOST_AUTO_TEST_SUITE_END()
