// The group's assignments, as a topic grows meanwhile.
#include <librdkafka/rdkafka.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <span>

#include "connectors/kafka/handle.h"
#include "connectors/kafka/settings.h"
#include "tests/kafka/fixture.h"

using namespace subledger;
using namespace subledger::test;

namespace {

using Values = std::vector<std::string>;

/// Bytes of what the coordinator has given to the group's members: more for more partitions.
int assigned_bytes(const KafkaLogOptions& options) {
  struct Silent final : kafka::ClientEvents {};
  Silent silent;
  const auto client =
      must(kafka::Client::make(kafka::ClientKind::consumer, kafka::reader_settings(options), silent));
  const rd_kafka_group_list* groups = nullptr;
  const auto name = options.topic_prefix + "group";
  if (rd_kafka_list_groups(client->get(), name.c_str(), &groups, 10'000) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return 0;
  int bytes = 0;
  for (const auto& group : std::span(groups->groups, static_cast<std::size_t>(groups->group_cnt))) {
    for (int i = 0; i < group.member_cnt; ++i) bytes += group.members[i].member_assignment_size;
  }
  rd_kafka_group_list_destroy(groups);
  return bytes;
}

/// The topic of events has two partitions afterwards.
void add_partition(const KafkaLogOptions& options) {
  struct Silent final : kafka::ClientEvents {};
  Silent silent;
  const auto client =
      must(kafka::Client::make(kafka::ClientKind::producer, kafka::reader_settings(options), silent));
  const auto topic = kafka::topic_of(options, Topic::events);
  std::array<char, 256> error{};
  const std::unique_ptr<rd_kafka_NewPartitions_t, decltype(&rd_kafka_NewPartitions_destroy)> wanted(
      rd_kafka_NewPartitions_new(topic.c_str(), 2, error.data(), error.size()),
      &rd_kafka_NewPartitions_destroy);
  const std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> queue(
      rd_kafka_queue_new(client->get()), &rd_kafka_queue_destroy);
  std::array request{wanted.get()};
  rd_kafka_CreatePartitions(client->get(), request.data(), request.size(), nullptr, queue.get());
  const std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)> answer(
      rd_kafka_queue_poll(queue.get(), 30'000), &rd_kafka_event_destroy);
  BOOST_REQUIRE(answer);
  BOOST_REQUIRE_MESSAGE(rd_kafka_event_error(answer.get()) == RD_KAFKA_RESP_ERR_NO_ERROR,
                        rd_kafka_event_error_string(answer.get()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(assignment)

/// Of events alone: at the next start the topics do not fit, but beside the work the number is what counts.
BOOST_AUTO_TEST_CASE(number_of_partitions_is_asked_anew) {
  const LogFixture fixture(1);
  BOOST_TEST(must(fixture.log->partitions_now()) == 1);
  add_partition(fixture.options);
  until("the broker knows", [&] { return must(fixture.log->partitions_now()) == 2; });
  const auto partitions = fixture.log->partitions();
  BOOST_REQUIRE(!partitions);
  must_be_fault(&partitions.error(), Fault::Kind::failed, "the same number");
}

/// A lane at whose first assignment the topic gets another partition. Where the library notices before the
/// lane has answered, it joins again without a word.
BOOST_AUTO_TEST_CASE(assignment_without_a_revocation_is_a_loss) {
  auto options = fresh_options();
  options.properties["topic.metadata.refresh.interval.ms"] = "50";
  LogFixture fixture(options, 1);
  const LanePorts lane = fixture.open_lane(0);
  struct Growing final : OwnershipListener {
    Growing(const KafkaLogOptions& of, SourcePort& reads) : options(of), source(reads) {}
    void assigned(std::span<const int32_t> partitions) override {
      told.push_back("assigned " + std::to_string(partitions.size()));
      if (told.size() > 1) return;
      const int of_one = assigned_bytes(options);
      add_partition(options);
      until("the group shares out both", [&] { return assigned_bytes(options) > of_one; });
    }
    void revoked(std::span<const int32_t> partitions) override {
      told.push_back("revoked " + std::to_string(partitions.size()));
    }
    void lost(std::span<const int32_t> partitions) override {
      told.push_back("lost " + std::to_string(partitions.size()));
    }
    void unreadable(int32_t, const Fault& why) override { BOOST_ERROR(why.message); }
    const KafkaLogOptions& options;
    SourcePort& source;
    Values told;
  } listener(options, *lane.source);
  until("both partitions are assigned", [&] {
    must(lane.source->poll(50, 10, listener));
    return !listener.told.empty() && listener.told.back() == "assigned 2";
  });
  BOOST_TEST(listener.told == (Values{"assigned 1", "lost 1", "assigned 2"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
