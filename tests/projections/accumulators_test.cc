// Open accumulators: what belongs together, which one goes, what closes.
#include "projections/accumulators.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace subledger {
namespace {

const AccumulatorKey session_s{UsageKind::traffic, Scope::session, NameId{1}, NameId{2}, 0, "s"};

AccumulatorKey session_named(std::string_view name) {
  AccumulatorKey key = session_s;
  key.session = name;
  return key;
}

BOOST_AUTO_TEST_SUITE(accumulators)

BOOST_AUTO_TEST_CASE(each_part_of_the_key_counts) {
  std::vector<AccumulatorKey> keys(11, session_s);
  keys[1].usage = UsageKind::service;
  keys[2].scope = Scope::day;
  keys[3].scope = Scope::month;
  keys[4].owner = NameId{2};
  keys[5].rule = NameId{1};
  keys[6].period = 1;
  keys[7].session = "S";
  keys[8].session = "ss";
  keys[9].session = "Ss";
  keys[10].session = "";
  std::vector<Accumulator> open;
  for (std::size_t i = 0; i < keys.size(); ++i) accumulate(open, keys[i], i + 1, true);
  BOOST_TEST(open.size() == keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) BOOST_TEST(accumulated(open, keys[i]) == i + 1);
}

BOOST_AUTO_TEST_CASE(sums_and_moves_to_the_end) {
  std::vector<Accumulator> open;
  accumulate(open, session_s, 5, true);
  accumulate(open, session_named("t"), 0, true);
  BOOST_TEST(accumulated(open, session_named("t")) == 0);
  BOOST_TEST(open.size() == 2);
  accumulate(open, session_s, 7, false);
  BOOST_TEST(accumulated(open, session_s) == 12);
  BOOST_TEST(open[0].session == "t");
  accumulate(open, session_named("t"), 0, true);
  BOOST_TEST(open[0].session == "s");
}

BOOST_AUTO_TEST_CASE(others_keep_their_order_when_one_moves_to_the_end) {
  std::vector<Accumulator> open;
  for (const char* name : {"a", "b", "c", "d", "e"}) accumulate(open, session_named(name), 1, true);
  accumulate(open, session_named("b"), 1, true);
  std::string order;
  for (const Accumulator& each : open) order += each.session;
  BOOST_TEST(order == "acdeb");
  BOOST_TEST(open.back().quantity == 2);
}

BOOST_AUTO_TEST_CASE(the_33rd_evicts_the_first_unless_it_may_not_open) {
  std::vector<Accumulator> open;
  for (std::size_t i = 0; i < accumulators_max; ++i)
    accumulate(open, session_named(std::to_string(i)), 1, true);
  accumulate(open, session_named("final"), 1, false);
  BOOST_TEST(open.size() == accumulators_max);
  BOOST_TEST(open.front().session == "0");
  accumulate(open, session_named("new"), 1, true);
  BOOST_TEST(open.size() == accumulators_max);
  BOOST_TEST(open.front().session == "1");
  BOOST_TEST(open.back().session == "new");
  BOOST_TEST(accumulated(open, session_named("0")) == 0);
}

BOOST_AUTO_TEST_CASE(closing_a_session_leaves_all_else) {
  std::vector<Accumulator> open;
  AccumulatorKey other_rule = session_s;
  other_rule.rule = NameId{9};
  AccumulatorKey service = session_s;
  service.usage = UsageKind::service;
  const AccumulatorKey day{UsageKind::traffic, Scope::day, NameId{1}, NameId{2}, 7, {}};
  for (const AccumulatorKey& key : {session_s, other_rule, service, day, session_named("t")}) {
    accumulate(open, key, 1, true);
  }
  close_session(open, UsageKind::traffic, "s");
  BOOST_TEST(open.size() == 3);
  BOOST_TEST(accumulated(open, service) == 1);
  BOOST_TEST(accumulated(open, day) == 1);
  BOOST_TEST(accumulated(open, session_named("t")) == 1);
  close_session(open, UsageKind::traffic, "");
  BOOST_TEST(open.size() == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace subledger
