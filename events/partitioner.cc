// murmur2 with Kafka's seed and its masking of the sign bit.
#include "events/partitioner.h"

namespace subledger {

uint32_t murmur2(std::string_view key) {
  constexpr uint32_t seed = 0x9747b28c;
  constexpr uint32_t multiplier = 0x5bd1e995;
  const auto byte = [key](std::size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(key[i])); };
  uint32_t hash = seed ^ static_cast<uint32_t>(key.size());
  std::size_t at = 0;
  for (; at + 4 <= key.size(); at += 4) {
    uint32_t word = byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24;
    word *= multiplier;
    word ^= word >> 24;
    word *= multiplier;
    hash *= multiplier;
    hash ^= word;
  }
  if (at < key.size()) {
    for (std::size_t i = key.size(); i-- > at;) hash ^= byte(i) << 8 * (i - at);
    hash *= multiplier;
  }
  hash ^= hash >> 13;
  hash *= multiplier;
  hash ^= hash >> 15;
  return hash;
}

int32_t partition_of(std::string_view key, int32_t partitions) {
  return static_cast<int32_t>(murmur2(key) & 0x7fffffff) % partitions;
}

}  // namespace subledger
