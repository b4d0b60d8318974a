// The kept switches and what a switch costs by them.
#include "projections/tariff_history.h"

#include <boost/test/unit_test.hpp>
#include <random>
#include <vector>

namespace subledger {
namespace {

constexpr int64_t day = micros_per_day;

std::vector<TariffSwitch> switches_at(const std::vector<int64_t>& times) {
  std::vector<TariffSwitch> switches;
  uint32_t number = 0;
  for (const int64_t time : times) add_switch(switches, {Timestamp{time}, NameId{number++}});
  return switches;
}

int64_t tariff_at(const std::vector<TariffSwitch>& switches, int64_t time) {
  const TariffSwitch* found = switch_before(switches, Timestamp{time});
  return found == nullptr ? -1 : int64_t{found->tariff.value};
}

Tariff tariff_with(std::optional<int64_t> free_after_days) {
  Tariff tariff;
  tariff.switch_fee = Money{100};
  tariff.free_after_days = free_after_days;
  return tariff;
}

BOOST_AUTO_TEST_SUITE(tariff_history)

BOOST_AUTO_TEST_CASE(the_last_at_or_before) {
  const auto switches = switches_at({20, 10, 20, 30});
  BOOST_TEST(tariff_at(switches, 9) == -1);
  BOOST_TEST(tariff_at(switches, 10) == 1);
  BOOST_TEST(tariff_at(switches, 19) == 1);
  BOOST_TEST(tariff_at(switches, 20) == 2);  // the later in the log of two
  BOOST_TEST(tariff_at(switches, 29) == 2);
  BOOST_TEST(tariff_at(switches, 1'000) == 3);
}

BOOST_AUTO_TEST_CASE(keeps_the_32_latest_by_time) {
  std::vector<int64_t> times;
  for (int64_t i = 1; i <= 32; ++i) times.push_back(i * 10);
  auto switches = switches_at(times);
  BOOST_TEST(switches.size() == tariff_switches_max);
  add_switch(switches, {Timestamp{5}, NameId{77}});
  BOOST_TEST(tariff_at(switches, 9) == -1);
  BOOST_TEST(tariff_at(switches, 10) == 0);
  add_switch(switches, {Timestamp{10}, NameId{78}});
  BOOST_TEST(tariff_at(switches, 10) == 78);
  add_switch(switches, {Timestamp{25}, NameId{79}});
  BOOST_TEST(tariff_at(switches, 19) == -1);
  BOOST_TEST(tariff_at(switches, 25) == 79);
  BOOST_TEST(switches.size() == tariff_switches_max);
}

BOOST_AUTO_TEST_CASE(equals_a_sorted_list_of_all) {
  const uint64_t seed = std::random_device()();
  std::mt19937_64 random(seed);
  std::vector<TariffSwitch> kept;
  std::vector<TariffSwitch> all;
  for (uint32_t i = 0; i < 500; ++i) {
    const TariffSwitch made{Timestamp{static_cast<int64_t>(random() % 200)}, NameId{i}};
    add_switch(kept, made);
    all.push_back(made);
    // Forgotten is forgotten: cut the plain list as well.
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    if (all.size() > tariff_switches_max) all.erase(all.begin());
    const bool same = std::equal(kept.begin(), kept.end(), all.begin(), all.end(),
                                 [](const auto& a, const auto& b) { return a.tariff == b.tariff; });
    BOOST_TEST(same, "seed " << seed << " step " << i);
  }
}

BOOST_AUTO_TEST_CASE(free_period_edges) {
  const Tariff tariff = tariff_with(30);
  const auto switches = switches_at({1'000});
  BOOST_TEST(switch_fee_of(tariff, switches, Timestamp{999}).micros == 0);  // none earlier
  BOOST_TEST(switch_fee_of(tariff, switches, Timestamp{1'000}).micros == 100);
  BOOST_TEST(switch_fee_of(tariff, switches, Timestamp{1'000 + 30 * day - 1}).micros == 100);
  BOOST_TEST(switch_fee_of(tariff, switches, Timestamp{1'000 + 30 * day}).micros == 0);
  BOOST_TEST(switch_fee_of(tariff_with(3650), switches, Timestamp{1'000 + 3650 * day}).micros == 0);
  BOOST_TEST(switch_fee_of(tariff_with(3650), switches, Timestamp{1'000 + 3650 * day - 1}).micros == 100);
}

BOOST_AUTO_TEST_CASE(without_a_free_period_every_switch_costs) {
  BOOST_TEST(switch_fee_of(tariff_with({}), {}, Timestamp{5}).micros == 100);
  BOOST_TEST(switch_fee_of(tariff_with({}), switches_at({1}), Timestamp{99 * day}).micros == 100);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace subledger
