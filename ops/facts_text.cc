#include "ops/facts_text.h"

#include <algorithm>

#include "ops/table.h"

namespace subledger::ops {
namespace {

std::string words(const std::string& name) {
  std::string text = name;
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string indented(const std::string& lines, std::size_t depth) {
  std::string out;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size() - 1);
    out += std::string(depth * 2, ' ') + lines.substr(at, end + 1 - at);
    at = end + 1;
  }
  return out;
}

/// Objects as rows; a column for each name that any of them has.
std::string table_of(const std::vector<Fact>& items) {
  std::vector<Column> columns;
  for (const Fact& item : items) {
    for (const Fact& cell : item.members) {
      if (std::ranges::find(columns, words(cell.name), &Column::title) != columns.end()) continue;
      columns.push_back({words(cell.name), cell.kind == Fact::Kind::json ? Align::right : Align::left});
    }
  }
  Table table(columns);
  for (const Fact& item : items) {
    std::vector<std::string> row(columns.size());
    for (const Fact& cell : item.members) {
      const auto at = std::ranges::find(columns, words(cell.name), &Column::title);
      row[static_cast<std::size_t>(at - columns.begin())] = cell.text;
    }
    table.add(std::move(row));
  }
  return table.take();
}

void append_object(std::string& out, const Fact& fact, std::size_t depth) {
  std::vector<std::pair<std::string, std::string>> pairs;
  const auto end_pairs = [&] {
    if (depth == 0 && !pairs.empty() && !out.empty()) out += '\n';
    out += indented(pairs_text(pairs), depth);
    pairs.clear();
  };
  for (const Fact& member : fact.members) {
    if (member.kind == Fact::Kind::text || member.kind == Fact::Kind::json) {
      pairs.emplace_back(words(member.name), member.text);
      continue;
    }
    end_pairs();
    if (depth == 0) out += '\n';
    const bool empty = member.members.empty();
    out += std::string(depth * 2, ' ') + words(member.name) + (empty ? ": none\n" : "\n");
    if (member.kind == Fact::Kind::object) append_object(out, member, depth + 1);
    if (member.kind == Fact::Kind::list && !empty) out += indented(table_of(member.members), depth + 1);
  }
  end_pairs();
}

}  // namespace

std::string facts_text(const Fact& fact) {
  std::string out;
  append_object(out, fact, 0);
  return out;
}

}  // namespace subledger::ops
