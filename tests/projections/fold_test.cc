// What a fold keeps that no record shows, and the invariants of the folder's README after every event of
// random logs.
#include "projections/fold.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/projections/ledger.h"

namespace subledger {
namespace {

Event catalog_event(std::string_view document) {
  Event event = event_of(CatalogPublished{document});
  event.subscriber = {};
  return event;
}

std::string changed(std::string_view from, std::string_view to) {
  std::string document(ledger_catalog);
  const std::size_t at = document.find(from);
  BOOST_REQUIRE(at != std::string::npos);
  return document.replace(at, from.size(), to);
}

const Accepted& accepted(const Outcome& outcome) {
  const auto* found = std::get_if<Accepted>(&outcome);
  BOOST_REQUIRE(found != nullptr);
  return *found;
}

Int128 revenue(const Ledger& ledger, ChargeKind kind) {
  return ledger.state.postings.revenue[static_cast<std::size_t>(kind)];
}

BOOST_AUTO_TEST_SUITE(fold_of_events)

BOOST_AUTO_TEST_CASE(a_password_was_set_when_its_event_happened) {
  Ledger ledger;
  ledger.take(AssistantActivated{});
  Event event = event_of(PasswordSet{PasswordMethod::chosen, "salted hash"});
  event.id = ledger.next_id();
  ledger.take(event);
  const auto& password = ledger.account().access.password;
  BOOST_REQUIRE(password.has_value());
  BOOST_TEST((password->id == event.id));
  BOOST_TEST((password->set_at == noon));
  BOOST_TEST(password->verifier == "salted hash");
}

// A store that is read again numbers the names of its catalogs anew; names of refused ones must not have
// counted.
BOOST_AUTO_TEST_CASE(only_accepted_catalogs_leave_names) {
  Ledger ledger;
  const std::string wrong = changed("\"rates\": [{\"rule\": \"r\"", "\"rates\": [{\"rule\": 7");
  const std::string other = changed("\"c\": {}", "\"c\": {}, \"new\": {}");
  BOOST_TEST(std::holds_alternative<Rejection>(ledger.take(catalog_event(wrong))));
  BOOST_TEST(ledger.state.names.size() == 0u);
  ledger.publish(ledger_catalog);
  const std::size_t known = ledger.state.names.size();
  BOOST_TEST(std::holds_alternative<Duplicate>(ledger.take(catalog_event(ledger_catalog))));
  BOOST_TEST(std::holds_alternative<Rejection>(ledger.take(catalog_event(other))));
  BOOST_TEST(ledger.state.names.size() == known);
  BOOST_TEST(ledger.state.counts.records == 4u);
  BOOST_TEST(ledger.state.counts.accepted == 1u);
  BOOST_TEST(ledger.state.counts.duplicates == 1u);
  BOOST_TEST(ledger.state.counts.rejected == 2u);
}

BOOST_AUTO_TEST_CASE(a_reversal_takes_the_revenue_of_the_reversed_kind_back) {
  Ledger ledger;
  ledger.publish(ledger_catalog);
  const Outcome connected = ledger.take(OptionConnected{"a"});
  BOOST_TEST((revenue(ledger, ChargeKind::option_connect) == -5'000'000));
  ledger.take(ChargeReversed{accepted(connected).charge->charge_id, "r"});
  BOOST_TEST((revenue(ledger, ChargeKind::option_connect) == 0));
  BOOST_TEST((revenue(ledger, ChargeKind::reversal) == 0));
  BOOST_TEST((ledger.state.postings.receivable == 0));
}

BOOST_AUTO_TEST_CASE(what_is_known_of_an_event_suffices_to_reverse_it) {
  Ledger ledger;
  ledger.publish(ledger_catalog);
  const Timestamp soon{noon.micros + 10};
  const Timestamp later{noon.micros + 20};
  ledger.take(BonusGranted{{}, 5, later, "r"});
  ledger.take(BonusGranted{Money{1}, {}, soon, "r"});
  const Outcome used = ledger.take(TrafficUsed{0, 7, {}, {}, {}, {}});
  const KnownEvent& known = accepted(used).known;
  BOOST_TEST((known.kind == ChargeKind::traffic));
  BOOST_TEST(known.sequence == 3u);
  BOOST_TEST(known.covered_quantity == 5);
  BOOST_TEST((known.bytes_expires_at == later));
  BOOST_TEST(known.from_bonus.micros == 1);
  // 3 × 1.37 / 7 = 0.587…
  BOOST_TEST(known.from_account.micros == 589'999);
  BOOST_TEST((known.money_expires_at == soon));
  const KnownEvent login = accepted(ledger.take(LoginAttempted{LoginOutcome::wrong, {}})).known;
  BOOST_TEST(!login.kind);
}

BOOST_AUTO_TEST_CASE(a_conflict_is_told_by_the_whole_content) {
  Ledger ledger;
  const Event first = event_of(PaymentReceived{Money{1}, "r"});
  BOOST_TEST(std::holds_alternative<Accepted>(ledger.take(first)));
  for (int64_t micros = 2; micros < 3'000; ++micros) {
    const Outcome outcome = ledger.take(event_of(PaymentReceived{Money{micros}, "r"}));
    const auto* refused = std::get_if<Rejection>(&outcome);
    BOOST_REQUIRE(refused != nullptr);
    BOOST_TEST((refused->reason == Reason::id_conflict));
  }
  BOOST_TEST(std::holds_alternative<Duplicate>(ledger.take(first)));
  BOOST_TEST(ledger.account().sequence == 1u);
}

/// Makes events that are as often refused as accepted.
class AnyEvent {
 public:
  AnyEvent(uint64_t seed, Ledger& ledger) : random_(seed), ledger_(ledger) {}

  Event next() {
    if (last_ && below(20) == 0) return *last_;
    Event event = event_of(body());
    event.id = below(12) == 0 && !ids_.empty() ? ids_[below(ids_.size())] : ledger_.next_id();
    ids_.push_back(event.id);
    event.subscriber = below(3) == 0 ? "79161234567" : "79160000001";
    event.occurred_at.micros += static_cast<int64_t>(below(10)) * micros_per_day / 3 - 2 * micros_per_day;
    event.channel = static_cast<Channel>(1 + below(5));
    charges_.push_back(charge_id_of(event.subscriber, event.id));
    last_ = event;
    return event;
  }

 private:
  uint64_t below(uint64_t bound) { return random_() % bound; }
  template <class Item>
  Item one_of(std::initializer_list<Item> items) {
    return items.begin()[below(items.size())];
  }
  std::string_view option() { return one_of<std::string_view>({"a", "b", "c", "zzz"}); }
  std::optional<std::string_view> session() {
    static const std::vector<std::string> names = [] {
      std::vector<std::string> made;
      for (int i = 0; i < 40; ++i) made.push_back("s" + std::to_string(i));
      return made;
    }();
    return below(4) == 0 ? std::nullopt : std::optional<std::string_view>(names[below(names.size())]);
  }
  EventBody bonus() {
    BonusGranted bonus{{}, {}, {}, "r"};
    if (below(2) == 0) bonus.money = Money{static_cast<int64_t>(random_() >> below(64)) / 2};
    if (!bonus.money || below(20) == 0) bonus.bytes = below(50);
    if (below(2) == 0)
      bonus.expires_at = Timestamp{noon.micros + static_cast<int64_t>(below(6)) * micros_per_day / 2};
    return bonus;
  }
  EventBody body() {
    switch (below(24)) {
      case 0:
        return AssistantActivated{};
      case 1:
        return below(4) == 0 ? EventBody(AssistantDeactivated{}) : EventBody(AssistantActivated{});
      case 2:
        return PasswordSet{PasswordMethod::issued, "hash"};
      case 3:
        return LoginAttempted{one_of({LoginOutcome::correct, LoginOutcome::wrong}), {}};
      case 4:
        return LoginAttempted{LoginOutcome::wrong, {}};
      case 5:
        return OptionConnected{option()};
      case 6:
        return OptionDisconnected{option()};
      case 7:
        return TariffSwitched{one_of<std::string_view>({"t0", "t1", "zzz"})};
      case 8:
        return below(200) == 0 ? EventBody(SubscriberClosed{}) : EventBody(AssistantActivated{});
      case 9:
        return PaymentReceived{Money{static_cast<int64_t>(random_() >> below(64)) / 2}, "r"};
      case 10:
      case 11:
        return charges_.empty() ? EventBody(AssistantActivated{})
                                : EventBody(ChargeReversed{charges_[below(charges_.size())], "r"});
      case 12:
      case 13:
        return ServiceUsed{"s", below(9), session(), below(4) == 0, {}};
      case 14:
      case 15:
      case 16:
      case 17:
        return bonus();
      default:
        return TrafficUsed{below(9),
                           below(30),
                           session(),
                           below(5) == 0,
                           one_of<std::optional<std::string_view>>({std::nullopt, "home", "day", "moon"}),
                           {}};
    }
  }

  std::mt19937_64 random_;
  Ledger& ledger_;
  std::optional<Event> last_;
  std::vector<Uuid> ids_;
  std::vector<Uuid> charges_;
};

bool in_order(const Account& account) {
  const auto by_time = [](const TariffSwitch& a, const TariffSwitch& b) { return a.at < b.at; };
  const auto by_expiry = [](const Grant& a, const Grant& b) {
    return a.expires_at.value_or(Timestamp{INT64_MAX}) < b.expires_at.value_or(Timestamp{INT64_MAX});
  };
  return std::is_sorted(account.switches.begin(), account.switches.end(), by_time) &&
         std::is_sorted(account.grants.begin(), account.grants.end(), by_expiry) &&
         std::is_sorted(account.options.begin(), account.options.end());
}

void expect_bounded(const Account& account) {
  BOOST_TEST(account.switches.size() <= tariff_switches_max);
  BOOST_TEST(account.accumulators.size() <= accumulators_max);
  BOOST_TEST(account.grants.size() <= grants_max);
  BOOST_TEST(within_limit(account.balance));
  BOOST_TEST(in_order(account));
  for (const Grant& grant : account.grants) BOOST_TEST(grant.remaining > 0);
  for (const Accumulator& open : account.accumulators) BOOST_TEST((open.scope != Scope::event));
}

void expect_consistent(const Ledger& ledger, uint64_t records) {
  const Counts& counts = ledger.state.counts;
  BOOST_TEST(counts.records == records);
  BOOST_TEST(counts.records == counts.accepted + counts.duplicates + counts.rejected);
  BOOST_TEST((trial_balance(ledger.state.postings) == 0));
}

std::string row_of(const Account& account) {
  std::string row;
  append_account(row, account);
  return row;
}

void expect_outcome(const Outcome& outcome, const Account& before, const Account& after) {
  const auto* taken = std::get_if<Accepted>(&outcome);
  if (taken == nullptr) {
    BOOST_TEST(row_of(after) == row_of(before));
    return;
  }
  BOOST_TEST((taken->charge || taken->access));
  BOOST_TEST(after.sequence == before.sequence + (taken->charge ? 1 : 0));
  if (!taken->charge) return;
  const ChargeRecord& charge = *taken->charge;
  BOOST_TEST(charge.sequence == after.sequence);
  BOOST_TEST((charge.amount == charge.from_bonus + charge.from_account));
  BOOST_TEST((charge.balance == before.balance + charge.from_account));
  BOOST_TEST(within_limit(charge.amount));
}

BOOST_AUTO_TEST_CASE(invariants_hold_after_every_event) {
  const uint64_t first_seed = std::random_device()();
  for (uint64_t seed = first_seed; seed < first_seed + 5; ++seed) {
    Ledger ledger;
    ledger.publish(ledger_catalog);
    AnyEvent any(seed, ledger);
    for (uint64_t i = 0; i < 1'500; ++i) {
      const Event event = any.next();
      Account& account = ledger.accounts[*parse_msisdn(event.subscriber)];
      const Account before = account;
      const Outcome outcome = ledger.take(event);
      BOOST_TEST_CONTEXT("seed " << seed << " event " << i << " " << type_name(event.body)) {
        expect_outcome(outcome, before, account);
        expect_bounded(account);
        expect_consistent(ledger, i + 2);
      }
    }
    BOOST_TEST(ledger.state.counts.accepted > 100u);
    BOOST_TEST(ledger.state.counts.rejected > 100u);
    BOOST_TEST(ledger.state.counts.duplicates > 0u);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace subledger
