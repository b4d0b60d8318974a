// Why a record came to what it came to: worked out again from the event, the catalog and the state that it
// met, with every step of the way, and compared with what the fold gave (domain 4 to 8). Uses the functions
// of projections one by one; not the fold itself, which keeps no trace.
#pragma once

#include <string>

#include "engine/fact.h"
#include "engine/history.h"
#include "events/records.h"

namespace subledger {

struct Explanation {
  Fact facts;
  bool agrees = true;  ///< what was worked out is what the fold gave, and what was emitted
};

/// `emitted`: the JSON form of the charge or access record that was written for it; empty: there is none, or
/// it was not looked up.
Explanation explain(const HistoryStep& step, const History& history, const std::string& emitted);

/// Of what a store alone knows: the record and the catalogs. The amount of usage and options is worked out
/// from them; the event, the rules that did not match and the grants are in the log only.
Explanation explain_charge(const ChargeRecord& charge, const PartitionState& state);
Explanation explain_access(const AccessRecord& access);

/// Of a record that is not among its subscriber's, such as one with another's key.
Explanation explain_reject(const RejectRecord& reject);

}  // namespace subledger
