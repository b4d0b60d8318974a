// Which accounts are kept in memory: those that the store does not have yet, and of the others those in use,
// up to a bound.
#include "engine/accounts.h"

#include <boost/test/unit_test.hpp>

#include "projections/rows.h"
#include "tests/support/memory_store.h"

using namespace subledger;

namespace {

/// A cache over a store in which each subscriber's `sequence` is what was stored last.
class Bench {
 public:
  explicit Bench(std::size_t kept_max) : accounts_(store_, kept_max) {}

  void store(uint64_t subscriber, uint64_t sequence) {
    Account account;
    account.sequence = sequence;
    std::string value;
    append_account(value, account);
    const auto key = account_key({subscriber});
    const RowWrite write{key, value};
    BOOST_REQUIRE(store_.write(std::span(&write, 1)));
  }
  CachedAccount& find(uint64_t subscriber) { return **accounts_.find({subscriber}, 0); }
  uint64_t sequence(uint64_t subscriber) { return find(subscriber).account.sequence; }
  void change(uint64_t subscriber, uint64_t sequence, uint64_t chunk) {
    CachedAccount& cached = find(subscriber);
    cached.account.sequence = sequence;
    accounts_.mark(cached, chunk);
  }
  /// What is not used since the last time is let go.
  void shrink_twice(uint64_t persisted) {
    accounts_.shrink(persisted);
    accounts_.shrink(persisted);
  }
  std::vector<Msisdn> seal() {
    std::vector<Msisdn> subscribers;
    for (CachedAccount* cached : accounts_.take_changed()) {
      cached->changed = false;
      subscribers.push_back(cached->subscriber);
    }
    return subscribers;
  }
  Accounts& accounts() { return accounts_; }

 private:
  MemoryDisk disk_;
  MemoryStore store_{disk_};
  Accounts accounts_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(accounts)

BOOST_AUTO_TEST_CASE(read_once) {
  Bench bench(10);
  bench.store(7, 1);
  BOOST_TEST(bench.sequence(7) == 1U);
  bench.store(7, 2);
  BOOST_TEST(bench.sequence(7) == 1U);
  bench.shrink_twice(0);
  BOOST_TEST(bench.sequence(7) == 1U);
}

BOOST_AUTO_TEST_CASE(let_go_beyond_the_bound) {
  Bench bench(1);
  for (const uint64_t subscriber : {7U, 8U}) {
    bench.store(subscriber, 1);
    BOOST_TEST(bench.sequence(subscriber) == 1U);
    bench.store(subscriber, 2);
  }
  bench.accounts().shrink(0);
  BOOST_TEST(bench.sequence(8) == 1U);  // a second chance for all, and 8 is used again
  bench.accounts().shrink(0);
  BOOST_TEST(bench.sequence(8) == 1U);
  BOOST_TEST(bench.sequence(7) == 2U);
}

BOOST_AUTO_TEST_CASE(changed_ones_stay) {
  Bench bench(0);
  bench.change(7, 5, 3);
  bench.shrink_twice(9);
  BOOST_TEST(bench.sequence(7) == 5U);
}

BOOST_AUTO_TEST_CASE(sealed_ones_stay_until_their_chunk_is_persisted) {
  Bench bench(0);
  bench.change(7, 5, 3);
  BOOST_TEST(bench.seal().size() == 1U);
  bench.shrink_twice(2);
  BOOST_TEST(bench.sequence(7) == 5U);
  bench.store(7, 6);
  bench.shrink_twice(3);
  BOOST_TEST(bench.sequence(7) == 6U);
}

BOOST_AUTO_TEST_CASE(changed_ones_are_given_once) {
  Bench bench(0);
  for (const uint64_t subscriber : {9U, 7U, 8U, 7U}) bench.change(subscriber, 1, 0);
  const auto changed = bench.seal();
  BOOST_TEST((changed == std::vector<Msisdn>{{9}, {7}, {8}}));
  BOOST_TEST(bench.seal().empty());
}

/// The hint reads what is absent, once each, and does not read again what is there.
BOOST_AUTO_TEST_CASE(expected_ones_are_read_ahead) {
  Bench bench(10);
  bench.store(7, 1);
  bench.store(8, 1);
  BOOST_TEST(bench.sequence(8) == 1U);
  bench.store(8, 2);
  const std::vector<Msisdn> expected = {{7}, {8}, {9}, {7}};
  const auto found = bench.accounts().expect(expected, 0);
  BOOST_REQUIRE(found.size() == 4U);
  BOOST_TEST(found[0] == &bench.find(7));
  BOOST_TEST(found[1] == &bench.find(8));
  BOOST_TEST(found[2] == &bench.find(9));
  BOOST_TEST(found[3] == found[0]);
  bench.store(7, 2);
  bench.store(9, 2);
  BOOST_TEST(bench.sequence(7) == 1U);
  BOOST_TEST(bench.sequence(8) == 1U);
  BOOST_TEST(bench.sequence(9) == 0U);
  BOOST_TEST(bench.accounts().take_added() == 3U);
}

BOOST_AUTO_TEST_CASE(added_ones_are_counted) {
  Bench bench(0);
  bench.find(7);
  bench.find(7);
  bench.find(8);
  BOOST_TEST(bench.accounts().take_added() == 2U);
  BOOST_TEST(bench.accounts().take_added() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
