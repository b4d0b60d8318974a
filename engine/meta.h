// The one row that says where a partition's state stands: position, counts, sums, output sequences, digest.
// Written in the same batch as the rows that it speaks of.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/digest.h"
#include "events/time.h"
#include "projections/totals.h"

namespace subledger {

/// Last `output-sequence` of each output topic; 0: none yet.
struct OutputSequences {
  uint64_t charges = 0;
  uint64_t access = 0;
  uint64_t rejects = 0;

  friend bool operator==(const OutputSequences&, const OutputSequences&) = default;
};

struct Meta {
  int64_t position = 0;   ///< A: the next offset to apply
  Timestamp recorded_at;  ///< of the last applied record
  Counts counts;
  Postings postings;
  OutputSequences sequences;
  uint32_t catalogs = 0;  ///< published versions
  SetHash rows;           ///< over all rows but this one
};

void append_meta(std::string& out, const Meta& meta);
/// nullopt: the row is damaged, or of another format.
std::optional<Meta> parse_meta(std::string_view row);

/// Over rows, counts, sums and sequences, but not the position: that of equal states is equal on any log.
RowHash digest_of(const Meta& meta);

/// What goes with a committed offset, by which a restart checks its replay: "1 <digest> <charges> <access>
/// <rejects>".
std::string commit_note(const Meta& meta);

}  // namespace subledger
