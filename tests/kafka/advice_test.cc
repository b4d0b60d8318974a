#include "connectors/kafka/advice.h"

#include <boost/test/unit_test.hpp>

#include "connectors/kafka/outcome.h"

using namespace subledger;
using namespace subledger::kafka;

namespace {

constexpr int old_library = 0x020002ff;
constexpr int new_library = 0x020601ff;
constexpr const char* turned_away = "SASL authentication error: invalid credentials";

bool speaks_of_kafka_4(const std::string& mechanism, int library) {
  const KafkaLogOptions options{.bootstrap = "b:1", .properties = {{"sasl.mechanism", mechanism}}};
  return connection_advice(options, turned_away, library).find("librdkafka 2.0.2") != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(advice)

BOOST_AUTO_TEST_CASE(scram_of_an_old_library_is_named) {
  BOOST_TEST(speaks_of_kafka_4("SCRAM-SHA-512", old_library));
  BOOST_TEST(!speaks_of_kafka_4("SCRAM-SHA-512", new_library));
  BOOST_TEST(!speaks_of_kafka_4("PLAIN", old_library));
}

BOOST_AUTO_TEST_CASE(certificate_is_named_in_both_of_the_librarys_forms) {
  const KafkaLogOptions options{.bootstrap = "b:1", .properties = {}};
  for (const char* complaint :
       {"SSL handshake failed: error:0A000086:SSL routines::certificate verify failed",
        "error:0A000086:SSL routines::certificate verify failed"}) {
    const auto advice = connection_advice(options, complaint, old_library);
    BOOST_TEST(advice.find("another name") != std::string::npos, complaint);
  }
}

BOOST_AUTO_TEST_CASE(rights_are_named_where_they_are_missing) {
  for (const int code : {29, 30, 31, 53}) {
    BOOST_TEST((classify(code) == ErrorClass::permanent), code);
    BOOST_TEST(missing_right(code).find("right") != std::string::npos, code);
  }
  BOOST_TEST(missing_right(-195).empty());
}

BOOST_AUTO_TEST_SUITE_END()
