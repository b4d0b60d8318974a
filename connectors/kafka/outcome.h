// What an error of Kafka means for a transaction. Pure: error codes in, outcome out. Codes are those of the
// Kafka protocol, and librdkafka's own, which are negative.
#pragma once

#include "engine/ports.h"

namespace subledger::kafka {

enum class ErrorClass : uint8_t {
  transient,  ///< the broker is not there, or not ready: another attempt may succeed
  fenced,     ///< the broker has given the transactional id a newer epoch: to a newer writer, or by its own
              ///< timeout
  ownership,  ///< the group has gone on without this member
  permanent,  ///< the same bytes will never be taken
};
ErrorClass classify(int code);

/// What is known of a transaction beside the error itself.
struct TransactionFacts {
  bool commit_was_asked = false;  ///< then nothing but the broker's yes says how it ended
  bool abort_succeeded = false;
  bool superseded = false;  ///< the group knows another process by this one's name
};
StepOutcome outcome_of(ErrorClass error, TransactionFacts facts);

}  // namespace subledger::kafka
