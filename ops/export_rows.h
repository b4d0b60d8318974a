// Records as lines of an export: NDJSON as interfaces 2 has it, or CSV with one column a member.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/int128.h"

namespace subledger::ops {

enum class ExportWhat : uint8_t { charges, access, accounts, rejects };
enum class ExportFormat : uint8_t { csv, ndjson };

std::string_view what_name(ExportWhat what);
std::optional<ExportWhat> parse_what(std::string_view name);
std::string_view format_name(ExportFormat format);
std::optional<ExportFormat> parse_export_format(std::string_view name);

/// Members whose sums an export states, in its order.
const std::vector<std::string_view>& summed_members(ExportWhat what);

/// A line of CSV with the columns' names; empty for NDJSON.
std::string export_head(ExportWhat what, ExportFormat format);

/// A record's line, of its JSON form. Money is summed in millionths, counts as they are.
struct ExportLine {
  std::string text;
  std::vector<Int128> sums;  ///< of summed_members
};
ExportLine export_line(ExportWhat what, ExportFormat format, const std::string& json);

}  // namespace subledger::ops
