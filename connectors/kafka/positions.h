// What a group has committed, asked by a client that never joins it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "connectors/kafka/handle.h"

namespace subledger::kafka {

/// A position, and the transactional id of the writer that committed it; empty where that is not told.
struct WrittenPosition {
  Committed committed;
  std::string writer;
};

/// The form of the metadata in the log: the engine's note, then the writer. Without the writer where both
/// would be longer than a broker takes.
std::string metadata_of(const std::string& note, const std::string& writer);
WrittenPosition parse_position(int64_t offset, std::string metadata);

/// Used by one thread at a time.
class Positions final : private ClientEvents {
 public:
  /// Told the client to ask with and who last wrote a position: at once, and every second while a transaction
  /// holds it back (`pressing`). True: it has changed something, and the position has to be asked for again.
  using Settle = std::function<bool(const Client& asking, const std::string& writer, bool pressing)>;

  static Result<std::unique_ptr<Positions>> open(const KafkaLogOptions& options, const std::string& group);

  /// Of the events topic. Waits for transactions that a dead instance has left open, as long as the broker
  /// may take to end them.
  Result<WrittenPosition> committed(int32_t partition, const Settle& settle = {});

 private:
  Positions(const KafkaLogOptions& options, std::string group)
      : options_(options), group_(std::move(group)) {}
  std::string last_writer(int32_t partition);

  const KafkaLogOptions& options_;
  const std::string group_;
  std::unique_ptr<Client> client_;
  /// Sees what is committed also while a transaction is about to move it. Made when first needed.
  std::unique_ptr<Client> unstable_;
};

}  // namespace subledger::kafka
