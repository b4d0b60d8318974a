// Tables for people: aligned columns, a title line, widths from the first rows. Terminals obey nothing in
// them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace subledger::ops {

enum class Align : uint8_t { left, right };

struct Column {
  std::string title;
  Align align = Align::left;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);

  /// As many cells as columns.
  void add(std::vector<std::string> cells);
  std::size_t waiting() const { return rows_.size(); }
  /// The text of the rows since the last call, before the first with titles. The first call fixes the widths;
  /// a longer cell that comes later moves the rest of its line.
  std::string take();

 private:
  void append_line(std::string& out, const std::vector<std::string>& cells) const;

  std::vector<Column> columns_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> rows_;
  bool titled_ = false;
};

/// Lines of "name  value", the values in one column.
std::string pairs_text(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace subledger::ops
