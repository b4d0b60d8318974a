// The list is kept by last use, longest unused first, so eviction takes the front.
#include "projections/accumulators.h"

#include <algorithm>

namespace subledger {
namespace {

/// Ids of sessions are of one size and differ at their ends, so most are told apart there.
bool same_session(std::string_view one, std::string_view other) {
  if (one.size() != other.size()) return false;
  return one.empty() || (one.back() == other.back() && one == other);
}

bool matches(const Accumulator& open, const AccumulatorKey& key) {
  return open.usage == key.usage && open.scope == key.scope && open.owner == key.owner &&
         open.rule == key.rule && open.period == key.period && same_session(open.session, key.session);
}

/// From the back: what was used last is most likely used again.
template <class Accumulators>
auto find_last(Accumulators& accumulators, const AccumulatorKey& key) {
  return std::ranges::find_if(accumulators.rbegin(), accumulators.rend(),
                              [&key](const Accumulator& open) { return matches(open, key); });
}

}  // namespace

uint64_t accumulated(const std::vector<Accumulator>& accumulators, const AccumulatorKey& key) {
  const auto found = find_last(accumulators, key);
  return found == accumulators.rend() ? 0 : found->quantity;
}

void accumulate(std::vector<Accumulator>& accumulators, const AccumulatorKey& key, uint64_t paid,
                bool may_open) {
  const auto found = find_last(accumulators, key);
  if (found != accumulators.rend()) {
    found->quantity += paid;
    std::rotate(accumulators.rbegin(), found, found + 1);
    return;
  }
  if (!may_open) return;
  if (accumulators.size() >= accumulators_max) accumulators.erase(accumulators.begin());
  accumulators.push_back(
      {key.usage, key.scope, key.owner, key.rule, key.period, std::string(key.session), paid});
}

void close_session(std::vector<Accumulator>& accumulators, UsageKind usage, std::string_view session) {
  std::erase_if(accumulators, [&](const Accumulator& open) {
    return open.usage == usage && open.scope == Scope::session && same_session(open.session, session);
  });
}

}  // namespace subledger
