#include "ops/output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "events/text.h"

namespace subledger::ops {
namespace {

constexpr std::size_t pending_max = 64 * 1024;

}  // namespace

OutputFormat format_of(std::string_view setting) {
  if (setting == "json") return OutputFormat::json;
  if (setting == "table") return OutputFormat::table;
  if (setting == "html") return OutputFormat::html;
  if (setting == "csv") return OutputFormat::csv;
  return is_terminal(STDOUT_FILENO) ? OutputFormat::table : OutputFormat::json;
}

Attempt<void> Output::write(std::string_view bytes) {
  pending_ += bytes;
  return pending_.size() < pending_max ? Attempt<void>() : flush();
}

Attempt<void> Output::flush() {
  std::string_view left = pending_;
  while (!left.empty()) {
    const ssize_t count = ::write(descriptor_, left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      pending_.clear();
      if (error == EPIPE) return failure(unread_, "");
      return failure(ExitCode::failed,
                     std::string("standard output cannot be written: ") + std::strerror(error));
    }
    left.remove_prefix(static_cast<std::size_t>(count));
  }
  pending_.clear();
  return {};
}

void tell(std::string_view message) {
  std::string text(clear_line());
  while (!message.empty()) {
    const std::size_t size = std::min(message.find('\n'), message.size());
    append_printable(text, message.substr(0, size), size);
    text += '\n';
    message.remove_prefix(std::min(size + 1, message.size()));
  }
  std::fwrite(text.data(), 1, text.size(), stderr);
}

std::string_view clear_line() { return is_terminal(STDERR_FILENO) ? "\r\x1b[K" : ""; }

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string counted(uint64_t number, std::string_view noun) {
  return grouped(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

}  // namespace subledger::ops
