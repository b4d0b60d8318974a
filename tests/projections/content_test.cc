// When two events of one id are the same (domain 2): each field counts, by its value.
#include "projections/content.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/projections/events_at_hand.h"

namespace subledger {
namespace {

Uuid id_of(uint8_t last) {
  Uuid id;
  id.bytes.back() = last;
  return id;
}

ContentHash content(EventBody body) { return content_of(event_of(body)); }

/// No two of these are the same content.
void expect_all_different(const std::vector<EventBody>& bodies) {
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    BOOST_TEST((content(bodies[i]) == content(bodies[i])));
    for (std::size_t k = 0; k < i; ++k) {
      BOOST_TEST((content(bodies[i]) != content(bodies[k])), "bodies " << k << " and " << i);
    }
  }
}

BOOST_AUTO_TEST_SUITE(content_hash)

BOOST_AUTO_TEST_CASE(types_without_fields_differ) {
  expect_all_different({AssistantActivated{}, AssistantDeactivated{}, SubscriberClosed{},
                        OptionConnected{"a"}, OptionDisconnected{"a"}, TariffSwitched{"a"}});
}

BOOST_AUTO_TEST_CASE(envelope_counts_but_for_id_and_subscriber) {
  const Event event = event_of(OptionConnected{"a"});
  Event other = event;
  other.occurred_at.micros += 1;
  BOOST_TEST((content_of(other) != content_of(event)));
  other = event;
  other.channel = Channel::ussd;
  BOOST_TEST((content_of(other) != content_of(event)));
  // The id and the subscriber are what the content is looked up by.
  other = event;
  other.id.bytes.back() = 9;
  other.subscriber = "79169999999";
  BOOST_TEST((content_of(other) == content_of(event)));
}

BOOST_AUTO_TEST_CASE(fields_of_password_and_login) {
  expect_all_different({PasswordSet{PasswordMethod::issued, "h"}, PasswordSet{PasswordMethod::chosen, "h"},
                        PasswordSet{PasswordMethod::issued, "i"}, LoginAttempted{LoginOutcome::correct, {}},
                        LoginAttempted{LoginOutcome::wrong, {}},
                        LoginAttempted{LoginOutcome::correct, id_of(0)},
                        LoginAttempted{LoginOutcome::correct, id_of(1)}});
}

BOOST_AUTO_TEST_CASE(fields_of_traffic) {
  const TrafficUsed base{1, 2, "s", true, "home", 7};
  std::vector<EventBody> all(11, base);
  std::get<TrafficUsed>(all[1]).bytes_up = 2;
  std::get<TrafficUsed>(all[2]).bytes_down = 1;
  std::get<TrafficUsed>(all[3]).session = "t";
  std::get<TrafficUsed>(all[4]).session.reset();
  std::get<TrafficUsed>(all[5]).final = false;
  std::get<TrafficUsed>(all[6]).zone = "Home";
  std::get<TrafficUsed>(all[7]).zone.reset();
  std::get<TrafficUsed>(all[8]).rating_group = 8;
  std::get<TrafficUsed>(all[9]).rating_group.reset();
  std::get<TrafficUsed>(all[10]).rating_group = 0;
  expect_all_different(all);
  expect_all_different({TrafficUsed{1, 2, {}, {}, {}, {}}, TrafficUsed{2, 1, {}, {}, {}, {}},
                        TrafficUsed{1, 2, "s", {}, {}, {}}, TrafficUsed{1, 2, {}, {}, "s", {}}});
}

BOOST_AUTO_TEST_CASE(fields_of_services) {
  expect_all_different({ServiceUsed{"a", 1, {}, {}, {}}, ServiceUsed{"b", 1, {}, {}, {}},
                        ServiceUsed{"a", 2, {}, {}, {}}, ServiceUsed{"a", 1, "s", {}, {}},
                        ServiceUsed{"a", 1, "t", {}, {}}, ServiceUsed{"a", 1, {}, true, {}},
                        ServiceUsed{"a", 1, {}, {}, "s"}, ServiceUsed{"a", 1, {}, {}, "home"}});
}

BOOST_AUTO_TEST_CASE(fields_of_money) {
  expect_all_different(
      {BonusGranted{Money{5}, {}, {}, "r"}, BonusGranted{Money{6}, {}, {}, "r"}, BonusGranted{{}, 5, {}, "r"},
       BonusGranted{{}, 6, {}, "r"}, BonusGranted{Money{5}, {}, noon, "r"},
       BonusGranted{Money{5}, {}, Timestamp{noon.micros + 1}, "r"}, BonusGranted{Money{5}, {}, {}, "s"},
       PaymentReceived{Money{5}, "r"}, PaymentReceived{Money{6}, "r"}, PaymentReceived{Money{5}, "s"},
       ChargeReversed{id_of(1), "r"}, ChargeReversed{id_of(2), "r"}, ChargeReversed{id_of(1), "s"}});
}

BOOST_AUTO_TEST_CASE(final_false_equals_absent) {
  BOOST_TEST((content(TrafficUsed{1, 2, "s", false, {}, {}}) == content(TrafficUsed{1, 2, "s", {}, {}, {}})));
  BOOST_TEST((content(ServiceUsed{"a", 1, "s", false, {}}) == content(ServiceUsed{"a", 1, "s", {}, {}})));
  BOOST_TEST((content(ServiceUsed{"a", 1, "s", true, {}}) != content(ServiceUsed{"a", 1, "s", {}, {}})));
}

BOOST_AUTO_TEST_CASE(absent_zone_differs_from_home) {
  BOOST_TEST((content(TrafficUsed{1, 2, {}, {}, "home", {}}) != content(TrafficUsed{1, 2, {}, {}, {}, {}})));
  BOOST_TEST((content(ServiceUsed{"a", 1, {}, {}, "home"}) != content(ServiceUsed{"a", 1, {}, {}, {}})));
}

// Lengths stand before strings: what one string loses and the next gains is seen.
BOOST_AUTO_TEST_CASE(neighbours_do_not_run_together) {
  expect_all_different({ServiceUsed{"ab", 1, "c", {}, {}}, ServiceUsed{"a", 1, "bc", {}, {}},
                        TrafficUsed{1, 2, "ab", {}, "c", {}}, TrafficUsed{1, 2, "a", {}, "bc", {}}});
}

BOOST_AUTO_TEST_CASE(longest_fields_fit) {
  const std::string longest(string_size_max, 'x');
  const std::string text(text_size_max, 'y');
  expect_all_different({TrafficUsed{1, 2, longest, true, longest, 7},
                        ServiceUsed{longest, 1, longest, true, longest},
                        PasswordSet{PasswordMethod::issued, text}, BonusGranted{Money{1}, {}, noon, text},
                        PaymentReceived{Money{1}, text}, ChargeReversed{id_of(1), text}});
}

// The hash stands in stores: it may not change with a compiler or a release. The layout is little-endian:
// type 4 (option_connected), 8 bytes of time, channel 2, length 1 in two bytes, 'a'.
BOOST_AUTO_TEST_CASE(hash_is_a_known_one) {
  const ContentHash hash = content(OptionConnected{"a"});
  std::string hex;
  for (const uint8_t byte : hash) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  BOOST_TEST(hex == "393e875180e977f3b88e195cb75f262b");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace subledger
