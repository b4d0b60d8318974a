#include "connectors/kafka/advice.h"

#include <librdkafka/rdkafka.h>

namespace subledger::kafka {
namespace {

/// The first that answers a broker with its own nonce once, as Kafka 4 demands (librdkafka's change 4895).
constexpr int scram_with_kafka_4 = 0x020601ff;

bool uses_scram(const KafkaLogOptions& options) {
  for (const char* name : {"sasl.mechanism", "sasl.mechanisms"}) {
    const auto found = options.properties.find(name);
    if (found != options.properties.end() && found->second.starts_with("SCRAM-")) return true;
  }
  return false;
}

std::string dotted(int library) {
  const auto part = [&](int shift) { return std::to_string((library >> shift) & 0xff); };
  return part(24) + "." + part(16) + "." + part(8);
}

}  // namespace

std::string connection_advice(const KafkaLogOptions& options, std::string_view complaint, int library) {
  const auto says = [&](std::string_view words) { return complaint.find(words) != complaint.npos; };
  if (says("SASL authentication error") && uses_scram(options) && library < scram_with_kafka_4) {
    return "check sasl.username and sasl.password; and librdkafka " + dotted(library) +
           " cannot do SCRAM with Kafka 4, which takes 2.6.1: until then, use sasl.mechanism PLAIN over TLS";
  }
  if (says("SASL authentication error")) {
    return "the broker does not let this user in; check sasl.username and sasl.password";
  }
  if (says("mechanism handshake failed")) return "check sasl.mechanism";
  // The library may leave out that it was a handshake.
  if (says("SSL handshake failed") || says("certificate verify failed")) {
    return "the broker's certificate is not trusted, or is for another name than that in the log's URL; "
           "check ssl.ca.location";
  }
  if (says("security.protocol") || says("SSL")) {
    return "check security.protocol; a broker with TLS and SASL wants SASL_SSL";
  }
  return "check the address, and that the broker runs and is reachable from here";
}

std::string missing_right(int error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return "; give its user the rights to the topic: Read on all four, Write on what it writes, and "
             "DescribeConfigs on events";
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      return "; give its user the right Read on the consumer group";
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return "; give its user the right to the cluster that this needs";
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return "; give its user the right Write on transactional ids that begin so";
    default:
      return {};
  }
}

}  // namespace subledger::kafka
