// Differences of stores and what-ifs: each side's records, and sums that always agree. The catalogs are
// random; a failing seed is printed.
#include <boost/test/unit_test.hpp>
#include <memory_resource>
#include <random>

#include "engine/store_difference.h"
#include "engine/whatif.h"
#include "events/json.h"
#include "projections/totals.h"
#include "tests/engine/world.h"

using namespace subledger;
using namespace subledger::test;

namespace {

/// Keeps the lines and adds up what it is told, by itself.
struct Listener : DifferenceSink {
  Result<void> charge(const Sides<ChargeRecord>& sides) override {
    sum += (sides.right != nullptr ? sides.right->amount.micros : 0) -
           (sides.left != nullptr ? sides.left->amount.micros : 0);
    one_sided += sides.left == nullptr || sides.right == nullptr ? 1 : 0;
    return keep(sides);
  }
  Result<void> access(const Sides<AccessRecord>& sides) override {
    ++access_lines;
    return keep(sides);
  }
  template <class Record>
  Result<void> keep(const Sides<Record>& sides) {
    append_difference_json(lines.emplace_back(), sides);
    return {};
  }

  std::vector<std::string> lines;
  Int128 sum = 0;
  int one_sided = 0;
  int access_lines = 0;
};

struct Silent : ReplayObserver {
  void backlog(int32_t, uint64_t) override {}
  void replayed(int32_t, uint64_t) override {}
};

void replay_into(World& world, Stores& stores, const std::vector<std::string>& catalogs) {
  Silent silent;
  const std::atomic<bool> stop{false};
  ReplayLogOptions options;
  options.variation.catalogs = catalogs;
  const auto report = replay_log(world.broker, stores, options, silent, stop);
  BOOST_REQUIRE_MESSAGE(report, report.error().message);
}

void diff(Stores& left, Stores& right, Difference& difference, const StoreDifferenceOptions& options = {}) {
  for (int32_t p = 0; p < 3; ++p) {
    MemoryStore a(left.disk(p));
    MemoryStore b(right.disk(p));
    const auto compared = compare_stores({a, b}, options, difference);
    BOOST_REQUIRE_MESSAGE(compared, compared.error().message);
  }
}

/// The amounts of all charges of a store, from its rows' postings: revenue, cash and promotions.
Int128 turnover(Stores& stores) {
  Int128 sum = 0;
  for (int32_t p = 0; p < 3; ++p) {
    const auto meta = meta_of(stores.disk(p));
    BOOST_REQUIRE(meta);
    sum += meta->postings.receivable + meta->postings.bonus;
  }
  return sum;
}

/// The tests' catalog with other prices and fees, and now and then without a tariff or an option.
std::string random_catalog(std::mt19937& random, std::string_view version) {
  std::string text = catalog_json(version);
  for (const std::string_view price : {"1.00", "100.00", "30.00", "3.00", "0.50", "10.00"}) {
    const auto at = text.find("\"" + std::string(price) + "\"");
    if (at == std::string::npos || random() % 3 == 0) continue;
    text.replace(at + 1, price.size(), format_money({static_cast<int64_t>(random() % 50'000'000)}));
  }
  if (random() % 4 == 0) {
    const auto smart = text.find("\"smart\"");
    text.replace(smart, 7, "\"other\"");
  }
  return text;
}

void check_sums(const DifferenceTotals& totals, const Listener& listener, int32_t partitions_subscribers) {
  BOOST_TEST((totals.total.difference() == listener.sum));
  BOOST_TEST(totals.total.records == listener.lines.size());
  DifferenceSum kinds;
  for (const DifferenceSum& sum : totals.kinds) kinds.add(sum);
  DifferenceSum groups;
  for (const auto& [group, sum] : totals.groups) groups.add(sum);
  for (const DifferenceSum& sums : {kinds, groups}) {
    BOOST_TEST((sums.left == totals.total.left));
    BOOST_TEST((sums.right == totals.total.right));
  }
  BOOST_TEST(totals.more + totals.less + totals.same == static_cast<uint64_t>(partitions_subscribers));
  uint64_t in_ranges = 0;
  for (const uint64_t count : totals.histogram) in_ranges += count;
  BOOST_TEST(in_ranges == totals.more + totals.less + totals.same);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(difference)

BOOST_AUTO_TEST_CASE(equal_stores_do_not_differ) {
  World world;
  world.append_work();
  world.run_to_end();
  Stores again;
  replay_into(world, again, {});
  Listener listener;
  Difference difference(listener);
  diff(world.stores, again, difference);
  BOOST_TEST(listener.lines.empty());
  BOOST_TEST((difference.totals().total.left == turnover(world.stores)));
  check_sums(difference.totals(), listener, 4);
}

BOOST_AUTO_TEST_CASE(sums_agree_on_random_catalogs) {
  World world;
  world.append_work();
  world.run_to_end();
  int with_one_side = 0;
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      std::mt19937 random(seed);
      Stores left, right;
      replay_into(world, left, {random_catalog(random, "v1")});
      replay_into(world, right, {random_catalog(random, "v1"), random_catalog(random, "v2")});
      Listener listener;
      Difference difference(listener);
      diff(left, right, difference);
      check_sums(difference.totals(), listener, 4);
      BOOST_TEST((difference.totals().total.left == turnover(left)));
      BOOST_TEST((difference.totals().total.right == turnover(right)));
      with_one_side += listener.one_sided;
    }
  }
  BOOST_TEST(with_one_side > 0);
}

/// A what-if says what a replay and a diff say.
BOOST_AUTO_TEST_CASE(what_if_is_replay_and_diff_in_one) {
  for (const bool gaps : {false, true}) {
    World world({.gaps = gaps});
    world.append_work();
    world.run_to_end();
    for (uint32_t seed = 1; seed <= 20; ++seed) {
      BOOST_TEST_CONTEXT("seed " << seed) {
        std::mt19937 random(seed);
        const std::vector<std::string> catalogs = {random_catalog(random, "v1")};
        Stores right;
        replay_into(world, right, catalogs);
        Listener of_stores;
        Difference by_stores(of_stores);
        diff(world.stores, right, by_stores);
        Listener of_log;
        Difference by_log(of_log);
        for (int32_t p = 0; p < 3; ++p) {
          MemoryDisk disk;
          MemoryStore scratch(disk);
          WhatIf question;
          question.partition = p;
          question.partitions = 3;
          question.catalogs = catalogs;
          question.end = *world.committed(p);
          const auto compared = compare_with_log(world.broker, scratch, question, {}, by_log);
          BOOST_REQUIRE_MESSAGE(compared, compared.error().message);
        }
        check_sums(by_log.totals(), of_log, 4);
        std::ranges::sort(of_stores.lines);
        std::ranges::sort(of_log.lines);
        BOOST_TEST(of_log.lines == of_stores.lines, boost::test_tools::per_element());
        BOOST_TEST((by_log.totals().total.left == by_stores.totals().total.left));
        BOOST_TEST((by_log.totals().total.right == by_stores.totals().total.right));
        BOOST_TEST((by_log.totals().histogram == by_stores.totals().histogram));
      }
    }
  }
}

/// The log's last charge, which the other catalogs refuse.
BOOST_AUTO_TEST_CASE(what_if_sees_what_only_the_end_of_the_log_has) {
  World world;
  world.append_work();
  world.append(event_json(1, "option_connected", subscriber_name(0), R"(,"option":"locator")"));
  world.run_to_end();
  WhatIf question;
  question.partitions = 3;
  for (const std::string_view version : {"v1", "v2"}) {
    std::string catalog = catalog_json(version);
    for (auto at = catalog.find("locator"); at != std::string::npos; at = catalog.find("locator")) {
      catalog.replace(at, 7, "another");
    }
    question.catalogs.push_back(catalog);
  }
  Listener listener;
  Difference difference(listener);
  for (int32_t p = 0; p < 3; ++p) {
    MemoryDisk disk;
    MemoryStore scratch(disk);
    question.partition = p;
    question.end = *world.committed(p);
    BOOST_REQUIRE(compare_with_log(world.broker, scratch, question, {}, difference));
  }
  const auto connects = [](const std::string& line) {
    return mentions(line, "\"kind\":\"option_connect\"") && !mentions(line, "\"right\"");
  };
  BOOST_TEST(std::ranges::count_if(listener.lines, connects) == world.shape.subscribers + 1);
}

BOOST_AUTO_TEST_CASE(what_if_compares_a_window_of_event_time) {
  World world;
  world.append_work();
  world.run_to_end();
  const auto records_in = [&](std::optional<Timestamp> from, std::optional<Timestamp> to) {
    Listener listener;
    Difference difference(listener);
    for (int32_t p = 0; p < 3; ++p) {
      MemoryDisk disk;
      MemoryStore scratch(disk);
      WhatIf question{p, 3, {}, *world.committed(p), from, to};
      std::mt19937 random(7);
      question.catalogs = {random_catalog(random, "v1")};
      BOOST_REQUIRE(compare_with_log(world.broker, scratch, question, {}, difference));
    }
    return listener.lines.size();
  };
  const Timestamp middle = *parse_time("2014-10-31T02:00:45Z");
  const std::size_t all = records_in({}, {});
  BOOST_TEST(records_in(middle, {}) > 0U);
  BOOST_TEST(records_in({}, middle) > 0U);
  BOOST_TEST(records_in(middle, {}) + records_in({}, middle) == all);
}

/// Of stores at different positions, only what both have applied is compared.
BOOST_AUTO_TEST_CASE(up_to_the_smaller_position) {
  World world;
  world.append_work();
  world.run_to_end();
  MemoryDisk disk;
  MemoryStore shorter(disk);
  const auto reader = world.broker.open_reader(Topic::events);
  Replay::Options options;
  options.partition = {0, 3};
  auto replay = Replay::open(**reader, shorter, options);
  BOOST_REQUIRE(replay->run({20, {}}, {}));
  MemoryStore whole(world.stores.disk(0));
  for (const int64_t end : {int64_t{20}, INT64_MAX}) {
    Listener listener;
    Difference difference(listener);
    StoreDifferenceOptions limited;
    limited.end = end;
    BOOST_REQUIRE(compare_stores({shorter, whole}, limited, difference));
    BOOST_TEST(listener.lines.empty() == (end == 20));
  }
}

BOOST_AUTO_TEST_CASE(of_one_subscriber_alone) {
  World world;
  world.append_work();
  world.run_to_end();
  Stores nothing;
  Listener listener;
  Difference difference(listener);
  StoreDifferenceOptions options;
  options.subscriber = parse_msisdn(subscriber_name(1));
  diff(world.stores, nothing, difference, options);
  BOOST_TEST(difference.totals().subscribers == 1U);
  BOOST_TEST(static_cast<std::size_t>(listener.one_sided + listener.access_lines) == listener.lines.size());
  for (const std::string& line : listener.lines) BOOST_TEST(mentions(line, subscriber_name(1)));
}

BOOST_AUTO_TEST_CASE(a_damaged_row_is_told) {
  World world;
  world.append_work();
  world.run_to_end();
  MemoryRows rows = world.stores.disk(0).rows();
  for (auto& [key, value] : rows) {
    if (key.front() == 'e') value.pop_back();
  }
  world.stores.disk(0).set_rows(rows);
  Listener listener;
  Difference difference(listener);
  MemoryStore store(world.stores.disk(0));
  BOOST_TEST(!compare_stores({store, store}, {}, difference));
}

BOOST_AUTO_TEST_CASE(the_ten_largest_each_way) {
  DifferenceTotals totals;
  for (int i = -15; i <= 15; ++i) {
    DifferenceSum sum;
    sum.right = Int128{i} * 1'000'000;
    totals.finish({Msisdn{static_cast<uint64_t>(79'000'000'000 + i)}, sum});
  }
  BOOST_TEST(totals.more == 15U);
  BOOST_TEST(totals.less == 15U);
  BOOST_TEST(totals.same == 1U);
  BOOST_REQUIRE(totals.largest_more.size() == 10U);
  BOOST_REQUIRE(totals.largest_less.size() == 10U);
  BOOST_TEST((totals.largest_more.front().sum.right == 15'000'000));
  BOOST_TEST((totals.largest_more.back().sum.right == 6'000'000));
  BOOST_TEST((totals.largest_less.front().sum.right == -15'000'000));
  const std::array<uint64_t, 11> ranges{0, 0, 5, 9, 1, 1, 1, 9, 5, 0, 0};
  BOOST_TEST(totals.histogram == ranges, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
