#include "ops/table.h"

#include <algorithm>

#include "events/check.h"
#include "events/text.h"

namespace subledger::ops {
namespace {

constexpr std::size_t cell_size_max = 1'024;

/// Characters, not bytes: all but the continuation bytes of UTF-8.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (const Column& column : columns_) widths_.push_back(width_of(column.title));
}

void Table::add(std::vector<std::string> cells) {
  CHECK(cells.size() == columns_.size());
  for (std::string& cell : cells) {
    std::string printable;
    append_printable(printable, cell, cell_size_max);
    cell = std::move(printable);
  }
  rows_.push_back(std::move(cells));
}

std::string Table::take() {
  std::string out;
  if (!titled_) {
    std::vector<std::string> titles;
    for (const Column& column : columns_) titles.push_back(column.title);
    for (const auto& row : rows_) {
      for (std::size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], width_of(row[i]));
    }
    append_line(out, titles);
    titled_ = true;
  }
  for (const auto& row : rows_) append_line(out, row);
  rows_.clear();
  return out;
}

void Table::append_line(std::string& out, const std::vector<std::string>& cells) const {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t width = width_of(cells[i]);
    const std::string space(widths_[i] - std::min(widths_[i], width), ' ');
    if (i > 0) out += "  ";
    out += columns_[i].align == Align::right ? space + cells[i] : cells[i] + space;
  }
  out.erase(out.find_last_not_of(' ') + 1);
  out += '\n';
}

std::string pairs_text(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::size_t width = 0;
  for (const auto& [name, value] : pairs) width = std::max(width, width_of(name));
  std::string out;
  for (const auto& [name, value] : pairs) {
    out += name + std::string(width - width_of(name) + 2, ' ');
    append_printable(out, value, cell_size_max);
    out += '\n';
  }
  return out;
}

}  // namespace subledger::ops
