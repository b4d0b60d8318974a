// Rows one after another, over as many blocks as there are.
#include "engine/row_cursor.h"

#include <boost/test/unit_test.hpp>
#include <map>
#include <string>

#include "tests/support/memory_store.h"

using namespace subledger;

BOOST_AUTO_TEST_SUITE(row_cursor)

BOOST_AUTO_TEST_CASE(gives_each_row_of_the_prefix_once_in_order) {
  MemoryDisk disk;
  MemoryRows rows{{"a", "before"}, {"c", "behind"}};
  for (int i = 0; i < 2'000; ++i) {
    rows["b" + std::to_string(i)] = std::string(static_cast<std::size_t>(i % 7) * 200, 'x');
  }
  disk.set_rows(rows);
  const MemoryStore store(disk);
  for (const std::string prefix : {"b", "", "b1", "none"}) {
    RowCursor cursor(store, prefix);
    MemoryRows seen;
    std::string last;
    for (;;) {
      const auto row = cursor.row();
      BOOST_REQUIRE(row);
      if (*row == nullptr) break;
      BOOST_REQUIRE((seen.empty() || last < (*row)->key));
      last = (*row)->key;
      seen[last] = (*row)->value;
      cursor.advance();
    }
    std::size_t expected = 0;
    for (const auto& [key, value] : rows) {
      if (key.starts_with(prefix)) ++expected;
    }
    BOOST_TEST(seen.size() == expected);
    for (const auto& [key, value] : seen) BOOST_TEST((rows.at(key) == value));
  }
}

BOOST_AUTO_TEST_CASE(a_store_that_fails_is_told) {
  MemoryDisk disk;
  disk.set_rows({{"a", "1"}});
  disk.fail_read(1);
  const MemoryStore store(disk);
  RowCursor cursor(store, "");
  BOOST_TEST(!cursor.row());
}

BOOST_AUTO_TEST_SUITE_END()
