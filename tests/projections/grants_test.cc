// Which grants cover what, and which make room.
#include "projections/grants.h"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace subledger {
namespace {

Grant money(int64_t remaining, std::optional<int64_t> expires_at = {}) {
  return {GrantKind::money, expires_at ? std::optional(Timestamp{*expires_at}) : std::nullopt, remaining};
}

Grant bytes(int64_t remaining, std::optional<int64_t> expires_at = {}) {
  return {GrantKind::bytes, expires_at ? std::optional(Timestamp{*expires_at}) : std::nullopt, remaining};
}

std::vector<Grant> list(const std::vector<Grant>& added) {
  std::vector<Grant> grants;
  for (const Grant& grant : added) add_grant(grants, grant);
  return grants;
}

std::vector<int64_t> remaining(const std::vector<Grant>& grants) {
  std::vector<int64_t> all;
  for (const Grant& grant : grants) all.push_back(grant.remaining);
  return all;
}

void expect(const std::vector<Grant>& grants, const std::vector<int64_t>& wanted) {
  const std::vector<int64_t> found = remaining(grants);
  BOOST_TEST(found == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE(grants)

BOOST_AUTO_TEST_CASE(order_is_expiry_then_none_then_log) {
  expect(list({money(1), money(2, 30), money(3, 20), money(4), money(5, 20), bytes(6, 20), bytes(7, 10)}),
         {7, 3, 5, 6, 2, 1, 4});
}

BOOST_AUTO_TEST_CASE(draw_takes_earliest_first_and_forgets_the_used_up) {
  std::vector<Grant> held = list({money(10), money(10, 30), money(10, 20), bytes(10, 20)});
  const Draw draw = plan_draw(held, GrantKind::money, 15, Timestamp{5});
  BOOST_TEST(draw.covered == 15);
  BOOST_TEST(draw.expires_at->micros == 30);
  expect(held, {10, 10, 10, 10});  // planning changes nothing
  take_draw(held, GrantKind::money, draw.covered, Timestamp{5});
  expect(held, {10, 5, 10});
  BOOST_TEST((held[0].kind == GrantKind::bytes));
}

BOOST_AUTO_TEST_CASE(draw_that_is_exact_leaves_the_next_alone) {
  const std::vector<Grant> held = list({money(10, 20), money(10)});
  const Draw draw = plan_draw(held, GrantKind::money, 10, Timestamp{5});
  BOOST_TEST(draw.covered == 10);
  BOOST_TEST(draw.expires_at->micros == 20);
  BOOST_TEST(plan_draw(held, GrantKind::money, 11, Timestamp{5}).expires_at.has_value() == false);
}

BOOST_AUTO_TEST_CASE(draw_of_nothing_or_beyond_all) {
  std::vector<Grant> held = list({bytes(10, 20)});
  BOOST_TEST(plan_draw(held, GrantKind::bytes, 0, Timestamp{5}).covered == 0);
  BOOST_TEST(!plan_draw(held, GrantKind::bytes, 0, Timestamp{5}).expires_at);
  BOOST_TEST(plan_draw(held, GrantKind::bytes, 99, Timestamp{5}).covered == 10);
  BOOST_TEST(plan_draw(held, GrantKind::money, 99, Timestamp{5}).covered == 0);
  take_draw(held, GrantKind::bytes, 0, Timestamp{5});
  expect(held, {10});
}

BOOST_AUTO_TEST_CASE(expiry_itself_is_too_late) {
  std::vector<Grant> held = list({bytes(10, 20), bytes(10, 21)});
  BOOST_TEST(plan_draw(held, GrantKind::bytes, 99, Timestamp{19}).covered == 20);
  BOOST_TEST(plan_draw(held, GrantKind::bytes, 99, Timestamp{20}).covered == 10);
  BOOST_TEST(plan_draw(held, GrantKind::bytes, 99, Timestamp{21}).covered == 0);
  BOOST_TEST(available(held, GrantKind::bytes, Timestamp{19}) == 20);
  BOOST_TEST(available(held, GrantKind::bytes, Timestamp{20}) == 10);
  BOOST_TEST(available(held, GrantKind::bytes, Timestamp{21}) == 0);
  BOOST_TEST(available(held, GrantKind::money, Timestamp{19}) == 0);
  take_draw(held, GrantKind::bytes, 10, Timestamp{20});
  expect(held, {10});  // the expired one stays
  BOOST_TEST(held[0].expires_at->micros == 20);
}

BOOST_AUTO_TEST_CASE(room_counts_what_has_expired) {
  std::vector<Grant> held;
  for (std::size_t i = 0; i < grants_max - 2; ++i) add_grant(held, money(1));
  BOOST_TEST(has_room(held, 2, Timestamp{0}));
  BOOST_TEST(!has_room(held, 3, Timestamp{0}));
  add_grant(held, bytes(5, 20));
  add_grant(held, bytes(6, 30));
  BOOST_TEST(has_room(held, 0, Timestamp{0}));
  BOOST_TEST(!has_room(held, 1, Timestamp{19}));
  BOOST_TEST(has_room(held, 1, Timestamp{20}));
  BOOST_TEST(!has_room(held, 2, Timestamp{29}));
  BOOST_TEST(has_room(held, 2, Timestamp{30}));
}

BOOST_AUTO_TEST_CASE(making_room_takes_no_more_than_needed) {
  std::vector<Grant> held;
  for (std::size_t i = 0; i < grants_max - 3; ++i) add_grant(held, money(1));
  add_grant(held, bytes(5, 20));
  add_grant(held, bytes(6, 10));
  make_room(held, 1, Timestamp{99});
  BOOST_TEST(held.size() == grants_max - 1);
  BOOST_TEST(held[0].remaining == 6);
  add_grant(held, bytes(7, 40));
  make_room(held, 1, Timestamp{99});
  BOOST_TEST(held[0].remaining == 5);
  make_room(held, 2, Timestamp{99});
  BOOST_TEST(held[0].remaining == 7);
  BOOST_TEST(held.size() == grants_max - 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace subledger
