#include "ops/export_rows.h"

#include <algorithm>
#include <array>

#include "events/check.h"
#include "events/json_value.h"
#include "events/money.h"

namespace subledger::ops {
namespace {

constexpr std::array<std::string_view, 4> what_names = {"charges", "access", "accounts", "rejects"};

/// Members by their path in the JSON form.
const std::vector<std::string_view>& columns_of(ExportWhat what) {
  static const std::array<std::vector<std::string_view>, 4> columns = {{
      {"charge_id",
       "sequence",
       "subscriber",
       "event_id",
       "kind",
       "source.partition",
       "source.offset",
       "occurred_at",
       "recorded_at",
       "catalog_version",
       "tariff",
       "rule",
       "option",
       "service",
       "session",
       "reason",
       "reference",
       "quantity",
       "unit",
       "covered_quantity",
       "accumulated_quantity",
       "amount",
       "from_bonus",
       "from_account",
       "balance",
       "currency",
       "reverses"},
      {"subscriber", "event_id", "type", "source.partition", "source.offset", "occurred_at", "recorded_at",
       "decision", "reason", "failures", "locked", "active", "transition"},
      {"subscriber", "access.active", "access.locked", "access.failures", "access.password_id",
       "access.password_set_at", "tariff", "options", "balance", "bonus_money", "bonus_bytes", "currency",
       "sequence", "as_of.partition", "as_of.offset", "as_of.recorded_at"},
      {"source.partition", "source.offset", "recorded_at", "reason", "detail", "subscriber", "event_id",
       "key_base64", "payload_base64", "headers"},
  }};
  return columns[static_cast<std::size_t>(what)];
}

/// Null where the record has no such member.
const JsonValue* find(const JsonValue& record, std::string_view path) {
  const std::size_t dot = path.find('.');
  const JsonValue* member = record.member(path.substr(0, dot));
  if (dot == std::string_view::npos || member == nullptr) return member;
  return find(*member, path.substr(dot + 1));
}

/// Lists of texts with blanks between them; anything else that is no text as JSON.
std::string cell_of(const JsonValue& value) {
  if (const std::string* text = value.string()) return *text;
  std::string cell;
  const JsonArray* items = value.array();
  const bool texts =
      items != nullptr && std::ranges::all_of(*items, [](const JsonValue& item) { return item.string(); });
  if (!texts) {
    append_json(cell, value);
    return cell;
  }
  for (const JsonValue& item : *items) cell += (cell.empty() ? "" : " ") + *item.string();
  return cell;
}

/// RFC 4180.
void append_cell(std::string& line, const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) {
    line += cell;
    return;
  }
  line += '"';
  for (const char c : cell) line.append(c == '"' ? 2 : 1, c);
  line += '"';
}

Int128 amount_of(const JsonValue& value) {
  if (const std::string* text = value.string()) return parse_money(*text).value_or(Money{}).micros;
  const JsonInteger* number = value.integer();
  CHECK(number != nullptr);
  const auto magnitude = static_cast<Int128>(number->magnitude);
  return number->negative ? -magnitude : magnitude;
}

}  // namespace

std::string_view what_name(ExportWhat what) { return what_names[static_cast<std::size_t>(what)]; }

std::optional<ExportWhat> parse_what(std::string_view name) {
  const auto at = std::ranges::find(what_names, name);
  if (at == what_names.end()) return std::nullopt;
  return static_cast<ExportWhat>(at - what_names.begin());
}

std::string_view format_name(ExportFormat format) { return format == ExportFormat::csv ? "csv" : "ndjson"; }

std::optional<ExportFormat> parse_export_format(std::string_view name) {
  if (name == "csv") return ExportFormat::csv;
  if (name == "ndjson") return ExportFormat::ndjson;
  return std::nullopt;
}

const std::vector<std::string_view>& summed_members(ExportWhat what) {
  static const std::vector<std::string_view> charges = {"amount", "from_bonus", "from_account"};
  static const std::vector<std::string_view> accounts = {"balance", "bonus_money"};
  static const std::vector<std::string_view> none;
  if (what == ExportWhat::charges) return charges;
  return what == ExportWhat::accounts ? accounts : none;
}

std::string export_head(ExportWhat what, ExportFormat format) {
  if (format == ExportFormat::ndjson) return {};
  std::string line;
  for (const std::string_view path : columns_of(what)) {
    std::string name(path.starts_with("source.") ? path.substr(7) : path);
    std::ranges::replace(name, '.', '_');
    line += (line.empty() ? "" : ",") + name;
  }
  return line + "\r\n";
}

ExportLine export_line(ExportWhat what, ExportFormat format, const std::string& json) {
  ExportLine line;
  const std::vector<std::string_view>& summed = summed_members(what);
  if (format == ExportFormat::ndjson) line.text = json + '\n';
  if (format == ExportFormat::ndjson && summed.empty()) return line;
  const auto record = parse_json(json);
  CHECK(record.has_value());
  for (const std::string_view path : summed) line.sums.push_back(amount_of(*find(*record, path)));
  if (format == ExportFormat::ndjson) return line;
  const char* separator = "";
  for (const std::string_view path : columns_of(what)) {
    line.text += separator;
    if (const JsonValue* value = find(*record, path)) append_cell(line.text, cell_of(*value));
    separator = ",";
  }
  line.text += "\r\n";
  return line;
}

}  // namespace subledger::ops
