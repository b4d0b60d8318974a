// Lines of text from a stream of bytes, in bounded memory. What a line says is not judged here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace subledger {

/// Longer lines than this, without their newline, are handed on in pieces.
inline constexpr std::size_t line_size_max = 4 * 1024 * 1024;

struct Line {
  uint64_t number = 0;    ///< from 1; empty lines count
  std::string_view text;  ///< without line ending and byte order mark; empty when `overlong`
  std::string_view raw;   ///< as it stands in the input, without the newline; empty when `overlong`
  bool overlong = false;  ///< its bytes have gone to the sink
};

/// A part of an over-long line, in order; `last` is the line's end. Carries no newline.
struct LinePiece {
  uint64_t number = 0;
  std::string_view bytes;
  bool last = false;
};

class LineReader {
 public:
  /// Fills the front of the span and gives the number of bytes; 0 is the end of the input, or of reading
  /// after an error, which the source keeps for its owner.
  using Source = std::function<std::size_t(std::span<char>)>;
  using Sink = std::function<void(const LinePiece&)>;

  /// `overlong` may be empty: then over-long lines are only counted.
  LineReader(Source source, Sink overlong);

  /// The next line that is not empty; nullopt: the end. Views live until the next call. Takes LF and CRLF, a
  /// byte order mark at the start, and a last line without an ending.
  std::optional<Line> next();

 private:
  /// A line's bytes in the buffer: complete, or as much of it as there is room for.
  struct Found {
    std::string_view bytes;
    bool complete = false;
  };

  std::string_view pending() const { return std::string_view(buffer_).substr(begin_, end_ - begin_); }
  void hand_on(const LinePiece& piece) const {
    if (overlong_) overlong_(piece);
  }
  std::optional<Found> find_line();
  bool read_more();
  void stream_rest();

  Source source_;
  Sink overlong_;
  std::string buffer_;     ///< never larger than about two lines of the greatest size
  std::size_t begin_ = 0;  ///< of the bytes that no line has taken
  std::size_t end_ = 0;    ///< of the bytes read
  bool ended_ = false;     ///< the source has no more
  uint64_t number_ = 0;    ///< of the line found last
};

}  // namespace subledger
