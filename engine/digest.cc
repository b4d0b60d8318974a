// Row hashes by XXH3, 128 bits.
#include "engine/digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdio>

namespace subledger {

RowHash hash_row(std::string_view key, std::string_view value) {
  const XXH64_hash_t seed = XXH3_64bits(key.data(), key.size());
  const XXH128_hash_t hash = XXH3_128bits_withSeed(value.data(), value.size(), seed);
  return {hash.high64, hash.low64};
}

void SetHash::add(RowHash row) {
  sum_.low += row.low;
  sum_.high += row.high + (sum_.low < row.low ? 1 : 0);
}

void SetHash::remove(RowHash row) {
  const uint64_t borrow = sum_.low < row.low ? 1 : 0;
  sum_.low -= row.low;
  sum_.high -= row.high + borrow;
}

std::string format_hash(RowHash hash) {
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(hash.high),
                static_cast<unsigned long long>(hash.low));
  return text;
}

}  // namespace subledger
