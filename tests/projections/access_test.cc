// The decision table of domain 4 over all its states, and what a decision changes.
#include "projections/access.h"

#include <boost/test/unit_test.hpp>

namespace subledger {
namespace {

Uuid id_of(uint8_t last) {
  Uuid id;
  id.bytes.back() = last;
  return id;
}

Access access_of(bool active, bool locked, bool with_password) {
  Access access;
  access.active = active;
  access.locked = locked;
  if (with_password) access.password = Password{id_of(1), {}, "hash"};
  return access;
}

BOOST_AUTO_TEST_SUITE(access)

BOOST_AUTO_TEST_CASE(every_state_of_the_table) {
  for (int state = 0; state < 48; ++state) {
    const bool active = state % 2 != 0;
    const bool locked = state / 2 % 2 != 0;
    const bool with_password = state / 4 % 2 != 0;
    const bool correct = state / 8 % 2 != 0;
    const int named = state / 16;  // 0: no id, 1: the current, 2: another
    LoginAttempted attempt{correct ? LoginOutcome::correct : LoginOutcome::wrong, {}};
    if (named != 0) attempt.password_id = id_of(static_cast<uint8_t>(named));
    const AccessReason reason = !active          ? AccessReason::not_activated
                                : locked         ? AccessReason::locked
                                : !with_password ? AccessReason::no_password
                                : named == 2     ? AccessReason::stale_password
                                : correct        ? AccessReason::none
                                                 : AccessReason::wrong_password;
    const LoginDecision decision = decide_login(access_of(active, locked, with_password), attempt);
    BOOST_TEST_CONTEXT("state " << state) {
      BOOST_TEST((decision.reason == reason));
      BOOST_TEST((decision.decision ==
                  (reason == AccessReason::none ? AccessDecision::granted : AccessDecision::refused)));
    }
  }
}

BOOST_AUTO_TEST_CASE(only_a_wrong_password_counts) {
  for (const AccessReason reason : {AccessReason::not_activated, AccessReason::locked,
                                    AccessReason::no_password, AccessReason::stale_password}) {
    Access access = access_of(true, false, true);
    access.failures = 2;
    BOOST_TEST((apply_login(access, {AccessDecision::refused, reason}, 1) == AccessTransition::none));
    BOOST_TEST(access.failures == 2);
    BOOST_TEST(!access.locked);
  }
}

BOOST_AUTO_TEST_CASE(locks_at_the_threshold_and_above) {
  const LoginDecision wrong{AccessDecision::refused, AccessReason::wrong_password};
  Access access = access_of(true, false, true);
  BOOST_TEST((apply_login(access, wrong, 3) == AccessTransition::none));
  BOOST_TEST((apply_login(access, wrong, 3) == AccessTransition::none));
  BOOST_TEST((apply_login(access, wrong, 3) == AccessTransition::locked));
  BOOST_TEST(access.failures == 3);
  Access above = access_of(true, false, true);
  above.failures = 5;
  BOOST_TEST((apply_login(above, wrong, 3) == AccessTransition::locked));
  Access at_once = access_of(true, false, true);
  BOOST_TEST((apply_login(at_once, wrong, 1) == AccessTransition::locked));
}

BOOST_AUTO_TEST_CASE(a_granted_login_clears_failures) {
  Access access = access_of(true, false, true);
  access.failures = 2;
  BOOST_TEST(
      (apply_login(access, {AccessDecision::granted, AccessReason::none}, 3) == AccessTransition::none));
  BOOST_TEST(access.failures == 0);
}

BOOST_AUTO_TEST_CASE(a_new_password_unlocks) {
  Access access = access_of(true, true, true);
  access.failures = 3;
  BOOST_TEST((apply_password(access, {id_of(9), Timestamp{5}, "new"}) == AccessTransition::unlocked));
  BOOST_TEST(!access.locked);
  BOOST_TEST(access.failures == 0);
  BOOST_TEST((access.password->id == id_of(9)));
  BOOST_TEST((apply_password(access, {id_of(8), Timestamp{5}, "new"}) == AccessTransition::none));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace subledger
