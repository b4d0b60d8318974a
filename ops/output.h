// Standard output for data, standard error for all else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ops/failure.h"

namespace subledger::ops {

enum class OutputFormat : uint8_t { json, table, html, csv };

/// Of the setting `output`: a table on a terminal, else NDJSON, unless one is named.
OutputFormat format_of(std::string_view setting);

/// Collects data and writes it to a file descriptor. When the reader of a pipe has gone, calls fail without a
/// message, so that `tail | head` ends quietly: with exit code 0, or 4 once differences have been found.
class Output {
 public:
  explicit Output(int descriptor) : descriptor_(descriptor) {}

  /// Bytes go out when enough have come together, or with `flush`.
  Attempt<void> write(std::string_view bytes);
  Attempt<void> flush();
  /// By now the command cannot end with 0, whoever reads the rest.
  void differences_found() { unread_ = ExitCode::differences; }

 private:
  int descriptor_;
  ExitCode unread_ = ExitCode::done;  ///< how the command ends when the reader has gone
  std::string pending_;
};

/// A line to standard error. Control characters other than newlines are shown as escapes.
void tell(std::string_view message);

/// What begins a line on standard error: on a terminal, the wiping of a progress line that may stand there.
std::string_view clear_line();

bool is_terminal(int descriptor);

/// 1234567 as "1,234,567", for people.
std::string grouped(uint64_t number);
/// "1 event", "2,000 events".
std::string counted(uint64_t number, std::string_view noun);

}  // namespace subledger::ops
