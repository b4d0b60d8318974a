// What a directory of stores says about itself, in small text files beside the stores:
//
//   DIR/instance               the name of the instance that works here
//   DIR/partition-NNNN/STORE   whose state the store is: format, log, number of partitions, partition
//
// No RocksDB here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "events/result.h"

namespace subledger {

inline constexpr int32_t store_format = 1;

/// What a partition's state belongs to; a store with other values is another log's.
struct StoreLabel {
  int32_t format = store_format;
  std::string log_identity;
  int32_t partitions = 0;
  int32_t partition = 0;
};

/// The stores below a directory, all of the same log.
struct StoreDirectory {
  std::string log_identity;
  int32_t partitions = 0;        ///< of the log
  std::vector<int32_t> present;  ///< those with a store here, ascending
};

std::string store_path(const std::string& directory, int32_t partition);

/// Unreachable if there is none, if it is damaged, or of a newer format.
Result<StoreLabel> read_label(const std::string& directory, int32_t partition);

/// Writes the label of a store that is about to be made, or checks that of an existing one: unreachable with
/// what differs and what to do. Makes the directories.
Result<void> claim_store(const std::string& directory, const StoreLabel& label);

/// Unreachable where no store is, or where stores of different logs are.
Result<StoreDirectory> read_store_directory(const std::string& directory);

/// The name kept in DIR/instance; on first use 8 random hexadecimal digits. Makes the directory.
Result<std::string> instance_name(const std::string& directory);

}  // namespace subledger
