#include <boost/test/unit_test.hpp>

#include "connectors/kafka/settings.h"
#include "tests/kafka/fixture.h"

using namespace subledger;
using namespace subledger::test;

BOOST_AUTO_TEST_SUITE(settings)

BOOST_AUTO_TEST_CASE(properties_that_exactly_once_depends_on_are_refused) {
  for (const std::string name :
       {"enable.auto.commit", "enable.auto.offset.store", "auto.offset.reset", "isolation.level",
        "enable.idempotence", "acks", "transactional.id", "group.id", "group.instance.id",
        "partition.assignment.strategy", "check.crcs", "max.in.flight", "enable.partition.eof",
        "bootstrap.servers", "retries", "allow.auto.create.topics", "delivery.report.only.error"}) {
    const auto log = open_kafka_log({.bootstrap = "127.0.0.1:1", .properties = {{name, "true"}}});
    BOOST_REQUIRE_MESSAGE(!log, name);
    must_be_fault(&log.error(), Fault::Kind::failed, "property " + name + " cannot be set");
  }
}

BOOST_AUTO_TEST_CASE(transaction_timeout_has_bounds) {
  for (const auto& [value, accepted] : std::map<std::string, bool>{
           {"1999", false}, {"2000", true}, {"120000", true}, {"120001", false}, {"15s", false}}) {
    const KafkaLogOptions options{.bootstrap = "127.0.0.1:1",
                                  .properties = {{"transaction.timeout.ms", value}}};
    BOOST_TEST(kafka::check_settings(options).has_value() == accepted, value);
  }
}

BOOST_AUTO_TEST_CASE(unknown_property_is_named) {
  const auto log = open_kafka_log({.bootstrap = "127.0.0.1:1", .properties = {{"no.such.property", "1"}}});
  BOOST_REQUIRE(!log);
  must_be_fault(&log.error(), Fault::Kind::failed, "no.such.property");
}

BOOST_AUTO_TEST_CASE(value_of_a_secret_is_not_shown) {
  const auto log =
      open_kafka_log({.bootstrap = "127.0.0.1:1",
                      .properties = {{"security.protocol", "sasl_ssl"}, {"ssl.key.pem", "very-secret"}}});
  BOOST_REQUIRE(!log);
  BOOST_TEST(log.error().message.find("very-secret") == std::string::npos, log.error().message);
}

BOOST_AUTO_TEST_CASE(no_broker_in_the_url_is_a_clear_word) {
  const auto log = open_kafka_log({});
  BOOST_REQUIRE(!log);
  must_be_fault(&log.error(), Fault::Kind::failed, "names no broker");
}

// Goal: what a user sets is used, and what is fixed stays fixed whatever else is set.
BOOST_AUTO_TEST_CASE(user_settings_lie_between_defaults_and_fixed_ones) {
  const KafkaLogOptions options{.bootstrap = "b:1", .properties = {{"queued.min.messages", "5000"}}};
  const auto settings =
      kafka::member_settings(options, kafka::member_names({.group = "g", .instance = "i", .lane = 2}));
  BOOST_TEST(settings.at("queued.min.messages") == "5000");
  BOOST_TEST(settings.at("group.id") == "g");
  BOOST_TEST(settings.at("group.instance.id") == "i-2");
  BOOST_TEST(settings.at("isolation.level") == "read_committed");
  BOOST_TEST(settings.at("bootstrap.servers") == "b:1");
  const auto names = kafka::member_names({.group = "g", .instance = "i", .lane = 2});
  BOOST_TEST(kafka::writer_settings(options, names.transactional_id).at("transactional.id") == "g-i-2");
  BOOST_TEST(!kafka::writer_settings(options, "").contains("transactional.id"));
}

BOOST_AUTO_TEST_SUITE_END()
