#include <boost/test/unit_test.hpp>

#include "connectors/kafka/admin.h"
#include "tests/kafka/fixture.h"

using namespace subledger;
using namespace subledger::test;

namespace {

/// Makes the topics as specified, but for one property of the events topic.
void create_with(const KafkaLogOptions& options, const std::string& property, const std::string& value) {
  const auto admin = must(kafka::Admin::open(options));
  for (auto& spec : kafka::topic_specs(options, 2)) {
    if (spec.name == options.topic_prefix + "events") spec.properties[property] = value;
    BOOST_TEST(must(admin->create(spec)));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(topics)

BOOST_AUTO_TEST_CASE(created_topics_have_what_the_guarantees_need) {
  const auto options = fresh_options();
  const auto log = must(open_kafka_log(options));
  must(log->create_topics(3));
  BOOST_TEST(must(log->partitions()) == 3);
  const auto admin = must(kafka::Admin::open(options));
  const auto events = must(admin->properties(options.topic_prefix + "events"));
  BOOST_TEST(events.at("message.timestamp.type") == "LogAppendTime");
  BOOST_TEST(events.at("retention.ms") == "-1");
  BOOST_TEST(events.at("max.message.bytes") == "2097152");
  const auto rejects = must(admin->properties(options.topic_prefix + "rejects"));
  BOOST_TEST(rejects.at("max.message.bytes") == "3145728");
  BOOST_TEST(rejects.at("cleanup.policy") == "delete");
}

BOOST_AUTO_TEST_CASE(creating_again_is_harmless) {
  const LogFixture fixture(2);
  must(fixture.log->create_topics(2));
}

BOOST_AUTO_TEST_CASE(creating_with_another_number_of_partitions_is_refused) {
  const LogFixture fixture(2);
  const auto again = fixture.log->create_topics(3);
  BOOST_REQUIRE(!again);
  must_be_fault(&again.error(), Fault::Kind::failed, "has 2 partitions, not 3");
}

BOOST_AUTO_TEST_CASE(absent_topic_is_named_with_its_remedy) {
  const auto log = must(open_kafka_log(fresh_options()));
  const auto partitions = log->partitions();
  BOOST_REQUIRE(!partitions);
  must_be_fault(&partitions.error(), Fault::Kind::unreachable, "'topics create' makes it");
}

BOOST_AUTO_TEST_CASE(differing_partition_counts_are_refused) {
  const auto options = fresh_options();
  const auto admin = must(kafka::Admin::open(options));
  for (auto& spec : kafka::topic_specs(options, 2)) {
    if (spec.name == options.topic_prefix + "access") spec.partitions = 1;
    must(admin->create(spec));
  }
  const auto partitions = must(open_kafka_log(options))->partitions();
  BOOST_REQUIRE(!partitions);
  must_be_fault(&partitions.error(), Fault::Kind::failed, "access has 1 partitions, not 2");
}

BOOST_AUTO_TEST_CASE(events_topic_that_breaks_a_guarantee_is_refused) {
  const std::map<std::string, std::string> bad = {{"cleanup.policy", "compact"},
                                                  {"message.timestamp.type", "CreateTime"},
                                                  {"retention.ms", "604800000"},
                                                  {"retention.bytes", "1000000"}};
  for (const auto& [property, value] : bad) {
    const auto options = fresh_options();
    create_with(options, property, value);
    const auto log = must(open_kafka_log(options));
    const auto partitions = log->partitions();
    BOOST_REQUIRE_MESSAGE(!partitions, property);
    must_be_fault(&partitions.error(), Fault::Kind::failed, "events has " + property + "=" + value);
    BOOST_TEST(!log->create_topics(2), property);
  }
}

BOOST_AUTO_TEST_CASE(identity_names_cluster_and_prefix) {
  const auto options = fresh_options();
  const auto log = must(open_kafka_log(options));
  const auto identity = must(log->identity());
  BOOST_TEST(identity.starts_with("kafka:"));
  BOOST_TEST(identity.ends_with(":" + options.topic_prefix));
  BOOST_TEST(identity.size() > options.topic_prefix.size() + 10);
  BOOST_TEST(must(must(open_kafka_log(options))->identity()) == identity);
}

BOOST_AUTO_TEST_CASE(absent_broker_is_unreachable_within_the_wait) {
  const auto log = must(open_kafka_log({.bootstrap = "127.0.0.1:1", .wait_ms = 300}));
  const auto partitions = log->partitions();
  BOOST_REQUIRE(!partitions);
  must_be_fault(&partitions.error(), Fault::Kind::unreachable, "Connection refused");
  const auto created = log->create_topics(1);
  BOOST_REQUIRE(!created);
  must_be_fault(&created.error(), Fault::Kind::unreachable, "127.0.0.1:1");
  const auto identity = log->identity();
  BOOST_REQUIRE(!identity);
  must_be_fault(&identity.error(), Fault::Kind::unreachable, "127.0.0.1:1");
  const auto lane = log->open_lane({.group = "g", .instance = "i"});
  BOOST_REQUIRE(!lane);
  must_be_fault(&lane.error(), Fault::Kind::unreachable, "Connection refused");
}

BOOST_AUTO_TEST_SUITE_END()
