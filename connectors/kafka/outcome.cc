#include "connectors/kafka/outcome.h"

namespace subledger::kafka {
namespace {

// Of librdkafka, no part of the protocol.
constexpr int local_fenced = -144;
constexpr int local_unknown_topic = -188;
constexpr int local_unknown_partition = -190;
constexpr int local_invalid_argument = -186;

}  // namespace

ErrorClass classify(int code) {
  switch (code) {
    case local_fenced:
    case 47:  // INVALID_PRODUCER_EPOCH
    case 90:  // PRODUCER_FENCED
      return ErrorClass::fenced;
    case 22:  // ILLEGAL_GENERATION
    case 25:  // UNKNOWN_MEMBER_ID
    case 27:  // REBALANCE_IN_PROGRESS
    case 82:  // FENCED_INSTANCE_ID
      return ErrorClass::ownership;
    case local_unknown_topic:  // only after topic.metadata.propagation.max.ms, so not for a short absence
    case local_unknown_partition:
    case local_invalid_argument:
    case 3:   // UNKNOWN_TOPIC_OR_PART
    case 10:  // MSG_SIZE_TOO_LARGE
    case 12:  // OFFSET_METADATA_TOO_LARGE
    case 17:  // INVALID_TOPIC
    case 18:  // RECORD_LIST_TOO_LARGE
    case 24:  // INVALID_GROUP_ID
    case 29:  // TOPIC_AUTHORIZATION_FAILED
    case 30:  // GROUP_AUTHORIZATION_FAILED
    case 31:  // CLUSTER_AUTHORIZATION_FAILED
    case 32:  // INVALID_TIMESTAMP
    case 35:  // UNSUPPORTED_VERSION
    case 43:  // UNSUPPORTED_FOR_MESSAGE_FORMAT
    case 44:  // POLICY_VIOLATION
    case 50:  // INVALID_TRANSACTION_TIMEOUT
    case 53:  // TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    case 76:  // UNSUPPORTED_COMPRESSION_TYPE
    case 87:  // INVALID_RECORD
      return ErrorClass::permanent;
    default:
      return ErrorClass::transient;
  }
}

StepOutcome outcome_of(ErrorClass error, TransactionFacts facts) {
  if (facts.superseded) return StepOutcome::fenced;
  // librdkafka may report an abortable error, or a fatal one, of a commit that the broker carried out.
  if (facts.commit_was_asked) return StepOutcome::unknown;
  switch (error) {
    case ErrorClass::ownership:
      return StepOutcome::lost;
    case ErrorClass::permanent:
      return StepOutcome::fault;
    case ErrorClass::fenced:
    case ErrorClass::transient:
      break;
  }
  return facts.abort_succeeded ? StepOutcome::aborted : StepOutcome::unknown;
}

}  // namespace subledger::kafka
