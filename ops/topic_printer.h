// Prints records of a topic: the JSON forms of interfaces 2 and 3, or tables.
#pragma once

#include <array>
#include <memory_resource>
#include <optional>
#include <string>

#include "engine/ports.h"
#include "ops/output.h"
#include "ops/table.h"
#include "ops/topic_reader.h"

namespace subledger::ops {

class TopicPrinter {
 public:
  /// `raw`: as stored, always JSON.
  TopicPrinter(Topic topic, OutputFormat format, bool raw, Output& output);

  Attempt<void> print(const TopicRecord& record);
  /// Shows what has been printed so far.
  Attempt<void> flush();

 private:
  std::string json_of(const TopicRecord& record);
  std::vector<std::string> cells_of(const TopicRecord& record);
  std::pmr::memory_resource& clean_scratch();

  Topic topic_;
  bool raw_;
  Output& output_;
  std::optional<Table> table_;
  std::array<std::byte, 16 * 1'024> scratch_bytes_;
  std::pmr::monotonic_buffer_resource scratch_{scratch_bytes_.data(), scratch_bytes_.size()};
};

}  // namespace subledger::ops
