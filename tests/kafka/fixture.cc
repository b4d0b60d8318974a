#include "tests/kafka/fixture.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <random>

namespace subledger::test {

void must_be_fault(const Fault* fault, Fault::Kind kind, const std::string& part) {
  BOOST_REQUIRE_MESSAGE(fault != nullptr, "a fault with '" + part + "' was expected");
  BOOST_TEST_MESSAGE(fault->message);
  BOOST_TEST(static_cast<int>(fault->kind) == static_cast<int>(kind));
  BOOST_TEST(fault->message.find(part) != std::string::npos,
             "'" << part << "' is not in: " << fault->message);
}

void must_be(StepOutcome wanted, const StepResult& step) {
  BOOST_REQUIRE_MESSAGE(wanted == step.outcome, "outcome " << static_cast<int>(step.outcome)
                                                           << " in place of " << static_cast<int>(wanted)
                                                           << ": " << step.message);
}

void until(const std::string& what, const std::function<bool()>& step) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!step()) {
    BOOST_REQUIRE_MESSAGE(std::chrono::steady_clock::now() < deadline, "not within 30 s: " + what);
  }
}

std::string bootstrap() {
  const char* address = std::getenv("SUBLEDGER_TEST_BROKER");
  BOOST_REQUIRE_MESSAGE(
      address != nullptr,
      "SUBLEDGER_TEST_BROKER is not set; it names a broker, as 'ops/kafka start DIR' prints it");
  return address;
}

std::string broker_data() {
  const char* directory = std::getenv("SUBLEDGER_TEST_BROKER_DATA");
  BOOST_REQUIRE_MESSAGE(directory != nullptr,
                        "SUBLEDGER_TEST_BROKER_DATA is not set; it names the broker's log.dirs, DIR/data of "
                        "'ops/kafka start DIR'");
  return directory;
}

KafkaLogOptions fresh_options() {
  static int count = 0;
  KafkaLogOptions options;
  options.bootstrap = bootstrap();
  options.topic_prefix = "test-" + std::to_string(::getpid()) + "-" + std::to_string(++count) + ".";
  options.session_timeout_ms = 6'000;
  return options;
}

LogFixture::LogFixture(KafkaLogOptions with, int32_t partitions) : options(std::move(with)) {
  log = must(open_kafka_log(options));
  elsewhere = must(open_kafka_log(options));
  must(log->create_topics(partitions));
}

LanePorts LogFixture::open(Log& on, int lane, const std::string& instance) const {
  return must(on.open_lane({.group = options.topic_prefix + "group", .instance = instance, .lane = lane}));
}

void LogFixture::append_events(const std::vector<std::string>& values, bool atomic, int32_t partition) {
  const auto writer = must(log->open_writer(atomic));
  for (const auto& value : values) {
    must(writer->append(record_of(Topic::events, partition, "k", value)));
  }
  must(writer->flush());
}

std::vector<std::string> LogFixture::values(Topic topic, int32_t partition) {
  const auto reader = must(log->open_reader(topic));
  const auto range = must(reader->range(topic, partition));
  must(reader->seek(topic, partition, range.first));
  std::vector<std::string> values;
  until("the reader has passed the end", [&] {
    for (const auto& record : must(reader->poll(100, 100)))
      values.emplace_back(record.value.value_or("null"));
    return reader->passed(partition, range.end);
  });
  return values;
}

void Seeker::assigned(std::span<const int32_t> partitions) {
  ++times_assigned;
  owned.assign(partitions.begin(), partitions.end());
  if (!seeks) return;
  for (const auto partition : partitions) must(source.seek(partition, positions[partition]));
}

void Seeker::revoked(std::span<const int32_t>) {
  ++times_revoked;
  owned.clear();
}

void Seeker::lost(std::span<const int32_t>) {
  ++times_lost;
  owned.clear();
}

Member::Member(LanePorts of) : lane(std::move(of)), seeker(*lane.source) {}

bool Member::poll() {
  const auto records = lane.source->poll(50, 1'000, seeker);
  if (!records) {
    fault = records.error();
    return false;
  }
  for (const auto& record : *records) values.emplace_back(record.value.value_or("null"));
  return true;
}

void Member::poll_until_assigned() {
  const int before = seeker.times_assigned;
  until("the group assigns partitions", [&] { return !poll() || seeker.times_assigned > before; });
}

std::string noise(std::size_t size) {
  std::minstd_rand random;
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() >> 16);
  return bytes;
}

NewRecord record_of(Topic topic, int32_t partition, Bytes key, Bytes value) {
  constexpr Timestamp time{1'700'000'000'123'000};
  NewRecord record;
  record.topic = topic;
  record.partition = partition;
  record.timestamp = time;
  record.key = key;
  record.value = value;
  return record;
}

NewRecord charge(std::string_view value, int32_t partition) {
  return record_of(Topic::charges, partition, "k", value);
}

}  // namespace subledger::test
