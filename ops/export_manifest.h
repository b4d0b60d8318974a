// What an export's file holds and how far it has come, in a small file beside it: FILE.manifest.json. By it
// an export that was interrupted goes on, and its reader can check that nothing is missing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ops/export_rows.h"
#include "ops/failure.h"

namespace subledger::ops {

struct ExportPart {
  int32_t partition = 0;
  int64_t next = 0;  ///< of topics the next offset; of accounts how many have been written
  int64_t end = 0;   ///< of topics the first offset left out; of accounts the store's position
  bool done = false;
};

struct ExportManifest {
  ExportWhat what{};
  ExportFormat format{};
  std::string from;  ///< recorded times as they were given; empty: open
  std::string until;
  std::string log;  ///< its identity
  bool complete = false;
  uint64_t records = 0;
  std::vector<Int128> sums;  ///< of summed_members
  uint64_t bytes = 0;        ///< of the file, and their hash
  std::string sha256;
  std::vector<ExportPart> partitions;

  /// What makes two exports the same one.
  bool same_export(const ExportManifest& other) const {
    return what == other.what && format == other.format && from == other.from && until == other.until;
  }
};

/// One object without a newline.
std::string manifest_json(const ExportManifest& manifest);

std::string manifest_path(const std::string& file);
/// nullopt: there is none.
Attempt<std::optional<ExportManifest>> read_manifest(const std::string& path);
/// Whole or not at all, also after a crash.
Attempt<void> write_manifest(const std::string& path, const ExportManifest& manifest);

}  // namespace subledger::ops
