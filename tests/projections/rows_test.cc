// Store rows: what is written is read again, and no damage crashes the reader.
#include "projections/rows.h"

#include <boost/test/unit_test.hpp>
#include <random>
#include <string>

namespace subledger {
namespace {

constexpr std::size_t names_known = 500;

class Any {
 public:
  explicit Any(uint64_t seed) : random_(seed) {}

  uint64_t below(uint64_t bound) { return random_() % bound; }
  /// Of any magnitude.
  int64_t number() { return static_cast<int64_t>(random_() >> below(64)) * (below(2) == 0 ? 1 : -1); }
  NameId name() { return {static_cast<uint32_t>(below(names_known))}; }
  std::string text(std::size_t max) {
    std::string text(below(max + 1), '\0');
    for (char& c : text) c = static_cast<char>(random_());
    return text;
  }
  std::optional<Timestamp> time() {
    return below(2) == 0 ? std::nullopt : std::optional(Timestamp{number()});
  }
  Uuid uuid() {
    Uuid uuid;
    for (uint8_t& byte : uuid.bytes) byte = static_cast<uint8_t>(random_());
    return uuid;
  }

  Account account() {
    Account account;
    account.sequence = random_() >> below(64);
    account.balance = Money{number()};
    account.access.active = below(2) != 0;
    account.access.locked = below(2) != 0;
    account.access.failures = static_cast<uint32_t>(random_());
    if (below(2) != 0) account.access.password = Password{uuid(), Timestamp{number()}, text(256)};
    for (uint64_t i = below(tariff_switches_max + 1); i > 0; --i)
      account.switches.push_back({{number()}, name()});
    for (uint64_t i = below(5); i > 0; --i) account.options.push_back(name());
    for (uint64_t i = below(accumulators_max + 1); i > 0; --i) {
      account.accumulators.push_back({static_cast<UsageKind>(below(2)), static_cast<Scope>(below(4)), name(),
                                      name(), static_cast<int32_t>(number()), text(64), random_()});
    }
    for (uint64_t i = below(grants_max + 1); i > 0; --i) {
      account.grants.push_back({static_cast<GrantKind>(below(2)), time(), number()});
    }
    account.closed_at = time();
    account.closed_sequence = random_() >> below(64);
    return account;
  }

  KnownEvent known_event() {
    KnownEvent known;
    known.content = uuid().bytes;
    if (below(4) != 0) known.kind = static_cast<ChargeKind>(1 + below(charge_kind_count));
    known.sequence = random_() >> below(64);
    known.from_bonus = Money{number()};
    known.from_account = Money{number()};
    known.covered_quantity = number();
    known.money_expires_at = time();
    known.bytes_expires_at = time();
    return known;
  }

 private:
  std::mt19937_64 random_;
};

std::string row_of(const Account& account) {
  std::string row;
  append_account(row, account);
  return row;
}

std::string row_of(const EventRow& event) {
  std::string row;
  append_event_row(row, event);
  return row;
}

/// Rows are read from a heap block of their size, so that a sanitizer sees a step beyond it.
template <class Parse>
auto parse_exactly(std::string_view row, Parse parse) {
  const std::unique_ptr<char[]> block(new char[row.size()]);
  std::copy(row.begin(), row.end(), block.get());
  auto parsed = parse(std::string_view(block.get(), row.size()));
  return parsed ? std::optional(row_of(*parsed)) : std::nullopt;
}

std::optional<std::string> account_again(std::string_view row) {
  return parse_exactly(row, [](std::string_view bytes) { return parse_account(bytes, names_known); });
}

std::optional<std::string> event_again(std::string_view row) { return parse_exactly(row, parse_event_row); }

/// A changed row is refused, or it is a row of another value, which is then stable.
template <class Again>
void expect_damage_is_harmless(const std::string& row, Again again) {
  for (std::size_t size = 0; size < row.size(); ++size) {
    BOOST_REQUIRE_MESSAGE(!again(row.substr(0, size)), "cut to " << size << " of " << row.size());
  }
  BOOST_REQUIRE(!again(row + '\0'));
  for (std::size_t at = 0; at < row.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = row;
      changed[at] = static_cast<char>(value);
      const auto other = again(changed);
      if (other) BOOST_REQUIRE_MESSAGE(again(*other) == other, "byte " << at << " made " << value);
    }
  }
}

BOOST_AUTO_TEST_SUITE(rows)

BOOST_AUTO_TEST_CASE(accounts_come_back) {
  const uint64_t seed = std::random_device()();
  Any any(seed);
  for (int round = 0; round < 500; ++round) {
    const Account account = any.account();
    const std::string row = row_of(account);
    BOOST_TEST_CONTEXT("seed " << seed << " round " << round) {
      const auto parsed = parse_account(row, names_known);
      BOOST_REQUIRE(parsed.has_value());
      BOOST_TEST(row_of(*parsed) == row);
      BOOST_TEST(parsed->sequence == account.sequence);
      BOOST_TEST((parsed->balance == account.balance));
      BOOST_TEST(parsed->access.failures == account.access.failures);
      BOOST_TEST(parsed->access.password.has_value() == account.access.password.has_value());
      BOOST_TEST(parsed->switches.size() == account.switches.size());
      BOOST_TEST(parsed->options.size() == account.options.size());
      BOOST_TEST(parsed->accumulators.size() == account.accumulators.size());
      BOOST_TEST(parsed->grants.size() == account.grants.size());
      BOOST_TEST((parsed->closed_at == account.closed_at));
      BOOST_TEST(parsed->closed_sequence == account.closed_sequence);
    }
  }
}

BOOST_AUTO_TEST_CASE(each_field_of_an_account_reaches_its_row) {
  Account base;
  base.access.password = Password{{}, {}, "v"};
  base.switches = {{{1}, NameId{1}}};
  base.options = {NameId{1}};
  base.accumulators = {{UsageKind::traffic, Scope::day, NameId{1}, NameId{1}, 1, "s", 1}};
  base.grants = {{GrantKind::money, Timestamp{1}, 1}};
  base.closed_at = Timestamp{1};
  std::vector<Account> all(25, base);
  std::size_t i = 1;
  all[i++].sequence = 9;
  all[i++].balance = Money{9};
  all[i++].access.active = true;
  all[i++].access.locked = true;
  all[i++].access.failures = 9;
  all[i++].access.password.reset();
  all[i++].access.password->id.bytes[0] = 9;
  all[i++].access.password->set_at.micros = 9;
  all[i++].access.password->verifier = "w";
  all[i++].switches[0].at.micros = 9;
  all[i++].switches[0].tariff.value = 9;
  all[i++].options[0].value = 9;
  all[i++].accumulators[0].usage = UsageKind::service;
  all[i++].accumulators[0].scope = Scope::month;
  all[i++].accumulators[0].owner.value = 9;
  all[i++].accumulators[0].rule.value = 9;
  all[i++].accumulators[0].period = 9;
  all[i++].accumulators[0].session = "t";
  all[i++].accumulators[0].quantity = 9;
  all[i++].grants[0].kind = GrantKind::bytes;
  all[i++].grants[0].expires_at.reset();
  all[i++].grants[0].remaining = 9;
  all[i++].closed_at.reset();
  all[i++].closed_sequence = 9;
  BOOST_TEST(i == all.size());
  for (std::size_t one = 0; one < all.size(); ++one) {
    const std::string row = row_of(all[one]);
    const auto parsed = parse_account(row, names_known);
    BOOST_REQUIRE(parsed.has_value());
    BOOST_TEST(row_of(*parsed) == row);
    for (std::size_t other = 0; other < one; ++other)
      BOOST_TEST(row_of(all[other]) != row, other << " and " << one);
  }
}

BOOST_AUTO_TEST_CASE(event_rows_come_back) {
  const uint64_t seed = std::random_device()();
  Any any(seed);
  for (int round = 0; round < 500; ++round) {
    const std::string charge = any.text(300);
    const std::string access = any.text(300);
    const EventRow event{any.known_event(), charge, access};
    const std::string row = row_of(event);
    BOOST_TEST_CONTEXT("seed " << seed << " round " << round) {
      const auto parsed = parse_event_row(row);
      BOOST_REQUIRE(parsed.has_value());
      BOOST_TEST((parsed->known == event.known));
      BOOST_TEST(parsed->charge == charge);
      BOOST_TEST(parsed->access == access);
    }
  }
}

BOOST_AUTO_TEST_CASE(damaged_accounts_do_not_crash) {
  const uint64_t seed = std::random_device()();
  BOOST_TEST_MESSAGE("seed " << seed);
  Any any(seed);
  Account small = any.account();
  small.switches.resize(std::min<std::size_t>(small.switches.size(), 2));
  small.accumulators.resize(std::min<std::size_t>(small.accumulators.size(), 2));
  small.grants.resize(std::min<std::size_t>(small.grants.size(), 2));
  if (small.access.password) small.access.password->verifier.resize(3);
  for (Accumulator& open : small.accumulators) open.session.resize(2);
  expect_damage_is_harmless(row_of(small), account_again);
  expect_damage_is_harmless(row_of(Account{}), account_again);
}

BOOST_AUTO_TEST_CASE(damaged_event_rows_do_not_crash) {
  const uint64_t seed = std::random_device()();
  BOOST_TEST_MESSAGE("seed " << seed);
  Any any(seed);
  expect_damage_is_harmless(row_of(EventRow{any.known_event(), "charge", "access"}), event_again);
  expect_damage_is_harmless(row_of(EventRow{{}, {}, {}}), event_again);
}

BOOST_AUTO_TEST_CASE(any_bytes_do_not_crash) {
  const uint64_t seed = std::random_device()();
  BOOST_TEST_MESSAGE("seed " << seed);
  Any any(seed);
  for (int round = 0; round < 20'000; ++round) {
    const std::string bytes = any.text(120);
    const auto account = account_again(bytes);
    if (account) BOOST_TEST((account_again(*account) == account));
    const auto event = event_again(bytes);
    if (event) BOOST_TEST((event_again(*event) == event));
  }
}

BOOST_AUTO_TEST_CASE(names_and_counts_beyond_their_bounds_are_damage) {
  Account account;
  account.options = {NameId{4}};
  BOOST_TEST(parse_account(row_of(account), 5).has_value());
  BOOST_TEST(!parse_account(row_of(account), 4).has_value());
  BOOST_TEST(!parse_account(row_of(account), 0).has_value());
  BOOST_TEST(parse_account(row_of(Account{}), 0).has_value());
  account = {};
  account.grants.assign(grants_max + 1, {GrantKind::money, {}, 1});
  BOOST_TEST(!parse_account(row_of(account), 5).has_value());
  account = {};
  account.accumulators.assign(accumulators_max + 1, {});
  BOOST_TEST(!parse_account(row_of(account), 5).has_value());
  account = {};
  account.switches.assign(tariff_switches_max + 1, {});
  BOOST_TEST(!parse_account(row_of(account), 5).has_value());
}

BOOST_AUTO_TEST_CASE(a_flag_is_0_or_1) {
  // Behind one byte of sequence and one of balance stands `active`.
  std::string row = row_of(Account{});
  row[2] = '\1';
  BOOST_TEST(parse_account(row, 0)->access.active);
  row[2] = '\2';
  BOOST_TEST(!parse_account(row, 0).has_value());
}

BOOST_AUTO_TEST_CASE(keys_sort_by_subscriber_and_keep_its_rows_together) {
  const auto text = [](const RowKey& key) { return std::string(std::string_view(key)); };
  const Msisdn one{1'000'000};
  const Msisdn other{999'999'999'999'999};
  BOOST_TEST(text(account_key(one)) == std::string("a\0\0\0\0\0\x0f\x42\x40", 9));
  BOOST_TEST(text(account_key(one)) < text(account_key(other)));
  Uuid low;
  Uuid high;
  high.bytes.fill(0xff);
  BOOST_TEST(text(event_key(one, low)).substr(0, 9) == text(events_prefix(one)));
  BOOST_TEST(text(event_key(one, low)).size() == RowKey::size_max);
  BOOST_TEST(text(event_key(one, high)) < text(event_key(Msisdn{one.number + 1}, low)));
  BOOST_TEST(text(reversed_key(one, low)).front() == 'r');
  BOOST_TEST(text(reversed_key(one, high)).substr(1) == text(event_key(one, high)).substr(1));
  BOOST_TEST(text(catalog_key_of(258)) == std::string("c\0\0\1\2", 5));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace subledger
