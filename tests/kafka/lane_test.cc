#include <boost/test/unit_test.hpp>

#include "connectors/kafka/transactions.h"
#include "tests/kafka/fixture.h"

using namespace subledger;
using namespace subledger::test;

namespace {

using Values = std::vector<std::string>;

void write(TransactionPort& transactions, std::string_view value) {
  must_be(StepOutcome::done, transactions.begin());
  must_be(StepOutcome::done, transactions.produce(charge(value)));
}

StepResult commit(TransactionPort& transactions, int64_t position, std::string metadata = "") {
  const std::array positions = {PositionUpdate{0, position, std::move(metadata)}};
  return transactions.commit(positions);
}

/// Of the charges, with what is not committed yet.
int64_t uncommitted_end(const KafkaLogOptions& options, int32_t partition = 0) {
  struct Silent final : kafka::ClientEvents {};
  Silent silent;
  auto settings = kafka::reader_settings(options);
  settings["isolation.level"] = "read_uncommitted";
  const auto client = must(kafka::Client::make(kafka::ClientKind::consumer, settings, silent));
  return must(kafka::query_range(options, *client, kafka::topic_of(options, Topic::charges), partition)).end;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lane)

BOOST_AUTO_TEST_CASE(outputs_and_position_appear_together_or_not_at_all) {
  LogFixture fixture;
  Member member(fixture.open_lane(0));
  member.poll_until_assigned();
  auto& transactions = *member.lane.transactions;
  must(transactions.reset());
  BOOST_TEST(!must(transactions.committed(0)).position);

  write(transactions, "aborted");
  must_be(StepOutcome::done, transactions.abort());
  BOOST_TEST(!must(transactions.committed(0)).position);
  BOOST_TEST(fixture.values(Topic::charges).empty());

  write(transactions, "committed");
  must_be(StepOutcome::done, commit(transactions, 7, "digest=1f;sequence=3"));
  const auto committed = must(transactions.committed(0));
  BOOST_TEST((committed.position == 7));
  BOOST_TEST(committed.metadata == "digest=1f;sequence=3");
  const auto from_outside = must(fixture.log->position_of(fixture.options.topic_prefix + "group", 0));
  BOOST_TEST((from_outside.position == 7));
  BOOST_TEST(from_outside.metadata == committed.metadata);
  BOOST_TEST(!must(fixture.log->position_of("another", 0)).position);
  BOOST_TEST((fixture.values(Topic::charges) == Values{"committed"}));

  write(transactions, "second");
  must_be(StepOutcome::done, commit(transactions, 9));
  BOOST_TEST((must(transactions.committed(0)).position == 9));
  BOOST_TEST(must(transactions.committed(0)).metadata.empty());
  BOOST_TEST((fixture.values(Topic::charges) == Values{"committed", "second"}));
}

BOOST_AUTO_TEST_CASE(longest_note_beside_a_position_is_kept) {
  LogFixture fixture;
  Member member(fixture.open_lane(0));
  member.poll_until_assigned();
  must(member.lane.transactions->reset());
  const std::string note(4'000, 'n');
  write(*member.lane.transactions, "x");
  must_be(StepOutcome::done, commit(*member.lane.transactions, 1, note));
  BOOST_TEST(must(member.lane.transactions->committed(0)).metadata == note);
}

BOOST_AUTO_TEST_CASE(reset_ends_what_was_left_open) {
  LogFixture fixture;
  Member member(fixture.open_lane(0));
  member.poll_until_assigned();
  auto& transactions = *member.lane.transactions;
  must(transactions.reset());
  write(transactions, "left open");
  must(transactions.reset());
  write(transactions, "after");
  must_be(StepOutcome::done, commit(transactions, 1));
  BOOST_TEST((fixture.values(Topic::charges) == Values{"after"}));
}

BOOST_AUTO_TEST_CASE(record_that_no_topic_takes_is_a_fault_of_the_transaction) {
  LogFixture fixture;
  Member member(fixture.open_lane(0));
  member.poll_until_assigned();
  auto& transactions = *member.lane.transactions;
  must(transactions.reset());
  must_be(StepOutcome::done, transactions.begin());
  const std::string large = noise((2 << 20) + 1);
  auto step = transactions.produce(record_of(Topic::events, 0, "k", large));
  if (step.outcome == StepOutcome::done) step = commit(transactions, 1);
  must_be(StepOutcome::fault, step);
  BOOST_TEST(!must(transactions.committed(0)).position);
  write(transactions, "small");
  must_be(StepOutcome::done, commit(transactions, 1));
  BOOST_TEST((fixture.values(Topic::charges) == Values{"small"}));
}

BOOST_AUTO_TEST_CASE(commit_without_an_assignment_is_lost) {
  LogFixture fixture;
  const auto lane = fixture.open_lane(0);
  must(lane.transactions->reset());
  write(*lane.transactions, "x");
  must_be(StepOutcome::lost, commit(*lane.transactions, 1));
  BOOST_TEST(fixture.values(Topic::charges).empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_read_before_the_position_is_known) {
  LogFixture fixture(2);
  fixture.append_events({"a0", "b0"}, false, 0);
  fixture.append_events({"a1", "b1"}, false, 1);
  Member member(fixture.open_lane(0));
  member.seeker.seeks = false;
  member.poll_until_assigned();
  must(member.lane.source->seek(1, 1));
  until("the one sought partition is read",
        [&] { return member.poll() && member.lane.source->passed(1, 2); });
  BOOST_TEST((member.values == Values{"b1"}));
  must(member.lane.source->seek(0, 0));
  until("the other is read as well", [&] { return member.poll() && member.lane.source->passed(0, 2); });
  BOOST_TEST((member.values == Values{"b1", "a0", "b0"}));
  BOOST_TEST(!member.lane.source->seek(2, 0));
}

BOOST_AUTO_TEST_CASE(partition_that_cannot_be_read_on_is_told_and_the_others_go_on) {
  LogFixture fixture(2);
  fixture.append_events({"beside"}, false, 1);
  Member member(fixture.open_lane(0));
  member.seeker.positions[0] = 17;
  until("both partitions have answered",
        [&] { return !member.poll() || (!member.values.empty() && !member.seeker.faults.empty()); });
  BOOST_TEST(!member.fault);
  BOOST_REQUIRE(member.seeker.faults.contains(0));
  must_be_fault(&member.seeker.faults.at(0), Fault::Kind::failed, "position 17 of ");
  fixture.append_events({"later"}, false, 1);
  until("the other goes on", [&] { return !member.poll() || member.values.size() == 2; });
  BOOST_TEST(!member.fault);
}

BOOST_AUTO_TEST_CASE(batch_is_bounded_and_source_knows_range_and_headers) {
  LogFixture fixture;
  fixture.append_events({"a", "b", "c"});
  Member member(fixture.open_lane(0));
  member.poll_until_assigned();
  BOOST_TEST(must(member.lane.source->range(0)).end == 3);
  int count = 0;
  until("all is read", [&] {
    const auto records = must(member.lane.source->poll(50, 2, member.seeker));
    BOOST_TEST(records.size() <= 2U);
    for (const auto& record : records) BOOST_TEST(member.lane.source->headers(record).empty());
    count += static_cast<int>(records.size());
    return member.lane.source->passed(0, 3);
  });
  BOOST_TEST(count + static_cast<int>(member.values.size()) == 3);
}

// Goal: a member that joins takes its share, both commit under the new generation, and none is told of a
// loss.
BOOST_AUTO_TEST_CASE(second_lane_takes_its_share) {
  LogFixture fixture(4);
  Member first(fixture.open_lane(0));
  first.poll_until_assigned();
  BOOST_TEST(first.seeker.owned.size() == 4U);
  Member second(fixture.open_lane(1));
  until("both have their share", [&] {
    return first.poll() && second.poll() && first.seeker.owned.size() == 2 && second.seeker.owned.size() == 2;
  });
  BOOST_TEST(first.seeker.times_revoked == 1);
  BOOST_TEST(first.seeker.times_lost == 0);
  for (auto* member : {&first, &second}) {
    auto& transactions = *member->lane.transactions;
    const auto partition = member->seeker.owned.front();
    must(transactions.reset());
    must_be(StepOutcome::done, transactions.begin());
    must_be(StepOutcome::done, transactions.produce(charge("x", partition)));
    const std::array positions = {PositionUpdate{partition, 5, ""}};
    must_be(StepOutcome::done, transactions.commit(positions));
    BOOST_TEST((must(transactions.committed(partition)).position == 5));
  }
}

// Goal: a member that did not notice a rebalance cannot commit into the new generation.
BOOST_AUTO_TEST_CASE(records_read_ahead_are_neither_lost_nor_doubled_as_the_group_changes) {
  // Goal: records wait in each consumer, and are taken many at a time, while partitions are given and taken.
  constexpr int32_t partitions = 4;
  constexpr int64_t records = 20'000;
  LogFixture fixture(partitions);
  const std::vector<std::string> values(records, "x");
  for (int32_t partition = 0; partition < partitions; ++partition) {
    fixture.append_events(values, false, partition);
  }
  std::map<int32_t, int64_t> next;  // of all members together
  int64_t read = 0;
  std::vector<std::unique_ptr<Member>> members;
  const auto poll_all = [&] {
    for (const auto& member : members) {
      member->seeker.positions = next;
      for (const auto& record : must(member->lane.source->poll(5, 20, member->seeker))) {
        BOOST_REQUIRE(record.offset == next[record.partition]);
        ++next[record.partition];
        ++read;
      }
    }
  };
  for (int lane = 0; lane < partitions; ++lane) {
    members.push_back(std::make_unique<Member>(fixture.open_lane(lane)));
    until("the group has given the new member its share", [&] {
      poll_all();
      return members.back()->seeker.times_assigned > 0;
    });
    BOOST_TEST_MESSAGE("lane " << lane << " joined behind " << read << " records");
  }
  BOOST_TEST(read < partitions * records);
  until("all is read", [&] {
    poll_all();
    return read == partitions * records;
  });
}

BOOST_AUTO_TEST_CASE(commit_of_an_older_generation_is_lost) {
  auto options = fresh_options();
  options.properties["max.poll.interval.ms"] = "6000";
  LogFixture fixture(options, 2);
  Member first(fixture.open_lane(0));
  first.poll_until_assigned();
  must(first.lane.transactions->reset());
  // From here on it does not poll, so that the group's call to join again passes it by.
  Member second(fixture.open_lane(1));
  until("the group goes on without it", [&] { return second.poll() && !second.seeker.owned.empty(); });
  write(*first.lane.transactions, "late");
  must_be(StepOutcome::lost, commit(*first.lane.transactions, 3));
  BOOST_TEST(!must(second.lane.transactions->committed(0)).position);
  BOOST_TEST(fixture.values(Topic::charges).empty());
}

BOOST_AUTO_TEST_CASE(later_instance_of_the_same_name_fences_the_earlier) {
  LogFixture fixture;
  Member earlier(fixture.open_lane(0));
  earlier.poll_until_assigned();
  must(earlier.lane.transactions->reset());
  write(*earlier.lane.transactions, "of the earlier");

  Member later(fixture.open_lane_elsewhere(0));
  later.poll_until_assigned();
  must(later.lane.transactions->reset());
  write(*later.lane.transactions, "of the later");
  must_be(StepOutcome::done, commit(*later.lane.transactions, 4));

  const auto refused = commit(*earlier.lane.transactions, 9);
  must_be(StepOutcome::fenced, refused);
  BOOST_TEST(refused.message.find("another process") != std::string::npos, refused.message);
  until("the earlier is told", [&] { return !earlier.poll(); });
  must_be_fault(&*earlier.fault, Fault::Kind::fenced, "--instance");
  BOOST_TEST((must(later.lane.transactions->committed(0)).position == 4));
  BOOST_TEST((fixture.values(Topic::charges) == Values{"of the later"}));
  BOOST_TEST(later.poll());
}

// Goal: two processes of one name, each of which has turned away a lane of the other: lane 0 says which ends.
BOOST_AUTO_TEST_CASE(lane_0_decides_which_of_two_processes_goes_on) {
  LogFixture fixture(2);
  Member earlier_0(fixture.open_lane(0));
  earlier_0.poll_until_assigned();
  Member later_1(fixture.open_lane_elsewhere(1));
  until("two lanes share",
        [&] { return earlier_0.poll() && later_1.poll() && later_1.seeker.owned.size() == 1; });
  Member later_0(fixture.open_lane_elsewhere(0));
  later_0.poll_until_assigned();
  Member earlier_1(fixture.open_lane(1));
  until("the earlier is told", [&] { return earlier_1.poll() && later_0.poll() && !earlier_0.poll(); });
  must_be_fault(&*earlier_0.fault, Fault::Kind::fenced, "--instance");
  until("the later has both partitions", [&] {
    BOOST_TEST(earlier_1.poll());
    return later_0.poll() && later_1.poll() && later_1.seeker.times_lost == 1 &&
           later_0.seeker.owned.size() + later_1.seeker.owned.size() == 2;
  });
  until("the earlier has none", [&] { return earlier_1.poll() && earlier_1.seeker.owned.empty(); });
  BOOST_TEST(!later_0.fault);
  BOOST_TEST(!later_1.fault);
}

// Goal: a lane that begins again does not turn away the process that has its name by then.
BOOST_AUTO_TEST_CASE(name_is_not_taken_back_from_another_process) {
  auto options = fresh_options();
  options.session_timeout_ms = 1'000;
  LogFixture fixture(options, 1);
  {
    Member earlier(fixture.open_lane(0));
    earlier.poll_until_assigned();
  }
  Member later(fixture.open_lane_elsewhere(0));
  later.poll_until_assigned();
  Member again(fixture.open_lane(0));
  until("it gives up", [&] { return later.poll() && !again.poll(); });
  must_be_fault(&*again.fault, Fault::Kind::fenced, "--instance");
  BOOST_TEST(later.seeker.times_lost == 0);
  BOOST_TEST(later.poll());
}

// Goal: a lane without its name has no writer, and says that its partitions are lost. Were it to try again,
// it would try for ever: the lane's thread, which has to join, waits for the writer.
BOOST_AUTO_TEST_CASE(transaction_of_a_lane_that_is_not_in_the_group_is_lost) {
  LogFixture fixture(fresh_options(), 1);
  {
    Member earlier(fixture.open_lane(0));
    earlier.poll_until_assigned();
  }
  Member again(fixture.open_lane(0));
  must(again.lane.transactions->reset());
  must_be(StepOutcome::lost, again.lane.transactions->begin());
}

// Goal: the name of a process that is gone is free once its session has ended.
BOOST_AUTO_TEST_CASE(name_is_taken_back_from_a_process_that_is_gone) {
  auto options = fresh_options();
  options.session_timeout_ms = 1'000;
  LogFixture fixture(options, 1);
  for (auto open : {&LogFixture::open_lane, &LogFixture::open_lane_elsewhere}) {
    Member member((fixture.*open)(0, "test"));
    member.poll_until_assigned();
  }
  Member again(fixture.open_lane(0));
  again.poll_until_assigned();
  BOOST_TEST(!again.fault);
  BOOST_TEST(!must(again.lane.transactions->committed(0)).position);  // makes the writer, where none was
  write(*again.lane.transactions, "again");
  must_be(StepOutcome::done, commit(*again.lane.transactions, 1));
}

// Goal: what a dead instance has left open is ended by the next owner, however early it died: readers do not
// wait for the broker's timeout.
BOOST_AUTO_TEST_CASE(open_transaction_of_a_dead_owner_is_ended_by_the_next) {
  auto options = fresh_options();
  options.session_timeout_ms = 1'000;
  LogFixture fixture(options, 1);
  // Gone without having left: its session has to end.
  const auto live_and_die = [&](const std::string& instance, bool commits, int64_t position) {
    Member member(fixture.open_lane(0, instance));
    member.poll_until_assigned();
    auto& transactions = *member.lane.transactions;
    must(transactions.reset());
    const auto committed = must(transactions.committed(0));
    BOOST_TEST(committed.position.value_or(0) == position);
    BOOST_TEST(committed.metadata == (position > 0 ? "note" : ""));
    const auto before = uncommitted_end(fixture.options);
    write(transactions, "of the " + instance);
    if (commits) return must_be(StepOutcome::done, commit(transactions, position + 1, "note"));
    until("its record is in the log", [&] { return uncommitted_end(fixture.options) > before; });
  };
  live_and_die("first", true, 0);
  live_and_die("second", false, 1);
  live_and_die("third", true, 1);
  BOOST_TEST((fixture.values(Topic::charges) == Values{"of the first", "of the third"}));
}

// Goal: the same where the dead owner never committed anything, so that no position names it: the survivor
// knows it from the group.
BOOST_AUTO_TEST_CASE(open_transaction_of_an_owner_that_never_committed_is_ended_too) {
  auto options = fresh_options();
  options.session_timeout_ms = 1'000;
  LogFixture fixture(options, 2);
  Member survivor(fixture.open_lane(0, "a"));
  survivor.poll_until_assigned();
  auto& transactions = *survivor.lane.transactions;
  must(transactions.reset());
  {
    Member other(fixture.open_lane_elsewhere(0, "b"));
    until("both have their share", [&] {
      return survivor.poll() && other.poll() && survivor.seeker.owned.size() == 1 &&
             other.seeker.owned.size() == 1;
    });
    must(other.lane.transactions->reset());
    BOOST_TEST(!must(transactions.committed(0)).position);
    const auto before = uncommitted_end(fixture.options, 1);
    must_be(StepOutcome::done, other.lane.transactions->begin());
    must_be(StepOutcome::done, other.lane.transactions->produce(charge("left open", 1)));
    until("its record is in the log", [&] { return uncommitted_end(fixture.options, 1) > before; });
  }
  until("the survivor has both", [&] { return survivor.poll() && survivor.seeker.owned.size() == 2; });
  BOOST_TEST(!must(transactions.committed(1)).position);
  must_be(StepOutcome::done, transactions.begin());
  must_be(StepOutcome::done, transactions.produce(charge("of the survivor", 1)));
  const std::array positions = {PositionUpdate{1, 1, ""}};
  must_be(StepOutcome::done, transactions.commit(positions));
  BOOST_TEST((fixture.values(Topic::charges, 1) == Values{"of the survivor"}));
}

// Goal: a partition that changes hands in order leaves the writer of the one who had it alone.
BOOST_AUTO_TEST_CASE(writer_of_a_live_member_is_left_alone) {
  LogFixture fixture(2);
  Member first(fixture.open_lane(0, "first"));
  first.poll_until_assigned();
  auto& transactions = *first.lane.transactions;
  must(transactions.reset());
  must_be(StepOutcome::done, transactions.begin());
  const std::array positions = {PositionUpdate{0, 1, ""}, PositionUpdate{1, 1, ""}};
  must_be(StepOutcome::done, transactions.commit(positions));
  Member second(fixture.open_lane_elsewhere(0, "second"));
  until("both have their share", [&] {
    return first.poll() && second.poll() && first.seeker.owned.size() == 1 && second.seeker.owned.size() == 1;
  });
  must(second.lane.transactions->reset());
  BOOST_TEST((must(second.lane.transactions->committed(1)).position == 1));
  write(transactions, "goes on");
  must_be(StepOutcome::done, commit(transactions, 2));
}

// Goal: a writer that is fenced while its group still counts on it (as by the broker's own timeout) has not
// lost its partitions: it is told nothing that is not known, and goes on after a reset.
BOOST_AUTO_TEST_CASE(fenced_writer_of_a_valid_member_recovers_by_a_reset) {
  LogFixture fixture;
  Member member(fixture.open_lane(0));
  member.poll_until_assigned();
  auto& transactions = *member.lane.transactions;
  must(transactions.reset());
  write(transactions, "fenced");
  const LaneOptions same{.group = fixture.options.topic_prefix + "group", .instance = "test"};
  kafka::OwnMembers none;
  kafka::Membership outside(fixture.options, same, none);
  kafka::Transactions intruder(fixture.options, outside);
  must(intruder.reset());
  must_be(StepOutcome::unknown, commit(transactions, 1));
  must_be(StepOutcome::unknown, transactions.begin());
  must(transactions.reset());
  BOOST_TEST(!must(transactions.committed(0)).position);
  write(transactions, "again");
  must_be(StepOutcome::done, commit(transactions, 1));
  BOOST_TEST((fixture.values(Topic::charges) == Values{"again"}));
}

BOOST_AUTO_TEST_CASE(static_member_comes_back_to_its_partitions_at_once) {
  LogFixture fixture(2);
  {
    Member before(fixture.open_lane(0));
    before.poll_until_assigned();
    must(before.lane.transactions->reset());
    write(*before.lane.transactions, "x");
    must_be(StepOutcome::done, commit(*before.lane.transactions, 2));
  }
  const auto start = std::chrono::steady_clock::now();
  Member after(fixture.open_lane(0));
  after.poll_until_assigned();
  must(after.lane.transactions->reset());
  BOOST_TEST((must(after.lane.transactions->committed(0)).position == 2));
  BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds(3)));
  BOOST_TEST(after.seeker.owned.size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
