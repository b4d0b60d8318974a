// Bonuses: which grants cover a quantity or an amount, and which make room (domain 6, Bonuses).
#pragma once

#include <optional>
#include <vector>

#include "events/time.h"
#include "projections/account.h"

namespace subledger {

/// What grants cover of one demand, found without changing them.
struct Draw {
  int64_t covered = 0;
  /// The latest expiry of the grants drawn from; nullopt: one of them had none, or nothing was drawn.
  std::optional<Timestamp> expires_at;
};

/// Covers up to `wanted` (≥ 0) by unexpired grants of the kind, earliest expiry first, none last, ties in log
/// order.
Draw plan_draw(const std::vector<Grant>& grants, GrantKind kind, int64_t wanted, Timestamp at);

/// Takes what plan_draw found for the same arguments; used-up grants are forgotten.
void take_draw(std::vector<Grant>& grants, GrantKind kind, int64_t covered, Timestamp at);

/// Whether `count` more grants have a place, counting those expired at `at` as free.
bool has_room(const std::vector<Grant>& grants, std::size_t count, Timestamp at);

/// Lets as many grants go as `count` new ones need places, those expired at `at`, earliest expiry first.
/// Requires has_room.
void make_room(std::vector<Grant>& grants, std::size_t count, Timestamp at);

/// Requires a free place.
void add_grant(std::vector<Grant>& grants, const Grant& grant);

/// Sum of unexpired grants of the kind.
int64_t available(const std::vector<Grant>& grants, GrantKind kind, Timestamp at);

}  // namespace subledger
