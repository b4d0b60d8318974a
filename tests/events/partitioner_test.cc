// Kafka's default partitioner, by the values of its own tests (UtilsTest.testMurmur2).
#include "events/partitioner.h"

#include <boost/test/unit_test.hpp>
#include <utility>

namespace subledger {

BOOST_AUTO_TEST_SUITE(partitioner)

BOOST_AUTO_TEST_CASE(known_hashes) {
  const std::pair<const char*, int32_t> known[] = {
      {"21", -973932308},
      {"foobar", -790332482},
      {"a-little-bit-long-string", -985981536},
      {"a-little-bit-longer-string", -1486304829},
      {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
      {"abc", 479470107}};
  for (const auto& [key, hash] : known) BOOST_CHECK_EQUAL(static_cast<int32_t>(murmur2(key)), hash);
}

BOOST_AUTO_TEST_CASE(partitions_are_never_negative) {
  BOOST_CHECK_EQUAL(partition_of("21", 1), 0);
  for (const char* key : {"21", "foobar", "abc", "", "79161234567", "\xFF\xFF\xFF\xFF"}) {
    BOOST_CHECK_GE(partition_of(key, 64), 0);
    BOOST_CHECK_LT(partition_of(key, 64), 64);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace subledger
