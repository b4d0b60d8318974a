// What a directory of stores says about itself, in small text files beside the stores:
//
//   DIR/instance               the name of the instance that works here
//   DIR/partition-NNNN/STORE   whose state the store is: format, log, number of partitions, partition; and
//                              where it is a replay's, of what replay
//
// No RocksDB here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
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
  /// In one line, what replay made the store; empty: the engine did.
  std::string replay;
};

/// The `replay` of one without variations, whose state is the ledger's: the engine may go on from it, and
/// then it is the engine's.
inline constexpr std::string_view plain_replay = "whole log";

/// The stores below a directory, all of the same log.
struct StoreDirectory {
  std::string log_identity;
  int32_t partitions = 0;        ///< of the log
  std::vector<int32_t> present;  ///< those with a store here, ascending
  std::string replay;            ///< whose variations made them; empty: what the engine makes
};

std::string store_path(const std::string& directory, int32_t partition);

/// Unreachable if there is none, if it is damaged, or of a newer format.
Result<StoreLabel> read_label(const std::string& directory, int32_t partition);

/// Writes the label of a store that is about to be made, or checks that of an existing one: unreachable with
/// what differs and what to do. Makes the directories. A replay's store is refused to the engine, the
/// engine's store to a replay, and a replay's to another one; a plain replay's becomes the engine's.
Result<void> claim_store(const std::string& directory, const StoreLabel& label);

/// Unreachable where no store is, or where stores of different logs are.
Result<StoreDirectory> read_store_directory(const std::string& directory);

/// An instance of the engine has worked in the directory.
bool has_instance(const std::string& directory);

/// The name kept in DIR/instance; on first use 8 random hexadecimal digits. Makes the directory.
Result<std::string> instance_name(const std::string& directory);

}  // namespace subledger
