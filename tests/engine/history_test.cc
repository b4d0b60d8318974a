// One subscriber's way through the log: where grants come from, and sums in words.
#include "engine/history.h"

#include <boost/test/unit_test.hpp>
#include <map>
#include <random>
#include <set>

#include "engine/wide_money.h"
#include "tests/engine/world.h"

using namespace subledger;
using namespace subledger::test;

namespace {

constexpr std::string_view subscriber = "79160000001";
const Timestamp begin = *parse_time("2015-01-01T00:00:00Z");

Uuid id_of(int number) {
  Uuid id;
  id.bytes[14] = static_cast<uint8_t>(number >> 8);
  id.bytes[15] = static_cast<uint8_t>(number);
  return id;
}

/// Feeds a history events, a minute apart, and looks at every step.
class Feed {
 public:
  Feed() {
    const std::string document = catalog_json("2014-01");
    take(catalog_key, CatalogPublished{document}, {});
  }

  void take(const EventBody& body) { take(subscriber, body, subscriber); }
  const std::vector<Uuid>& charges() const { return charges_; }
  std::size_t steps() const { return steps_; }
  std::size_t grants_seen() const { return grants_seen_; }

 private:
  void take(std::string_view key, const EventBody& body, std::string_view of) {
    const Event event{
        id_of(++number_), of, {begin.micros + number_ * 60 * micros_per_second}, Channel::sms, body};
    const std::string value(encoder_.encode(event));
    if (const auto* bonus = std::get_if<BonusGranted>(&body)) given_[event.id] = *bonus;
    history_.take({{0, number_}, event.occurred_at, key, value},
                  [&](const HistoryStep& step) { look_at(step); });
  }

  /// Each grant is what is left of the bonus, or of the reversal, that its origin names.
  void look_at(const HistoryStep& step) {
    ++steps_;
    const std::vector<Grant>& grants = step.before.grants;
    BOOST_REQUIRE(step.origins.size() == grants.size());
    std::set<std::pair<GrantKind, Uuid>> seen;
    for (std::size_t i = 0; i < grants.size(); ++i) {
      ++grants_seen_;
      const GrantOrigin& origin = step.origins[i];
      BOOST_TEST(seen.emplace(grants[i].kind, origin.event_id).second);
      if (origin.kind != ChargeKind::bonus) continue;
      const BonusGranted& bonus = given_.at(origin.event_id);
      BOOST_TEST((bonus.expires_at == grants[i].expires_at));
      const int64_t given = bonus.bytes ? static_cast<int64_t>(*bonus.bytes) : bonus.money->micros;
      BOOST_TEST((bonus.bytes.has_value() == (grants[i].kind == GrantKind::bytes)));
      BOOST_TEST(grants[i].remaining <= given);
      // Only the first of its kind that can be drawn from is ever part used.
      const bool same_before =
          i > 0 && grants[i - 1].kind == grants[i].kind && grants[i - 1].expires_at == grants[i].expires_at;
      if (same_before) {
        BOOST_TEST((step.origins[i - 1].given_at <= origin.given_at || origin.kind != ChargeKind::bonus ||
                    step.origins[i - 1].kind != ChargeKind::bonus));
      }
    }
    const auto* accepted = std::get_if<Accepted>(&step.outcome);
    if (accepted != nullptr && accepted->charge) charges_.push_back(accepted->charge->charge_id);
  }

  History history_{*parse_msisdn(subscriber), 0, 1};
  Encoder encoder_;
  std::map<Uuid, BonusGranted> given_;
  std::vector<Uuid> charges_;
  int number_ = 0;
  std::size_t steps_ = 0;
  std::size_t grants_seen_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(history)

/// Goal: the origin of a grant is right through draws, reversals, expiry and the 64 places.
BOOST_AUTO_TEST_CASE(grants_keep_their_origin) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      std::mt19937 random(seed);
      const auto below = [&random](unsigned bound) { return static_cast<unsigned>(random() % bound); };
      Feed feed;
      for (int i = 0; i < 400; ++i) {
        const unsigned choice = below(10);
        if (choice < 6) {
          BonusGranted bonus;
          bonus.reason = "so";
          if (below(2) == 0) bonus.money = Money{static_cast<int64_t>(below(3) + 1) * 1'000'000};
          if (!bonus.money) bonus.bytes = below(3) + 1;
          if (below(4) != 0)
            bonus.expires_at = Timestamp{begin.micros + int64_t{below(8) + 1} * 3'600'000'000};
          feed.take(bonus);
        } else if (choice < 9 || feed.charges().empty()) {
          TrafficUsed used;
          used.bytes_up = below(8) + 1;
          feed.take(used);
        } else {
          feed.take(
              ChargeReversed{feed.charges()[below(static_cast<unsigned>(feed.charges().size()))], "so"});
        }
      }
      BOOST_TEST(feed.steps() == 400u);
      BOOST_TEST(feed.grants_seen() > 1'000u);
    }
  }
}

BOOST_AUTO_TEST_CASE(sums_of_any_size_in_words_and_back) {
  const Int128 large = static_cast<Int128>(money_limit.micros) * 1'000'000'000;
  const std::pair<Int128, const char*> cases[] = {{0, "0.00"},
                                                  {1, "0.000001"},
                                                  {-1, "-0.000001"},
                                                  {10, "0.00001"},
                                                  {990'000, "0.99"},
                                                  {-1'000'000, "-1.00"},
                                                  {12'345'678, "12.345678"},
                                                  {1'500'000, "1.50"},
                                                  {large, "1000000000000000000.00"},
                                                  {-large - 1, "-1000000000000000000.000001"}};
  for (const auto& [micros, text] : cases) {
    BOOST_TEST(format_wide_money(micros) == text);
    BOOST_TEST((parse_wide_money(text) == micros));
  }
  for (const char* text : {"", "1", "1.", ".00", "1.0", "1.0000000", "1,00", "--1.00", "a.00"}) {
    BOOST_TEST(!parse_wide_money(text), text);
  }
  BOOST_TEST(format_wide_integer(-large) == "-1000000000000000000000000");
}

BOOST_AUTO_TEST_SUITE_END()
