// Which partition a key belongs to: Kafka's default partitioner (domain 2), so that any producer agrees with
// us.
#pragma once

#include <cstdint>
#include <string_view>

namespace subledger {

/// murmur2 of the key's bytes, as org.apache.kafka.common.utils.Utils computes it.
uint32_t murmur2(std::string_view key);

/// The partition of a key among `partitions` (≥ 1).
int32_t partition_of(std::string_view key, int32_t partitions);

}  // namespace subledger
