// Whatever the disk of a store does, and whenever: what stands in the log is as if nothing had happened, and
// so is the store once the disk is in order again. Each change and each read of a run is the one that fails.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>

#include "tests/storage/fault_file_system.h"
#include "tests/storage/store_world.h"

using namespace subledger;
using namespace subledger::test;

namespace {

constexpr std::size_t half = 1'000;

constexpr int waits_until_space = 3;

bool mentions(const Fault& fault, const std::string& word) {
  return fault.message.find(word) != std::string::npos;
}

/// As an operator does it: what is said to be damaged is removed, then the engine starts again.
void repair_and_finish(StoreWorld& world, const RunOutcome& outcome) {
  if (outcome.stopped) {
    BOOST_TEST_INFO(outcome.stopped->message);
    BOOST_TEST(mentions(*outcome.stopped, world.path()));
    BOOST_TEST((outcome.stopped->kind != Fault::Kind::failed));
    if (mentions(*outcome.stopped, "delete the directory")) world.remove_store();
  }
  const RunOutcome again = world.run();
  if (again.stopped && mentions(*again.stopped, "delete the directory")) world.remove_store();
  world.run_to_end();
  world.check_as_undisturbed();
}

using Finish = void (*)(StoreWorld&, const RunOutcome&);

/// A run with the n-th change of the disk failing, for every n that a run reaches; gives their number. A disk
/// in trouble is in order again once the engine has waited three times.
int64_t each_change(Trouble trouble, bool lasting, Finish finish) {
  for (int64_t nth = 1;; ++nth) {
    BOOST_TEST_CONTEXT("change " << nth) {
      FaultyEnvironment disk;
      StoreWorld world(disk.env.get());
      world.append(0, world.input_size());
      world.sleeps = trouble == Trouble::no_space;
      disk.files->fail_change(nth, trouble, lasting);
      const RunOutcome outcome = world.run([&](int waits) {
        if (waits == waits_until_space) disk.files->heal();
      });
      if (!disk.files->struck() && outcome.waits == 0) return nth;
      disk.files->heal();
      finish(world, outcome);
    }
  }
}

/// A full disk is waited for, and only given up when a stop does not get through; nothing is to be repaired.
void needs_no_repair(StoreWorld& world, const RunOutcome& outcome) {
  BOOST_TEST(!outcome.ended);
  if (outcome.stopped) {
    BOOST_TEST_INFO(outcome.stopped->message);
    BOOST_TEST((outcome.stopped->kind == Fault::Kind::full));
    BOOST_TEST(mentions(*outcome.stopped, world.path()));
  }
  world.check_whole();
  world.run_to_end();
  world.check_as_undisturbed();
}

/// The power goes at the n-th change, for every n; what was not synced goes with it, or a part.
int64_t each_loss_of_power(bool in_part) {
  for (int64_t nth = 1;; ++nth) {
    BOOST_TEST_CONTEXT("change " << nth) {
      FaultyEnvironment disk;
      StoreWorld world(disk.env.get());
      world.append(0, world.input_size());
      disk.files->fail_change(nth, Trouble::power, true);
      (void)world.run();
      if (!disk.files->struck()) return nth;
      simulation::Random random(static_cast<uint64_t>(nth));
      disk.files->lose_power(in_part ? &random : nullptr);
      world.check_whole();
      world.run_to_end();
      world.check_as_undisturbed();
    }
  }
}

/// The first half of the work on a sound disk, then the n-th read fails, or brings a wrong bit.
int64_t each_read(bool flip_bit) {
  for (int64_t nth = 1;; ++nth) {
    BOOST_TEST_CONTEXT("read " << nth) {
      FaultyEnvironment disk;
      StoreWorld world(disk.env.get());
      world.append(0, half);
      world.run_to_end();
      world.append(half, world.input_size());
      disk.files->fail_read(nth, flip_bit, static_cast<uint64_t>(nth) * 7'919);
      const RunOutcome outcome = world.run();
      if (!disk.files->struck()) return nth;
      disk.files->heal();
      repair_and_finish(world, outcome);
    }
  }
}

constexpr int64_t reads_least = 15;
constexpr int64_t changes_of_opening = 25;
constexpr int64_t changes_least = 30;

/// Files that outlive no test need no disk, whose own syncs take long.
struct InMemory {
  InMemory() {
    if (std::filesystem::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
  }
};
BOOST_TEST_GLOBAL_FIXTURE(InMemory);

}  // namespace

BOOST_AUTO_TEST_SUITE(rocksdb_faults)

/// The measure itself: a run changes the disk often enough, and reads it.
BOOST_AUTO_TEST_CASE(undisturbed) {
  FaultyEnvironment disk;
  StoreWorld world(disk.env.get());
  world.append(0, half);
  world.run_to_end();
  BOOST_TEST(disk.files->changes() > changes_least);
  disk.files->heal();
  world.append(half, world.input_size());
  world.run_to_end();
  BOOST_TEST(disk.files->reads() > reads_least);
  BOOST_TEST_MESSAGE(disk.files->changes()
                     << " changes, " << disk.files->reads() << " reads in the second half");
  world.check_as_undisturbed();
}

BOOST_AUTO_TEST_CASE(change_fails_once) {
  BOOST_TEST(each_change(Trouble::io_error, false, repair_and_finish) > changes_least);
}

BOOST_AUTO_TEST_CASE(changes_fail_for_good) {
  BOOST_TEST(each_change(Trouble::io_error, true, repair_and_finish) > changes_least);
}

BOOST_AUTO_TEST_CASE(no_space_once) {
  BOOST_TEST(each_change(Trouble::no_space, false, needs_no_repair) > changes_least);
}

BOOST_AUTO_TEST_CASE(no_space_for_a_while) {
  BOOST_TEST(each_change(Trouble::no_space, true, needs_no_repair) > changes_least);
}

/// Full early in the work: the engine goes on by itself when there is space, without a new start.
BOOST_AUTO_TEST_CASE(full_disk_is_got_over) {
  FaultyEnvironment disk;
  StoreWorld world(disk.env.get());
  world.append(0, world.input_size());
  world.sleeps = true;
  disk.files->fail_change(changes_of_opening + 1, Trouble::no_space, true);
  const RunOutcome outcome = world.run([&](int waits) {
    if (waits == waits_until_space) disk.files->heal();
  });
  BOOST_TEST(outcome.waits >= waits_until_space);
  BOOST_TEST_INFO(outcome.stopped.value_or(Fault()).message);
  BOOST_TEST(!outcome.stopped);
  BOOST_TEST(!outcome.ended);
  world.run_to_end();
  world.check_as_undisturbed();
}

BOOST_AUTO_TEST_CASE(power_goes_with_all_unsynced) { BOOST_TEST(each_loss_of_power(false) > changes_least); }

BOOST_AUTO_TEST_CASE(power_goes_with_some_unsynced) { BOOST_TEST(each_loss_of_power(true) > changes_least); }

BOOST_AUTO_TEST_CASE(read_fails) { BOOST_TEST(each_read(false) > reads_least); }

BOOST_AUTO_TEST_CASE(read_brings_a_wrong_bit) { BOOST_TEST(each_read(true) > reads_least); }

BOOST_AUTO_TEST_SUITE_END()
