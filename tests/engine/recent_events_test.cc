// The memory of events that the store does not have yet: found by tag, told apart by the caller.
#include "engine/recent_events.h"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace subledger;

namespace {

std::optional<RowPlace> find_any(const RecentEvents& events, RecentEvents::Tag tag) {
  return events.find(tag, [](RowPlace) { return true; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recent_events)

BOOST_AUTO_TEST_CASE(what_was_added_is_found_and_nothing_else) {
  RecentEvents events;
  BOOST_TEST(!find_any(events, 7));
  events.add(7, {3, 11});
  const auto found = find_any(events, 7);
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST((found->chunk == 3 && found->row == 11));
  BOOST_TEST(!find_any(events, 8));
  // Its home is the same slot.
  BOOST_TEST(!find_any(events, 7 + (1U << 20)));
}

BOOST_AUTO_TEST_CASE(those_of_one_tag_are_told_apart_by_the_caller) {
  RecentEvents events;
  for (uint32_t row = 0; row < 5; ++row) events.add(42, {row, row});
  for (uint32_t row = 0; row < 5; ++row) {
    const auto found = events.find(42, [&](RowPlace place) { return place.row == row; });
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST(found->chunk == row);
  }
  BOOST_TEST(!events.find(42, [](RowPlace) { return false; }));
}

BOOST_AUTO_TEST_CASE(all_are_found_after_any_growth_and_none_after_a_clear) {
  constexpr unsigned seed = 4711;
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  RecentEvents events;
  std::vector<RecentEvents::Tag> tags;
  for (uint32_t row = 0; row < 50'000; ++row) {
    tags.push_back(static_cast<RecentEvents::Tag>(random()));
    events.add(tags.back(), {1, row});
  }
  for (uint32_t row = 0; row < tags.size(); ++row) {
    const auto found = events.find(tags[row], [&](RowPlace place) { return place.row == row; });
    BOOST_REQUIRE(found.has_value());
  }
  events.clear();
  for (const auto tag : tags) BOOST_REQUIRE(!find_any(events, tag));
  events.add(tags.front(), {2, 0});
  BOOST_TEST(find_any(events, tags.front()).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
