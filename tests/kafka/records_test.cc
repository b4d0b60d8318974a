#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "connectors/kafka/handle.h"
#include "connectors/kafka/settings.h"
#include "tests/kafka/fixture.h"

using namespace subledger;
using namespace subledger::test;

namespace {

using Values = std::vector<std::string>;

/// The end of a partition with what open transactions have written so far.
int64_t end_with_uncommitted(const KafkaLogOptions& options, Topic topic) {
  struct Silent final : kafka::ClientEvents {
  } events;
  auto settings = kafka::reader_settings(options);
  settings["isolation.level"] = "read_uncommitted";
  const auto client = must(kafka::Client::make(kafka::ClientKind::consumer, settings, events));
  return must(kafka::query_range(options, *client, kafka::topic_of(options, topic), 0)).end;
}

/// Turns a bit of the batch that begins at this offset of the first partition of events, as a disk may.
void damage_batch(const KafkaLogOptions& options, int64_t offset) {
  const auto number = [](std::istream& in, int bytes) {  // big-endian, as all of Kafka's
    uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | static_cast<uint8_t>(in.get());
    return static_cast<int64_t>(value);
  };
  const std::string directory = broker_data() + "/" + kafka::topic_of(options, Topic::events) + "-0";
  std::fstream segment(directory + "/00000000000000000000.log",
                       std::ios::in | std::ios::out | std::ios::binary);
  BOOST_REQUIRE_MESSAGE(segment, directory << " has no segment");
  while (number(segment, 8) != offset) {
    segment.seekg(number(segment, 4), std::ios::cur);
    BOOST_REQUIRE_MESSAGE(segment, "no batch begins at offset " << offset);
  }
  const auto size = number(segment, 4);
  const auto last = segment.tellg() + std::streamoff(size - 1);
  segment.seekg(last);
  const int byte = segment.get();
  segment.seekp(last);
  segment.put(static_cast<char>(byte ^ 1));
  segment.flush();
  BOOST_REQUIRE(segment);
}

struct ReadUntilFault {
  Fault fault;
  Values values;  ///< sorted
};

/// Until there are a fault and so many values.
ReadUntilFault read_until_fault(ReaderPort& reader, std::size_t values_min) {
  std::optional<Fault> fault;
  Values values;
  until("all partitions have answered", [&] {
    const auto records = reader.poll(100, 10);
    if (!records) fault = records.error();
    if (records) {
      for (const auto& record : *records) values.emplace_back(*record.value);
    }
    return fault && values.size() >= values_min;
  });
  std::ranges::sort(values);
  return {*fault, values};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(records)

BOOST_AUTO_TEST_CASE(record_comes_back_as_it_was_written) {
  const LogFixture fixture(2);
  const std::array headers = {Header{"ce_id", "a-1"}, Header{"empty", ""}, Header{"null", std::nullopt},
                              Header{"ce_id", "a second one"}};
  auto written = charge("value", 1);
  written.headers = headers;
  const auto writer = must(fixture.log->open_writer(false));
  must(writer->append(written));
  must(writer->append(record_of(Topic::charges, 1, std::nullopt, std::nullopt)));
  must(writer->append(record_of(Topic::charges, 1, "", "")));
  must(writer->flush());

  const auto reader = must(fixture.log->open_reader(Topic::charges));
  must(reader->seek(Topic::charges, 1, 0));
  int seen = 0;
  until("three records are read", [&] {
    for (const auto& record : must(reader->poll(100, 1))) {
      BOOST_TEST(record.partition == 1);
      BOOST_TEST(record.offset == seen);
      BOOST_TEST(record.recorded_at.micros == written.timestamp.micros);
      const auto found = reader->headers(record);
      if (seen == 0) {
        BOOST_TEST((record.key == "k" && record.value == "value"));
        BOOST_REQUIRE(found.size() == headers.size());
        for (std::size_t i = 0; i < headers.size(); ++i) {
          BOOST_TEST(found[i].name == headers[i].name);
          BOOST_TEST((found[i].value == headers[i].value));
        }
      } else if (seen == 1) {
        BOOST_TEST((!record.key && !record.value && found.empty()));
      } else {
        BOOST_TEST((record.key == "" && record.value == ""));
      }
      ++seen;
    }
    return seen == 3;
  });
}

BOOST_AUTO_TEST_CASE(events_topic_stamps_by_itself) {
  LogFixture fixture;
  fixture.append_events({"a"});
  const auto reader = must(fixture.log->open_reader(Topic::events));
  must(reader->seek(Topic::events, 0, 0));
  until("the event is read", [&] {
    const auto records = must(reader->poll(100, 1));
    if (records.empty()) return false;
    BOOST_TEST(records[0].recorded_at.micros > 1'700'000'000'000'000);
    BOOST_TEST(records[0].recorded_at.micros % 1'000 == 0);
    return true;
  });
}

BOOST_AUTO_TEST_CASE(one_mebibyte_of_catalog_fits_into_events) {
  LogFixture fixture;
  const std::string large(1 << 20, 'x');
  fixture.append_events({large}, true);
  BOOST_TEST((fixture.values(Topic::events) == Values{large}));
}

BOOST_AUTO_TEST_CASE(record_above_the_topics_limit_is_a_fault) {
  const LogFixture fixture;
  const std::string large = noise((2 << 20) + 1);
  for (const bool atomic : {false, true}) {
    const auto writer = must(fixture.log->open_writer(atomic));
    auto written = writer->append(record_of(Topic::events, 0, "k", large));
    if (written) written = writer->flush();
    BOOST_REQUIRE(!written);
    must_be_fault(&written.error(), Fault::Kind::failed, "too large");
  }
}

BOOST_AUTO_TEST_CASE(record_for_a_partition_that_is_not_there_is_a_fault) {
  const LogFixture fixture;
  const auto writer = must(fixture.log->open_writer(false));
  auto written = writer->append(charge("x", 7));
  if (written) written = writer->flush();
  BOOST_REQUIRE(!written);
  must_be_fault(&written.error(), Fault::Kind::failed, "artition");
}

// Goal: records of a publisher appear at a flush, all of them; control records leave gaps that a reader
// passes.
BOOST_AUTO_TEST_CASE(gaps_of_offsets_are_passed) {
  LogFixture fixture;
  fixture.append_events({"a", "b"}, true);
  fixture.append_events({"c"}, true);
  const auto reader = must(fixture.log->open_reader(Topic::events));
  const auto range = must(reader->range(Topic::events, 0));
  BOOST_TEST(range.first == 0);
  BOOST_TEST(range.end == 5);  // a, b, control, c, control
  BOOST_TEST(!reader->passed(0, 0));
  must(reader->seek(Topic::events, 0, 0));
  BOOST_TEST(reader->passed(0, 0));
  BOOST_TEST(!reader->passed(0, 1));
  std::vector<int64_t> offsets;
  until("the end is passed", [&] {
    for (const auto& record : must(reader->poll(100, 1))) {
      offsets.push_back(record.offset);
      BOOST_TEST(reader->passed(0, record.offset + 1));
      BOOST_TEST(!reader->passed(0, record.offset + 3));
    }
    return reader->passed(0, range.end);
  });
  BOOST_TEST((offsets == std::vector<int64_t>{0, 1, 3}));
  BOOST_TEST(!reader->passed(0, range.end + 1));
}

BOOST_AUTO_TEST_CASE(aborted_and_open_transactions_are_invisible) {
  LogFixture fixture;
  Member member(fixture.open_lane(0));
  member.poll_until_assigned();
  auto& transactions = *member.lane.transactions;
  must(transactions.reset());
  must_be(StepOutcome::done, transactions.begin());
  must_be(StepOutcome::done, transactions.produce(charge("open")));
  until("the record is at the broker",
        [&] { return end_with_uncommitted(fixture.options, Topic::charges) == 1; });

  // The end that a reader is told is one that it can reach while the transaction is open.
  const auto reader = must(fixture.log->open_reader(Topic::charges));
  BOOST_TEST(must(reader->range(Topic::charges, 0)).end == 0);
  BOOST_TEST(fixture.values(Topic::charges).empty());

  must_be(StepOutcome::done, transactions.abort());
  BOOST_TEST(fixture.values(Topic::charges).empty());
  BOOST_TEST(must(reader->range(Topic::charges, 0)).end == 2);
}

BOOST_AUTO_TEST_CASE(seek_goes_back_and_forth) {
  LogFixture fixture;
  fixture.append_events({"a", "b", "c", "d"});
  const auto reader = must(fixture.log->open_reader(Topic::events));
  for (const int64_t offset : {2, 0, 3, 1}) {
    must(reader->seek(Topic::events, 0, offset));
    until("the record is read", [&] {
      const auto records = must(reader->poll(100, 1));
      if (!records.empty()) BOOST_TEST(records[0].offset == offset);
      return !records.empty();
    });
  }
}

BOOST_AUTO_TEST_CASE(position_outside_the_log_is_a_fault_and_others_go_on) {
  LogFixture fixture(2);
  fixture.append_events({"a"}, false, 1);
  const auto reader = must(fixture.log->open_reader(Topic::events));
  must(reader->seek(Topic::events, 0, 17));
  must(reader->seek(Topic::events, 1, 0));
  const auto [fault, values] = read_until_fault(*reader, 1);
  must_be_fault(&fault, Fault::Kind::failed, "position 17 of " + fixture.options.topic_prefix + "events/0");
  const auto negative = reader->seek(Topic::events, 0, -2);
  BOOST_REQUIRE(!negative);
  must_be_fault(&negative.error(), Fault::Kind::failed, "negative");
}

BOOST_AUTO_TEST_CASE(damaged_batch_is_a_fault_and_nothing_behind_it_is_read) {
  LogFixture fixture(2);
  for (const char* value : {"first", "second", "third"}) fixture.append_events({value});
  fixture.append_events({"beside"}, false, 1);
  damage_batch(fixture.options, 1);
  const auto reader = must(fixture.log->open_reader(Topic::events));
  must(reader->seek(Topic::events, 0, 0));
  must(reader->seek(Topic::events, 1, 0));
  const auto [fault, values] = read_until_fault(*reader, 2);
  must_be_fault(&fault, Fault::Kind::failed,
                "position 1 of " + fixture.options.topic_prefix + "events/0 cannot be read");
  BOOST_TEST(values == (Values{"beside", "first"}), boost::test_tools::per_element());
  BOOST_TEST(!reader->passed(0, 2));
}

BOOST_AUTO_TEST_CASE(fault_is_told_however_much_there_is_to_read) {
  // As many records come as are read, so there are always some; the fault is found among them.
  constexpr std::size_t at_a_time = 50;
  LogFixture fixture(2);
  fixture.append_events(Values(4 * at_a_time, "a"), false, 1);
  const auto reader = must(fixture.log->open_reader(Topic::events));
  must(reader->seek(Topic::events, 1, 0));
  until("reading is under way", [&] { return !must(reader->poll(100, 1)).empty(); });
  must(reader->seek(Topic::events, 0, 17));
  until("the fault is told", [&] {
    const auto records = reader->poll(100, at_a_time);
    if (records) fixture.append_events(Values(records->size(), "a"), false, 1);
    return !records;
  });
  until("the others go on", [&] {
    const auto records = reader->poll(100, at_a_time);
    return records && !records->empty();
  });
}

BOOST_AUTO_TEST_SUITE_END()
