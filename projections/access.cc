// The decision table of domain 4, row by row.
#include "projections/access.h"

#include <utility>

namespace subledger {

LoginDecision decide_login(const Access& access, const LoginAttempted& attempt) {
  const auto refused = [](AccessReason reason) { return LoginDecision{AccessDecision::refused, reason}; };
  if (!access.active) return refused(AccessReason::not_activated);
  if (access.locked) return refused(AccessReason::locked);
  if (!access.password) return refused(AccessReason::no_password);
  if (attempt.password_id && *attempt.password_id != access.password->id) {
    return refused(AccessReason::stale_password);
  }
  if (attempt.outcome == LoginOutcome::correct) return {AccessDecision::granted, AccessReason::none};
  return refused(AccessReason::wrong_password);
}

AccessTransition apply_login(Access& access, const LoginDecision& decision, uint32_t threshold) {
  if (decision.decision == AccessDecision::granted) access.failures = 0;
  if (decision.reason != AccessReason::wrong_password) return AccessTransition::none;
  ++access.failures;
  if (access.failures < threshold) return AccessTransition::none;
  access.locked = true;
  return AccessTransition::locked;
}

AccessTransition apply_password(Access& access, Password password) {
  const bool was_locked = access.locked;
  access.password = std::move(password);
  access.failures = 0;
  access.locked = false;
  return was_locked ? AccessTransition::unlocked : AccessTransition::none;
}

}  // namespace subledger
