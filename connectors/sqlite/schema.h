// The tables of the embedded log: what stands in the file, how it is made and checked.
//
//   topics(prefix, identity, partitions)                   one row per set of four topics
//   "<prefix><topic>-<partition>"(offset, timestamp_ms, key, value, headers)
//   positions(prefix, grp, partition, position, metadata)   what a group has committed
//   owners(prefix, grp, instance, epoch)                    which run of the engine may commit for a group
//
// A table per partition of a topic, its offset the rowid: every insert is then an append to the end of a
// tree, which took half the time of one table with the key (topic, partition, offset). Format: user_version;
// application_id marks the file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "connectors/sqlite/database.h"
#include "engine/ports.h"

namespace subledger::sqlite {

struct TopicSet {
  std::string prefix;
  std::string identity;
  int32_t partitions = 0;
};

/// A quoted identifier.
std::string table_of(const std::string& prefix, Topic topic, int32_t partition);

/// Letters, digits, '.', '_' and '-', at most 100.
bool valid_prefix(const std::string& prefix);

/// A connection to an existing log of a known format, each commit synced to the disk before it returns.
Result<std::unique_ptr<Connection>> open_log_file(const std::string& path, int busy_ms);

/// Unreachable where the file has no such topics.
Result<TopicSet> read_topic_set(const Connection& connection, const std::string& prefix);

/// Makes the file and the topics where they are missing. Fails if they are there with another number of
/// partitions.
Result<void> create_topic_set(const std::string& path, const std::string& prefix, int32_t partitions);

}  // namespace subledger::sqlite
