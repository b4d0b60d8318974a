// A lane's transactional writer. What an error means is said by `outcome.h`; how a commit ended is never
// guessed.
#pragma once

#include <map>

#include "connectors/kafka/membership.h"
#include "connectors/kafka/outcome.h"
#include "connectors/kafka/positions.h"
#include "connectors/kafka/predecessors.h"
#include "connectors/kafka/producing.h"

namespace subledger::kafka {

class Transactions final : public TransactionPort {
 public:
  /// `membership` outlives this.
  Transactions(const KafkaLogOptions& options, Membership& membership);

  Result<void> reset() override;
  StepResult begin() override;
  StepResult produce(const NewRecord& record) override;
  StepResult commit(std::span<const PositionUpdate> positions) override;
  StepResult abort() override;
  int settling_ms() const override;
  Result<Committed> committed(int32_t partition) override;

 private:
  StepResult begin_next();
  StepResult claim();
  StepResult ended_by(int code, std::string message, bool commit_was_asked);
  std::optional<StepResult> send_positions(std::span<const PositionUpdate> positions);
  ErrorHandle end_without_effect();
  void note_connections();

  const KafkaLogOptions& options_;
  Membership& membership_;
  const int timeout_ms_;  ///< of each call: to librdkafka 2.0.2, -1 is for ever, whatever its manual says
  std::unique_ptr<Producing> producing_;
  /// Asks for positions: the member's own consumer does not once it was turned away.
  std::unique_ptr<Positions> positions_;
  Predecessors predecessors_;
  uint64_t assignment_ = 0;  ///< that the predecessors and the claims are of
  /// By partition: positions that another writer committed, to be committed again, unmoved, by this one
  /// before its first record. So whoever comes next knows whose transaction may be open.
  std::map<int32_t, PositionUpdate> claims_;
  bool open_ = false;  ///< a transaction is
  /// An end of the last transaction may still be on its way on a connection that broke, and would end the
  /// next one under this protocol version; a new writer, with a newer epoch, is out of its reach.
  bool stale_end_possible_ = false;
  uint64_t connections_ended_at_begin_ = 0;
  uint64_t reset_at_join_ = 0;  ///< a writer is of the member that it was made beside
};

}  // namespace subledger::kafka
