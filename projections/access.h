// Access to the assistant: activation, password, login decisions and lockout (domain 4). Not how a password
// is checked.
#pragma once

#include "events/event.h"
#include "events/records.h"
#include "projections/account.h"

namespace subledger {

/// What a login gives, by the decision table of domain 4.
struct LoginDecision {
  AccessDecision decision{};
  AccessReason reason{};
};

/// Decides without changing anything.
LoginDecision decide_login(const Access& access, const LoginAttempted& attempt);

/// The effect of a decision: failures and lock. `threshold`: lockout_threshold in force at event time, ≥ 1.
AccessTransition apply_login(Access& access, const LoginDecision& decision, uint32_t threshold);

/// Replaces the password, clears failures and unlocks. Requires `active`.
AccessTransition apply_password(Access& access, Password password);

}  // namespace subledger
