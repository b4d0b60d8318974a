// The folds of activation, password and login events (domain 4).
#include "projections/access.h"
#include "projections/steps.h"

namespace subledger {
namespace {

AccessRecord new_access(const Step& step, AccessType type) {
  AccessRecord record;
  record.subscriber = step.examined.subscriber;
  record.event_id = step.event().id;
  record.type = type;
  record.source = step.record.source;
  record.occurred_at = step.at();
  record.recorded_at = step.record.recorded_at;
  record.decision = AccessDecision::accepted;
  record.failures = step.account.access.failures;
  record.locked = step.account.access.locked;
  record.active = step.account.access.active;
  return record;
}

/// Rule: domain 4. Switching on or off touches neither failures nor lock nor password, and costs 0.
FoldResult switch_assistant(const Step& step, bool active, ChargeKind kind, AccessType type) {
  step.account.access.active = active;
  Accepted accepted = record_charge(step, new_charge(step, kind));
  accepted.access = new_access(step, type);
  return accepted;
}

uint32_t lockout_threshold(const Step& step) {
  const PublishedCatalog* version = step.state.in_force(step.at());
  return version == nullptr ? default_lockout_threshold : version->catalog.lockout_threshold;
}

}  // namespace

FoldResult fold(const Step& step, const AssistantActivated&) {
  return switch_assistant(step, true, ChargeKind::activation, AccessType::assistant_activated);
}

FoldResult fold(const Step& step, const AssistantDeactivated&) {
  return switch_assistant(step, false, ChargeKind::deactivation, AccessType::assistant_deactivated);
}

FoldResult fold(const Step& step, const PasswordSet& body) {
  if (!step.account.access.active) return reject(step, Reason::access_denied, "the assistant is not active");
  Accepted accepted;
  const AccessTransition transition =
      apply_password(step.account.access, Password{step.event().id, step.at(), std::string(body.verifier)});
  accepted.access = new_access(step, AccessType::password_set);
  accepted.access->transition = transition;
  return accepted;
}

FoldResult fold(const Step& step, const LoginAttempted& body) {
  const LoginDecision decision = decide_login(step.account.access, body);
  const AccessTransition transition = apply_login(step.account.access, decision, lockout_threshold(step));
  Accepted accepted;
  accepted.access = new_access(step, AccessType::login_attempted);
  accepted.access->decision = decision.decision;
  accepted.access->reason = decision.reason;
  accepted.access->transition = transition;
  return accepted;
}

FoldResult fold(const Step& step, const SubscriberClosed&) {
  Account& account = step.account;
  Accepted accepted = record_charge(step, new_charge(step, ChargeKind::closing));
  const bool was_locked = account.access.locked;
  // Rule: domain 6, Closing. All is forgotten but the ledger's sequence and when the closing was.
  Account next;
  next.sequence = account.sequence;
  next.closed_at = step.at();
  next.closed_sequence = account.sequence;
  account = std::move(next);
  accepted.access = new_access(step, AccessType::subscriber_closed);
  if (was_locked) accepted.access->transition = AccessTransition::unlocked;
  return accepted;
}

}  // namespace subledger
