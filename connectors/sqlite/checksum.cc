// XXH3, 64 bits; the same on any machine.
#include "connectors/sqlite/checksum.h"

#include <xxhash.h>

#include <algorithm>
#include <array>

namespace subledger::sqlite {

int64_t checksum(const StoredRecord& record, std::string_view bytes) {
  std::array<uint8_t, 5 * sizeof(int64_t)> fields;
  auto at = fields.begin();
  for (const int64_t field :
       {record.offset, record.timestamp_ms, record.key_size, record.value_size, record.headers_size}) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
      *at++ = static_cast<uint8_t>(static_cast<uint64_t>(field) >> shift);
    }
  }
  const int64_t size =
      std::max<int64_t>(record.key_size, 0) + std::max<int64_t>(record.value_size, 0) + record.headers_size;
  const XXH64_hash_t seed = XXH3_64bits(fields.data(), fields.size());
  return static_cast<int64_t>(XXH3_64bits_withSeed(bytes.data(), static_cast<std::size_t>(size), seed));
}

}  // namespace subledger::sqlite
