// The store in RocksDB keeps the contract, survives crashes as a prefix of its writes, and refuses what is
// not its own.
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <thread>

#include "connectors/rocksdb/rocksdb_store.h"
#include "connectors/rocksdb/store_directory.h"
#include "tests/connectors/child_process.h"
#include "tests/connectors/log_contract.h"
#include "tests/connectors/store_contract.h"
#include "tests/support/temp_directory.h"

#ifdef __SANITIZE_THREAD__
/// Debian's RocksDB is not instrumented: its own synchronisation cannot be seen, only what it protects.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "race:librocksdb\nrace:rocksdb::\n"; }
#endif

using namespace subledger;
using namespace subledger::test;

namespace {

RocksdbStoreOptions options_for(const std::string& directory) {
  return {.directory = directory, .log_identity = "log-1", .partitions = 4, .write_buffer_bytes = 64 << 10};
}

std::unique_ptr<StorePort> open(const RocksdbStoreOptions& options, int32_t partition = 3) {
  Result<std::unique_ptr<StorePort>> store = RocksdbStoreFactory(options).open(partition);
  BOOST_REQUIRE_MESSAGE(store.has_value(), store.error().message);
  return std::move(*store);
}

class RocksdbBench : public StoreBench {
 public:
  RocksdbBench() { store_ = open(options_for(directory.path())); }
  StorePort& store() override { return *store_; }
  void reopen() override {
    must(store_->flush());
    close();
    store_ = open(options_for(directory.path()));
  }
  void close() { store_.reset(); }

  TempDirectory directory;

 private:
  std::unique_ptr<StorePort> store_;
};

/// The store cannot be opened, exit code 5, and the message names the path and says `words`.
void check_refused(const RocksdbStoreOptions& options, std::string_view words, int32_t partition = 3) {
  const Result<std::unique_ptr<StorePort>> store = RocksdbStoreFactory(options).open(partition);
  BOOST_REQUIRE(!store.has_value());
  BOOST_TEST_INFO(store.error().message);
  BOOST_TEST((store.error().kind == Fault::Kind::unreachable));
  BOOST_TEST(store.error().message.find(options.directory) != std::string::npos);
  BOOST_TEST_INFO(store.error().message);
  BOOST_TEST(store.error().message.find(words) != std::string::npos);
}

/// Names, sizes and times of all files below.
std::map<std::string, std::string> listing(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const auto size = entry.is_regular_file() ? entry.file_size() : 0;
    files[entry.path().string()] =
        std::to_string(size) + "@" + std::to_string(entry.last_write_time().time_since_epoch().count());
  }
  return files;
}

void touch(const std::string& path) { std::ofstream(path).flush(); }

void wait_for_file(const std::string& path) {
  while (!std::filesystem::exists(path)) std::this_thread::yield();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rocksdb_child, *boost::unit_test::disabled())

/// Writes for ever, flushes now and then, tells by a file when `flushed` writes are flushed.
BOOST_AUTO_TEST_CASE(write_for_ever) {
  const auto store = open(options_for(child_argument()));
  for (int n = check_history(*store) + 1;; ++n) {
    write_rows(*store, history_write(n));
    if (n % 100 == 0) {
      must(store->flush());
      touch(child_argument() + "/flushed-" + std::to_string(n));
    }
  }
}

/// Ends without closing the store, right after writes that nobody flushed.
BOOST_AUTO_TEST_CASE(exit_without_flush) {
  const auto store = open(options_for(child_argument()));
  for (int n = 1; n <= 5; ++n) write_rows(*store, history_write(n));
  must(store->flush());
  for (int n = 6; n <= 9; ++n) write_rows(*store, history_write(n));
  ::_exit(0);
}

BOOST_AUTO_TEST_CASE(hold_open) {
  const auto store = open(options_for(child_argument()));
  touch(child_argument() + "/held");
  while (true) std::this_thread::yield();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rocksdb_store)
SUBLEDGER_STORE_CONTRACT(RocksdbBench)

BOOST_AUTO_TEST_CASE(unflushed_writes_are_lost_alone) {
  const TempDirectory directory;
  BOOST_TEST(ChildProcess("rocksdb_child/exit_without_flush", directory.path()).wait());
  BOOST_TEST(check_history(*open(options_for(directory.path()))) == 5);
}

/// kill -9 while memory is written out in the background: always the state after one of the writes, not
/// before a flush.
BOOST_AUTO_TEST_CASE(killed_writer_leaves_a_prefix) {
  const TempDirectory directory;
  const unsigned seed = std::random_device()();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  int flushed = 0;
  for (int round = 0; round < 5; ++round) {
    ChildProcess child("rocksdb_child/write_for_ever", directory.path());
    flushed += 100 * static_cast<int>(1 + random() % 5);
    wait_for_file(directory.file("flushed-" + std::to_string(flushed)));
    child.kill();
    const int count = check_history(*open(options_for(directory.path())));
    BOOST_TEST(count >= flushed);
    flushed = count / 100 * 100;
  }
}

BOOST_AUTO_TEST_CASE(stores_of_others_are_refused) {
  RocksdbBench bench;
  write_rows(bench.store(), history_write(1));
  bench.close();
  RocksdbStoreOptions other = options_for(bench.directory.path());
  other.log_identity = "log-2";
  check_refused(other, "belongs to another log (log-1, not log-2)");
  other = options_for(bench.directory.path());
  other.partitions = 8;
  check_refused(other, "made for a log of 4 partitions, this one has 8");
  const std::string path = store_path(bench.directory.path(), 3);
  std::filesystem::copy(path, store_path(bench.directory.path(), 2),
                        std::filesystem::copy_options::recursive);
  check_refused(options_for(bench.directory.path()), "is the one of partition 3, not 2", 2);
  std::ofstream(path + "/STORE") << "subledger-store 2\nsomething new\n";
  check_refused(options_for(bench.directory.path()), "has format 2, this program knows format 1");
  BOOST_TEST(!open_rocksdb_read_only(bench.directory.path(), 3).has_value());
  std::ofstream(path + "/STORE") << "subledger-store 1\nlog log-1\n";
  check_refused(options_for(bench.directory.path()), "label is damaged");
  std::filesystem::remove(path + "/STORE");
  check_refused(options_for(bench.directory.path()), "without a label");
}

BOOST_AUTO_TEST_CASE(store_in_use_is_refused) {
  const TempDirectory directory;
  ChildProcess child("rocksdb_child/hold_open", directory.path());
  wait_for_file(directory.file("held"));
  check_refused(options_for(directory.path()), "in use by another process");
  child.kill();
  open(options_for(directory.path()));
}

BOOST_AUTO_TEST_CASE(damaged_files_are_named) {
  RocksdbBench bench;
  write_rows(bench.store(), history_write(1));
  bench.reopen();
  bench.close();
  const std::string path = store_path(bench.directory.path(), 3);
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.path().extension() == ".sst") std::filesystem::resize_file(entry.path(), 10);
  }
  check_refused(options_for(bench.directory.path()),
                "delete the directory and it will be rebuilt from the log");
}

BOOST_AUTO_TEST_CASE(directory_that_cannot_be_made) {
  const TempDirectory directory;
  touch(directory.file("file"));
  check_refused(options_for(directory.file("file")), "check the path");
}

/// A reader beside the engine sees what was flushed when it opened, and leaves no trace.
BOOST_AUTO_TEST_CASE(read_only) {
  RocksdbBench bench;
  BOOST_TEST(!open_rocksdb_read_only(bench.directory.path(), 1).has_value());
  write_rows(bench.store(), history_write(1));
  must(bench.store().flush());
  write_rows(bench.store(), history_write(2));
  const auto before = listing(bench.directory.path());
  {
    const auto reader = open_rocksdb_read_only(bench.directory.path(), 3);
    BOOST_REQUIRE_MESSAGE(reader.has_value(), reader.error().message);
    BOOST_TEST(check_history(**reader) == 1);
    BOOST_TEST(!(*reader)->write(std::array{RowWrite{"a", "b"}}).has_value());
  }
  BOOST_TEST((listing(bench.directory.path()) == before));
  must(bench.store().flush());
  BOOST_TEST(check_history(**open_rocksdb_read_only(bench.directory.path(), 3)) == 2);
}

/// Opening again and again while files are written, merged and deleted.
BOOST_AUTO_TEST_CASE(read_only_while_written) {
  const TempDirectory directory;
  ChildProcess child("rocksdb_child/write_for_ever", directory.path());
  wait_for_file(directory.file("flushed-100"));
  int before = 0;
  for (int i = 0; i < 100; ++i) {
    const auto reader = open_rocksdb_read_only(directory.path(), 3);
    BOOST_REQUIRE_MESSAGE(reader.has_value(), reader.error().message);
    const int seen = check_history(**reader);
    BOOST_TEST(seen >= before);
    before = seen;
  }
}

BOOST_AUTO_TEST_CASE(directory_tells_what_it_holds) {
  const TempDirectory directory;
  BOOST_TEST(!read_store_directory(directory.path()).has_value());
  BOOST_TEST(!read_store_directory(directory.file("absent")).has_value());
  open(options_for(directory.path()), 3);
  open(options_for(directory.path()), 0);
  touch(directory.file("partition-x"));
  const Result<StoreDirectory> stores = read_store_directory(directory.path());
  BOOST_REQUIRE_MESSAGE(stores.has_value(), stores.error().message);
  BOOST_TEST(stores->log_identity == "log-1");
  BOOST_TEST(stores->partitions == 4);
  BOOST_TEST(stores->present == (std::vector<int32_t>{0, 3}), boost::test_tools::per_element());
  RocksdbStoreOptions other = options_for(directory.path());
  other.log_identity = "log-2";
  open(other, 1);
  BOOST_TEST(!read_store_directory(directory.path()).has_value());
}

BOOST_AUTO_TEST_CASE(replays_and_engines_keep_out_of_each_others_stores) {
  const TempDirectory directory;
  const RocksdbStoreOptions engine = options_for(directory.path());
  RocksdbStoreOptions plain = engine;
  plain.replay = plain_replay;
  RocksdbStoreOptions varied = engine;
  varied.replay = "subscriber 79161234567";
  open(engine, 0);
  check_refused(plain, "an engine's own", 0);
  check_refused(varied, "an engine's own", 0);
  open(varied, 1);
  open(varied, 1);
  BOOST_TEST(read_label(directory.path(), 1)->replay == varied.replay);
  check_refused(engine, "the engine cannot go on from", 1);
  check_refused(plain, "not the one asked for (whole log)", 1);
  BOOST_TEST(!read_store_directory(directory.path()).has_value());
}

/// Its state is the ledger's, so the engine may take it over; then it is the engine's.
BOOST_AUTO_TEST_CASE(a_plain_replay_becomes_the_engines) {
  const TempDirectory directory;
  RocksdbStoreOptions plain = options_for(directory.path());
  plain.replay = plain_replay;
  open(plain, 0);
  open(plain, 1);
  open(options_for(directory.path()), 1);
  BOOST_TEST(read_store_directory(directory.path())->replay == "");
  BOOST_TEST(read_label(directory.path(), 1)->replay == "");
  check_refused(plain, "an engine's own", 1);
}

BOOST_AUTO_TEST_CASE(instance_name_is_kept) {
  const TempDirectory directory;
  const std::string name = must(instance_name(directory.file("new/store")));
  BOOST_TEST(name.size() == 8U);
  BOOST_TEST(name.find_first_not_of("0123456789abcdef") == std::string::npos);
  BOOST_TEST(must(instance_name(directory.file("new/store"))) == name);
  BOOST_TEST(has_instance(directory.file("new/store")));
  BOOST_TEST(!has_instance(directory.path()));
  BOOST_TEST(must(instance_name(directory.file("other"))) != name);
  touch(directory.file("file"));
  BOOST_TEST(!instance_name(directory.file("file")).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
