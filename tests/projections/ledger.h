// A ledger of one partition in memory, as a caller of the fold keeps it: accounts, known events and the
// partition's state. Strings of events are literals or live as long as the test.
#pragma once

#include <boost/test/unit_test.hpp>
#include <map>
#include <memory_resource>
#include <string>
#include <utility>
#include <variant>

#include "projections/fold.h"
#include "projections/rows.h"
#include "tests/projections/events_at_hand.h"

namespace subledger {

class Ledger {
 public:
  /// Encodes, examines and applies an event, recorded a day after it happened. The encoded bytes, to which
  /// the outcome's views point, are kept.
  Outcome take(const Event& event) {
    Encoder encoder;
    const std::string& value = values_.emplace_back(encoder.encode(event));
    const bool is_catalog = std::holds_alternative<CatalogPublished>(event.body);
    const InputRecord record{{0, static_cast<int64_t>(values_.size())},
                             {event.occurred_at.micros + micros_per_day},
                             is_catalog ? catalog_key : event.subscriber,
                             value};
    auto result = examine(record, 1, scratch_);
    if (auto* refused = std::get_if<Rejection>(&result)) {
      count_rejected(state);
      return std::move(*refused);
    }
    const auto& examined = std::get<Examined>(result);
    if (is_catalog) return apply_catalog(state, examined);
    const auto target = reversal_target(examined);
    const Key key{examined.subscriber, examined.charge_id};
    Outcome outcome = apply(state, accounts[examined.subscriber], find(key),
                            target ? find({examined.subscriber, *target}) : nullptr, examined, record);
    if (const auto* accepted = std::get_if<Accepted>(&outcome)) {
      known[key] = accepted->known;
      if (accepted->reverses_target) known[{examined.subscriber, *target}].reversed = true;
    }
    return outcome;
  }

  /// The next event of the test's subscriber, with an id of its own.
  Outcome take(EventBody body) {
    Event event = event_of(body);
    event.id = next_id();
    return take(event);
  }

  void publish(std::string_view document) {
    Event event = event_of(CatalogPublished{document});
    event.subscriber = {};
    const Outcome outcome = take(event);
    BOOST_REQUIRE(std::holds_alternative<Published>(outcome));
  }

  Account& account() { return accounts[*parse_msisdn(event_of({}).subscriber)]; }
  std::string account_row() {
    std::string row;
    append_account(row, account());
    return row;
  }
  Uuid next_id() {
    Uuid id;
    ++ids_;
    for (std::size_t i = 0; i < 8; ++i) id.bytes[15 - i] = static_cast<uint8_t>(ids_ >> 8 * i);
    return id;
  }

  using Key = std::pair<Msisdn, Uuid>;
  PartitionState state;
  std::map<Msisdn, Account> accounts;
  std::map<Key, KnownEvent> known;

 private:
  const KnownEvent* find(const Key& key) const {
    const auto found = known.find(key);
    return found == known.end() ? nullptr : &found->second;
  }

  uint64_t ids_ = 0;
  std::deque<std::string> values_;
  std::pmr::monotonic_buffer_resource scratch_;
};

inline constexpr std::string_view ledger_catalog = R"({
  "version": "v", "effective_from": "2015-01-01T00:00:00Z", "currency": "RUB", "time_zone": "UTC",
  "default_tariff": "t0",
  "tariffs": {
    "t0": {"switch_fee": "10", "traffic": [{"rule": "home", "when": {"zone": "home"}, "scope": "session",
      "tiers": [{"from": 0, "price": "1.37", "unit": 7, "increment": 3}]},
      {"rule": "day", "when": {"zone": "day"}, "scope": "day", "connect_fee": "0.25",
      "tiers": [{"from": 0, "price": "1000000", "unit": 1, "increment": 1}]}]},
    "t1": {"switch_fee": "3", "free_after_days": 2, "traffic": [{"rule": "all", "scope": "month",
      "tiers": [{"from": 0, "price": "0.5", "unit": 1, "increment": 10}]}]}},
  "options": {"a": {"connect_fee": "5", "disconnect_fee": "1", "excludes": ["b"]},
    "b": {"connect_fee": "2"}, "c": {}},
  "services": {"s": {"requires": "c", "rates": [{"rule": "r", "scope": "session",
    "tiers": [{"from": 0, "price": "3", "unit": 1, "increment": 1}]}]}}})";

}  // namespace subledger
