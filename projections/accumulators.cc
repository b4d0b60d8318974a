// The list is kept by last use, longest unused first, so eviction takes the front.
#include "projections/accumulators.h"

#include <algorithm>

namespace subledger {
namespace {

bool matches(const Accumulator& open, const AccumulatorKey& key) {
  return open.usage == key.usage && open.scope == key.scope && open.owner == key.owner &&
         open.rule == key.rule && open.period == key.period && open.session == key.session;
}

}  // namespace

uint64_t accumulated(const std::vector<Accumulator>& accumulators, const AccumulatorKey& key) {
  for (const Accumulator& open : accumulators) {
    if (matches(open, key)) return open.quantity;
  }
  return 0;
}

void accumulate(std::vector<Accumulator>& accumulators, const AccumulatorKey& key, uint64_t paid,
                bool may_open) {
  const auto found = std::find_if(accumulators.begin(), accumulators.end(),
                                  [&key](const Accumulator& open) { return matches(open, key); });
  if (found != accumulators.end()) {
    found->quantity += paid;
    std::rotate(found, found + 1, accumulators.end());
    return;
  }
  if (!may_open) return;
  if (accumulators.size() >= accumulators_max) accumulators.erase(accumulators.begin());
  accumulators.push_back(
      {key.usage, key.scope, key.owner, key.rule, key.period, std::string(key.session), paid});
}

void close_session(std::vector<Accumulator>& accumulators, UsageKind usage, std::string_view session) {
  std::erase_if(accumulators, [&](const Accumulator& open) {
    return open.usage == usage && open.scope == Scope::session && open.session == session;
  });
}

}  // namespace subledger
