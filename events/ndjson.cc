// One buffer, in which the bytes of a line stand together; it grows with the longest line, up to the limit.
#include "events/ndjson.h"

#include <algorithm>
#include <cstring>

#include "events/check.h"

namespace subledger {
namespace {

constexpr std::size_t read_size = 64 * 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

LineReader::LineReader(Source source, Sink overlong)
    : source_(std::move(source)), overlong_(std::move(overlong)) {}

std::optional<Line> LineReader::next() {
  while (const std::optional<Found> found = find_line()) {
    ++number_;
    if (!found->complete) {
      hand_on({.number = number_, .bytes = found->bytes, .last = false});
      stream_rest();
      return Line{.number = number_, .text = {}, .raw = {}, .overlong = true};
    }
    std::string_view text = found->bytes;
    if (number_ == 1 && text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (!text.empty()) return Line{.number = number_, .text = text, .raw = found->bytes, .overlong = false};
  }
  return std::nullopt;
}

/// Takes the next line from the buffer, reading as needed. nullopt: the end of the input.
std::optional<LineReader::Found> LineReader::find_line() {
  std::size_t searched = 0;  // bytes of the line that are known to hold no newline
  for (;;) {
    const std::string_view ready = pending();
    const std::size_t newline = ready.find('\n', searched);
    const std::size_t size = std::min(newline, ready.size());
    if (size > line_size_max) {
      begin_ += line_size_max;
      return Found{.bytes = ready.substr(0, line_size_max), .complete = false};
    }
    if (newline != std::string_view::npos) {
      begin_ += newline + 1;
      return Found{.bytes = ready.substr(0, newline), .complete = true};
    }
    searched = size;
    if (read_more()) continue;
    if (size == 0) return std::nullopt;
    const std::string_view last = pending();  // which may have moved
    begin_ = end_;
    return Found{.bytes = last, .complete = true};
  }
}

/// Reads behind the bytes that are still needed, which may move. False: the end of the input.
bool LineReader::read_more() {
  if (ended_) return false;
  const std::size_t kept = end_ - begin_;
  std::memmove(buffer_.data(), buffer_.data() + begin_, kept);
  begin_ = 0;
  end_ = kept;
  if (buffer_.size() < kept + read_size) buffer_.resize(std::max(kept + read_size, 2 * buffer_.size()));
  const std::size_t count = source_({buffer_.data() + end_, buffer_.size() - end_});
  CHECK(count <= buffer_.size() - end_);
  end_ += count;
  ended_ = count == 0;
  return !ended_;
}

/// Hands an over-long line's bytes on, up to its newline or the end, and forgets them.
void LineReader::stream_rest() {
  for (bool last = false; !last;) {
    const std::string_view ready = pending();
    const std::size_t newline = ready.find('\n');
    const std::size_t size = std::min(newline, ready.size());
    last = newline != std::string_view::npos;
    begin_ += size + (last ? 1 : 0);
    hand_on({.number = number_, .bytes = ready.substr(0, size), .last = last});
    if (last || read_more()) continue;
    last = true;
    hand_on({.number = number_, .bytes = {}, .last = true});
  }
}

}  // namespace subledger
