// What a group has committed, asked by a client that never joins it.
#pragma once

#include <memory>
#include <string>

#include "connectors/kafka/handle.h"

namespace subledger::kafka {

/// Used by one thread at a time.
class Positions final : private ClientEvents {
 public:
  static Result<std::unique_ptr<Positions>> open(const KafkaLogOptions& options, const std::string& group);

  /// Of the events topic. Waits for transactions that a dead instance has left open, as long as the broker
  /// may take to end them.
  Result<Committed> committed(int32_t partition);

 private:
  explicit Positions(const KafkaLogOptions& options) : options_(options) {}

  const KafkaLogOptions& options_;
  std::unique_ptr<Client> client_;
};

}  // namespace subledger::kafka
