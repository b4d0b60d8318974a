// Kafka's partitioner: the values of its own unit test, and the sign bit.
#include "events/partitioner.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace subledger {
namespace {

BOOST_AUTO_TEST_SUITE(partitioner)

BOOST_AUTO_TEST_CASE(murmur2_of_kafka) {
  const std::vector<std::pair<std::string_view, int32_t>> known = {
      {"21", -973'932'308},
      {"foobar", -790'332'482},
      {"a-little-bit-long-string", -985'981'536},
      {"a-little-bit-longer-string", -1'486'304'829},
      {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58'897'971},
      {"abc", 479'470'107},
  };
  for (const auto& [key, hash] : known) BOOST_TEST(static_cast<int32_t>(murmur2(key)) == hash, key);
}

BOOST_AUTO_TEST_CASE(sign_bit_is_masked) {
  // -973932308 & 0x7fffffff = 1173551340
  BOOST_TEST(partition_of("21", 1'000'000) == 551'340);
  BOOST_TEST(partition_of("21", INT32_MAX) == 1'173'551'340);
  BOOST_TEST(partition_of("abc", 1'000) == 107);
  BOOST_TEST(partition_of("abc", 1) == 0);
}

BOOST_AUTO_TEST_CASE(bytes_count_unsigned) {
  // The same tail of bytes above 0x7f, alone and behind a full word: no sign is extended into the hash.
  BOOST_TEST(murmur2("\xff") != murmur2("\x7f"));
  for (const std::string_view key : {"\xff", "\xff\xff", "\xff\xff\xff", "\x80\x80\x80\x80\xff"}) {
    const int32_t partition = partition_of(key, 64);
    BOOST_TEST((partition >= 0 && partition < 64));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace subledger
