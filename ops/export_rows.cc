#include "ops/export_rows.h"

#include <algorithm>
#include <array>

#include "events/check.h"
#include "events/json_value.h"
#include "events/money.h"

namespace subledger::ops {
namespace {

constexpr std::size_t charge_members = 32;  // and some more
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
void append_cell(std::string& line, std::string_view cell) {
  if (cell.find_first_of(",\"\r\n") == std::string_view::npos) {
    line += cell;
    return;
  }
  line += '"';
  for (const char c : cell) line.append(c == '"' ? 2 : 1, c);
  line += '"';
}

/// A member of a record, or, with `parent`, of an object within it. Views are into the record's text.
struct FlatMember {
  std::string_view parent;
  std::string_view name;
  std::string_view value;
};

/// Takes a record as our own writers make it apart: without blanks, and here without escapes and lists.
/// False: it has some, so it needs a parser.
bool take_apart(std::string_view json, std::vector<FlatMember>& members) {
  members.clear();
  std::string_view parent;
  std::size_t at = 1;  // behind the first brace
  while (at < json.size() && json[at] == '"') {
    const std::size_t name_end = json.find('"', at + 1);
    const std::string_view name = json.substr(at + 1, name_end - at - 1);
    at = name_end + 2;  // behind the colon
    if (at >= json.size() || json[at] == '[' || (json[at] == '{' && !parent.empty())) return false;
    if (json[at] == '{') {
      parent = name;
      ++at;
      continue;
    }
    const bool text = json[at] == '"';
    const std::size_t begin = at + (text ? 1 : 0);
    const std::size_t end = json.find_first_of(text ? "\"\\" : ",}", begin);
    if (end == std::string_view::npos || json[end] == '\\') return false;
    members.push_back({parent, name, json.substr(begin, end - begin)});
    at = end + (text ? 1 : 0);
    for (; at < json.size() && json[at] == '}'; ++at) {
      if (parent.empty()) return at + 1 == json.size();
      parent = {};
    }
    ++at;  // behind the comma
  }
  return false;
}

/// Members come mostly in the order in which they are asked for.
class FlatRecord {
 public:
  bool take(std::string_view json) {
    members_.reserve(charge_members);
    return take_apart(json, members_);
  }
  /// nullopt: the record has no such member.
  std::optional<std::string_view> find(std::string_view path) {
    const std::size_t dot = path.find('.');
    const std::string_view parent = dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
    const std::string_view name = dot == std::string_view::npos ? path : path.substr(dot + 1);
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const std::size_t at = (next_ + i) % members_.size();
      if (members_[at].name != name || members_[at].parent != parent) continue;
      next_ = at + 1;
      return members_[at].value;
    }
    return std::nullopt;
  }

 private:
  std::vector<FlatMember> members_;
  std::size_t next_ = 0;
};

/// Of charges, which are many and flat. nullopt: as for `take_apart`.
std::optional<ExportLine> flat_line(ExportWhat what, ExportFormat format, const std::string& json) {
  FlatRecord record;
  if (!record.take(json)) return std::nullopt;
  ExportLine line;
  for (const std::string_view path : summed_members(what)) {
    const auto amount = parse_money(record.find(path).value_or(""));
    if (!amount) return std::nullopt;
    line.sums.push_back(amount->micros);
  }
  if (format == ExportFormat::ndjson) {
    line.text = json + '\n';
    return line;
  }
  const char* separator = "";
  for (const std::string_view path : columns_of(what)) {
    line.text += separator;
    if (const auto value = record.find(path)) append_cell(line.text, *value);
    separator = ",";
  }
  line.text += "\r\n";
  return line;
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
  if (what == ExportWhat::charges) {
    if (auto flat = flat_line(what, format, json)) return *std::move(flat);
  }
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
