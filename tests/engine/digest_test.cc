// The digest, the meta row and the note beside a committed position.
#include "engine/digest.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <limits>
#include <random>

#include "engine/meta.h"

using namespace subledger;

namespace {

constexpr auto int128_max = static_cast<Int128>(~Uint128{0} >> 1);

std::vector<RowHash> some_rows() {
  std::vector<RowHash> rows;
  for (int i = 0; i < 100; ++i) rows.push_back(hash_row("key " + std::to_string(i), "value"));
  return rows;
}

SetHash sum_of(const std::vector<RowHash>& rows) {
  SetHash sum;
  for (const RowHash row : rows) sum.add(row);
  return sum;
}

/// No field has the value of another, and the extremes are there.
Meta some_meta() {
  Meta meta;
  meta.position = 1'042;
  meta.recorded_at = {1'414'800'000'000'000};
  meta.counts = {300, 200, 60, 40};
  meta.postings.receivable = -int128_max - 1;
  meta.postings.bonus = int128_max;
  meta.postings.cash = -1;
  meta.postings.promotions = static_cast<Int128>(std::numeric_limits<uint64_t>::max()) + 1;
  for (std::size_t i = 0; i < meta.postings.revenue.size(); ++i) {
    meta.postings.revenue.at(i) = static_cast<Int128>(i) + 7;
  }
  meta.sequences = {1, std::numeric_limits<uint64_t>::max(), 3};
  meta.catalogs = std::numeric_limits<uint32_t>::max();
  meta.rows.add(hash_row("a", "b"));
  return meta;
}

std::string row_of(const Meta& meta) {
  std::string row;
  append_meta(row, meta);
  return row;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(digest)

BOOST_AUTO_TEST_CASE(order_does_not_count) {
  std::vector<RowHash> rows = some_rows();
  const RowHash sum = sum_of(rows).sum();
  std::mt19937 random(1);
  for (int i = 0; i < 20; ++i) {
    std::ranges::shuffle(rows, random);
    BOOST_TEST((sum_of(rows).sum() == sum));
  }
}

BOOST_AUTO_TEST_CASE(remove_undoes_add) {
  const std::vector<RowHash> rows = some_rows();
  SetHash sum = sum_of(rows);
  for (const RowHash row : rows) sum.remove(row);
  BOOST_TEST((sum.sum() == RowHash{}));
  sum.remove(rows[0]);
  sum.add(rows[0]);
  BOOST_TEST((sum.sum() == RowHash{}));
}

/// The words carry and borrow as one number of 128 bits.
BOOST_AUTO_TEST_CASE(carries_and_borrows) {
  SetHash sum(RowHash{5, std::numeric_limits<uint64_t>::max()});
  sum.add({0, 1});
  BOOST_TEST((sum.sum() == RowHash{6, 0}));
  sum.remove({0, 1});
  BOOST_TEST((sum.sum() == RowHash{5, std::numeric_limits<uint64_t>::max()}));
}

BOOST_AUTO_TEST_CASE(key_and_value_count_apart) {
  const RowHash row = hash_row("ab", "c");
  BOOST_TEST((row == hash_row("ab", "c")));
  for (const RowHash other :
       {hash_row("a", "bc"), hash_row("abc", ""), hash_row("ab", "d"), hash_row("c", "ab")}) {
    BOOST_TEST((row != other));
  }
}

/// The same on every machine, since digests are compared between them.
BOOST_AUTO_TEST_CASE(known_value) {
  BOOST_TEST(format_hash(hash_row("", "")) == "7a3edd697cf3f9535310e30cce3262d6");
  BOOST_TEST(format_hash({0x0123456789abcdef, 0x1}) == "0123456789abcdef0000000000000001");
}

BOOST_AUTO_TEST_CASE(meta_round_trip) {
  for (const Meta& meta : {Meta{}, some_meta()}) {
    const auto read = parse_meta(row_of(meta));
    BOOST_REQUIRE(read);
    BOOST_TEST(row_of(*read) == row_of(meta));
    BOOST_TEST(read->position == meta.position);
    BOOST_TEST((read->recorded_at == meta.recorded_at));
    BOOST_TEST(read->counts.duplicates == meta.counts.duplicates);
    BOOST_TEST((read->postings.receivable == meta.postings.receivable));
    BOOST_TEST((read->postings.promotions == meta.postings.promotions));
    BOOST_TEST((read->postings.revenue == meta.postings.revenue));
    BOOST_TEST((read->sequences == meta.sequences));
    BOOST_TEST(read->catalogs == meta.catalogs);
    BOOST_TEST((read->rows.sum() == meta.rows.sum()));
  }
}

BOOST_AUTO_TEST_CASE(cut_meta_is_refused) {
  const std::string row = row_of(some_meta());
  for (std::size_t size = 0; size < row.size(); ++size) BOOST_TEST(!parse_meta(row.substr(0, size)));
  BOOST_TEST(!parse_meta(row + '\0'));
}

BOOST_AUTO_TEST_CASE(meta_of_another_format_is_refused) {
  std::string row = row_of(some_meta());
  row[0] = '\2';
  BOOST_TEST(!parse_meta(row));
}

/// Everything that makes states equal is in it; where they stand in a log is not.
BOOST_AUTO_TEST_CASE(what_the_digest_covers) {
  const Meta meta = some_meta();
  const RowHash before = digest_of(meta);
  Meta elsewhere = meta;
  elsewhere.position = 1;
  elsewhere.recorded_at = {1};
  BOOST_TEST((digest_of(elsewhere) == before));
  const std::vector<std::function<void(Meta&)>> changes{[](Meta& m) { ++m.counts.records; },
                                                        [](Meta& m) { ++m.counts.accepted; },
                                                        [](Meta& m) { ++m.counts.duplicates; },
                                                        [](Meta& m) { ++m.counts.rejected; },
                                                        [](Meta& m) { ++m.postings.receivable; },
                                                        [](Meta& m) { --m.postings.bonus; },
                                                        [](Meta& m) { ++m.postings.cash; },
                                                        [](Meta& m) { ++m.postings.promotions; },
                                                        [](Meta& m) { ++m.postings.revenue[11]; },
                                                        [](Meta& m) { ++m.sequences.charges; },
                                                        [](Meta& m) { --m.sequences.access; },
                                                        [](Meta& m) { ++m.sequences.rejects; },
                                                        [](Meta& m) { --m.catalogs; },
                                                        [](Meta& m) { m.rows.add(hash_row("x", "y")); }};
  for (const auto& change : changes) {
    Meta changed = meta;
    change(changed);
    BOOST_TEST((digest_of(changed) != before));
  }
}

BOOST_AUTO_TEST_CASE(note_format) {
  const Meta meta = some_meta();
  BOOST_TEST(commit_note(meta) == "1 " + format_hash(digest_of(meta)) + " 1 18446744073709551615 3");
}

BOOST_AUTO_TEST_SUITE_END()
