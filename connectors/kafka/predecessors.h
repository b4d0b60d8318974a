// Ends what members that are gone have left open. Their transactions hold back positions and readers until
// the broker gives them up by itself, which takes it transaction.timeout.ms and up to 10 s more.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/kafka/producing.h"
#include "connectors/kafka/roster.h"

namespace subledger::kafka {

/// Used by one thread at a time.
class Predecessors {
 public:
  Predecessors(const KafkaLogOptions& options, const MemberNames& names) : options_(options), names_(names) {}

  /// Fences `writer`, the transactional id of whoever last committed, if its lane is not in the group any
  /// more. Where it is not known (empty), or its transaction is not the one that is open (`pressing`), then
  /// all whose lanes were in the group at an earlier assignment. True: fenced just now. What cannot be fenced
  /// is left to the broker. Were a live one fenced, it would begin again from what it committed.
  bool settle(const Client& asking, const std::string& writer, bool pressing);
  /// At a new assignment: members may have gone since.
  void forget() {
    fenced_.clear();
    fencing_.clear();
    asked_ = false;
  }

 private:
  void ask(const Client& asking);
  bool is_gone(const std::string& lane) const;
  bool fence(const std::string& writer);

  const KafkaLogOptions& options_;
  const MemberNames& names_;
  std::set<std::string> fenced_;
  std::vector<std::unique_ptr<Producing>> fencing_;  ///< not answered yet
  std::set<std::string> seen_;                       ///< lanes, by group.instance.id
  bool asked_ = false;
  std::optional<Roster> roster_;
};

}  // namespace subledger::kafka
