// The quantities already paid for in a session, day or month (domain 6, Accumulators).
#pragma once

#include <string_view>
#include <vector>

#include "projections/account.h"

namespace subledger {

/// Which accumulator a usage belongs to. `session` is a view that outlives the key.
struct AccumulatorKey {
  UsageKind usage{};
  Scope scope{};
  NameId owner;
  NameId rule;
  int32_t period = 0;
  std::string_view session;
};

/// What is paid for so far; 0 where none is open.
uint64_t accumulated(const std::vector<Accumulator>& accumulators, const AccumulatorKey& key);

/// Adds to an accumulator and makes it the last used, opening it if `may_open`; the 33rd evicts the longest
/// unused.
void accumulate(std::vector<Accumulator>& accumulators, const AccumulatorKey& key, uint64_t paid,
                bool may_open);

/// Closes all accumulators of the session, whatever rule priced it; traffic and services apart.
void close_session(std::vector<Accumulator>& accumulators, UsageKind usage, std::string_view session);

}  // namespace subledger
