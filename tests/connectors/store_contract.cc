// The checks of the contract of stores.
#include "tests/connectors/store_contract.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "tests/connectors/log_contract.h"

namespace subledger::test {
namespace {

constexpr int kept_writes = 10;
constexpr int rows_per_write = 20;

std::string history_key(int n, int row) {
  std::string number = std::to_string(n);
  number.insert(0, 8 - number.size(), '0');
  return "w" + number + "/" + std::to_string(100 + row);
}

std::string get(const StorePort& store, std::string_view key) {
  const Result<std::optional<std::string>> value = store.get(key);
  BOOST_REQUIRE_MESSAGE(value.has_value(), value.error().message);
  return value->value_or("(absent)");
}

}  // namespace

void write_rows(StorePort& store, const Rows& rows) {
  std::vector<RowWrite> writes;
  for (const auto& [key, value] : rows) writes.push_back({key, value});
  must(store.write(writes));
}

std::map<std::string, std::string> all_rows(const StorePort& store, std::string_view prefix) {
  std::map<std::string, std::string> rows;
  std::string last;
  must(store.scan(prefix, [&](std::string_view key, std::string_view value) {
    BOOST_REQUIRE(rows.empty() || last < key);
    last = key;
    rows.emplace(key, value);
    return true;
  }));
  return rows;
}

Rows history_write(int n) {
  Rows rows{{"count", std::to_string(n)}};
  for (int row = 0; row < rows_per_write; ++row) {
    rows[history_key(n, row)] = std::to_string(n);
    if (n > kept_writes) rows[history_key(n - kept_writes, row)] = std::nullopt;
  }
  return rows;
}

int check_history(const StorePort& store) {
  std::map<std::string, std::string> rows = all_rows(store);
  if (rows.empty()) return 0;
  const int count = std::stoi(rows.at("count"));
  std::map<std::string, std::string> expected{{"count", std::to_string(count)}};
  for (int n = std::max(1, count - kept_writes + 1); n <= count; ++n) {
    for (int row = 0; row < rows_per_write; ++row) expected[history_key(n, row)] = std::to_string(n);
  }
  BOOST_REQUIRE_MESSAGE(rows == expected, "not the state after write " << count);
  return count;
}

void check_get_and_write(StoreBench& bench) {
  StorePort& store = bench.store();
  BOOST_TEST(get(store, "a") == "(absent)");
  write_rows(store, {{"a", "1"}, {"b", "2"}, {"empty", ""}});
  BOOST_TEST(get(store, "a") == "1");
  BOOST_TEST(get(store, "empty").empty());
  write_rows(store, {{"a", std::nullopt}, {"absent", std::nullopt}, {"b", "3"}});
  BOOST_TEST(get(store, "a") == "(absent)");
  BOOST_TEST(get(store, "b") == "3");
  write_rows(store, {});
  write_rows(store, {{"a", "again"}});
  BOOST_TEST(get(store, "a") == "again");
}

void check_get_many(StoreBench& bench) {
  StorePort& store = bench.store();
  write_rows(store, {{"a", "1"}, {"c", ""}, {"z", "26"}});
  const std::array<std::string_view, 5> keys{"z", "a", "absent", "c", "a"};
  const auto values = store.get_many(keys);
  BOOST_REQUIRE(values.has_value());
  BOOST_REQUIRE_EQUAL(values->size(), keys.size());
  BOOST_TEST(values->at(0).value() == "26");
  BOOST_TEST(values->at(1).value() == "1");
  BOOST_TEST(!values->at(2).has_value());
  BOOST_TEST(values->at(3).value().empty());
  BOOST_TEST(values->at(4).value() == "1");
  const auto none = store.get_many({});
  BOOST_REQUIRE(none.has_value());
  BOOST_TEST(none->empty());
}

void check_scan(StoreBench& bench) {
  StorePort& store = bench.store();
  write_rows(store, {{"a", "1"}, {"b", "2"}, {"b1", "3"}, {"b2", "4"}, {"b\xff\xff", "5"}, {"c", "6"}});
  BOOST_TEST(all_rows(store).size() == 6U);
  BOOST_TEST(all_rows(store, "b").size() == 4U);
  BOOST_TEST(all_rows(store, "b\xff").size() == 1U);
  BOOST_TEST(all_rows(store, "bb").empty());
  std::vector<std::string> seen;
  must(store.scan("b", [&seen](std::string_view key, std::string_view) {
    seen.emplace_back(key);
    return seen.size() < 2;
  }));
  BOOST_TEST(seen == (std::vector<std::string>{"b", "b1"}), boost::test_tools::per_element());
  const auto from = [&store](std::string_view prefix, std::string_view first) {
    std::string keys;
    must(store.scan_from(prefix, first, [&keys](std::string_view key, std::string_view) {
      keys.append(key).append(" ");
      return keys.size() < 6;
    }));
    return keys;
  };
  BOOST_TEST(from("b", "b1") == "b1 b2 ");
  BOOST_TEST(from("b", std::string("b1\0", 3)) == "b2 b\xff\xff ");
  BOOST_TEST(from("b", "") == "b b1 b2 ");
  BOOST_TEST(from("b", "c").empty());
}

/// Keys are compared as unsigned bytes; nothing is special, neither NUL nor the empty key.
void check_any_bytes(StoreBench& bench) {
  StorePort& store = bench.store();
  Rows rows{{"", "no key"}};
  for (int i = 0; i < 256; ++i) {
    const std::string key{static_cast<char>(i), '\0'};
    rows[key] = key + key;
  }
  write_rows(store, rows);
  BOOST_TEST(all_rows(store).size() == 257U);
  BOOST_TEST(get(store, "") == "no key");
  const std::string key("\xff\0", 2);
  BOOST_TEST(get(store, key) == key + key);
}

void check_kept_when_flushed(StoreBench& bench) {
  for (int n = 1; n <= 30; ++n) write_rows(bench.store(), history_write(n));
  must(bench.store().flush());
  bench.reopen();
  BOOST_TEST(check_history(bench.store()) == 30);
  write_rows(bench.store(), history_write(31));
  bench.reopen();
  BOOST_TEST(check_history(bench.store()) == 31);
}

/// A scan sees the store as it is after one of the writes.
void check_reads_beside_writes(StoreBench& bench) {
  StorePort& store = bench.store();
  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  std::thread writer([&] {
    for (int n = 1; !stop; ++n) {
      const Rows rows = history_write(n);
      std::vector<RowWrite> writes;
      for (const auto& [key, value] : rows) writes.push_back({key, value});
      if (!store.write(writes)) return;
      written = n;
    }
  });
  int before = 0;
  for (int i = 0; i < 200; ++i) {
    const int seen = check_history(store);
    BOOST_TEST(seen >= before);
    before = seen;
  }
  stop = true;
  writer.join();
  BOOST_TEST(check_history(store) == written);
}

}  // namespace subledger::test
