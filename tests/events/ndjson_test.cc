// Lines from a stream, in pieces of any size.
#include "events/ndjson.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>
#include <string>
#include <vector>

namespace subledger {
namespace {

/// Gives the text in reads of at most `step` bytes.
LineReader::Source source_of(std::string text, std::size_t step) {
  return [text = std::move(text), step, at = std::size_t{0}](std::span<char> room) mutable {
    const std::size_t count = std::min({room.size(), step, text.size() - at});
    text.copy(room.data(), count, at);
    at += count;
    return count;
  };
}

/// All lines as "number:text", over-long ones as "number!size", each followed by a space.
std::string lines_of(const std::string& text, std::size_t step = 1'000'000) {
  std::size_t overlong = 0;
  LineReader reader(source_of(text, step),
                    [&overlong](const LinePiece& piece) { overlong += piece.bytes.size(); });
  std::string out;
  while (const std::optional<Line> line = reader.next()) {
    out += std::to_string(line->number) +
           (line->overlong ? "!" + std::to_string(overlong) : ":" + std::string(line->text));
    out += ' ';
    overlong = 0;
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ndjson)

BOOST_AUTO_TEST_CASE(lines_and_their_numbers) {
  BOOST_CHECK_EQUAL(lines_of("a\nb\nc\n"), "1:a 2:b 3:c ");
  BOOST_CHECK_EQUAL(lines_of(""), "");
}

BOOST_AUTO_TEST_CASE(last_line_without_an_ending) {
  BOOST_CHECK_EQUAL(lines_of("a\nb"), "1:a 2:b ");
  BOOST_CHECK_EQUAL(lines_of("a"), "1:a ");
}

BOOST_AUTO_TEST_CASE(empty_lines_count) {
  BOOST_CHECK_EQUAL(lines_of("\n\na\n\n\nb\n\n"), "3:a 6:b ");
  BOOST_CHECK_EQUAL(lines_of("\n\r\n\n"), "");
}

BOOST_AUTO_TEST_CASE(carriage_returns) {
  BOOST_CHECK_EQUAL(lines_of("a\r\nb\r\n\r\nc\r"), "1:a 2:b 4:c ");
  BOOST_CHECK_EQUAL(lines_of("a\rb\n"), "1:a\rb ");
}

BOOST_AUTO_TEST_CASE(byte_order_mark_at_the_start_only) {
  BOOST_CHECK_EQUAL(lines_of("\xEF\xBB\xBF"
                             "a\nb\n"),
                    "1:a 2:b ");
  BOOST_CHECK_EQUAL(lines_of("\xEF\xBB\xBF\r\nb\n"), "2:b ");
  BOOST_CHECK_EQUAL(lines_of("a\n\xEF\xBB\xBF"
                             "b\n"),
                    "1:a 2:\xEF\xBB\xBF"
                    "b ");
  BOOST_CHECK_EQUAL(lines_of("\xEF\xBB"
                             "a\n"),
                    "1:\xEF\xBB"
                    "a ");
}

BOOST_AUTO_TEST_CASE(white_space_is_a_line) { BOOST_CHECK_EQUAL(lines_of(" \n\t\n"), "1:  2:\t "); }

BOOST_AUTO_TEST_CASE(raw_line_keeps_what_was_there) {
  LineReader reader(source_of("\xEF\xBB\xBF"
                              "a\r\n",
                              100),
                    {});
  const std::optional<Line> line = reader.next();
  BOOST_REQUIRE(line.has_value());
  BOOST_CHECK_EQUAL(line->raw,
                    "\xEF\xBB\xBF"
                    "a\r");
}

BOOST_AUTO_TEST_CASE(any_size_of_reads_gives_the_same_lines) {
  const unsigned seed = std::random_device{}();
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::string text = round % 2 == 0 ? "\xEF\xBB\xBF" : "";
    for (std::size_t i = random() % 200; i > 0; --i) text += "ab\r\n"[random() % 4];
    for (const std::size_t step : {1U, 2U, 3U, 7U}) {
      BOOST_CHECK_MESSAGE(lines_of(text, step) == lines_of(text),
                          "seed " << seed << ", step " << step << ": " << text);
    }
  }
}

BOOST_AUTO_TEST_CASE(lines_longer_than_a_read) {
  const std::string line(200'000, 'x');
  BOOST_CHECK(lines_of(line + "\n" + line + "\nend") == "1:" + line + " 2:" + line + " 3:end ");
}

BOOST_AUTO_TEST_CASE(longest_line) {
  const std::string line(line_size_max, 'x');
  BOOST_CHECK(lines_of(line + "\nb\n") == "1:" + line + " 2:b ");
  BOOST_CHECK(lines_of(line) == "1:" + line + " ");
  BOOST_CHECK_EQUAL(lines_of(line + "y\nb\n"), "1!4194305 2:b ");
  BOOST_CHECK_EQUAL(lines_of(line + "y"), "1!4194305 ");
  BOOST_CHECK_EQUAL(lines_of("a\n" + line + line + line + "\n\nb", 10'007), "1:a 2!12582912 4:b ");
}

// An over-long line is handed on byte for byte, and ends exactly once.
BOOST_AUTO_TEST_CASE(pieces_of_an_overlong_line) {
  const std::string line = std::string(line_size_max, 'x') + "tail\r";
  for (const std::size_t step : {4'096U, 65'536U, 5'000'000U}) {
    std::string pieces;
    int ends = 0;
    LineReader reader(source_of(line + "\nnext", step), [&](const LinePiece& piece) {
      BOOST_CHECK_EQUAL(piece.number, 1U);
      BOOST_CHECK_EQUAL(ends, 0);
      pieces += piece.bytes;
      ends += piece.last ? 1 : 0;
    });
    BOOST_CHECK(reader.next()->overlong);
    BOOST_CHECK(pieces == line);
    BOOST_CHECK_EQUAL(ends, 1);
    BOOST_CHECK_EQUAL(reader.next()->text, "next");
    BOOST_CHECK(!reader.next());
  }
}

// No read asks for more room than a few lines of the greatest size have, however long a line is.
BOOST_AUTO_TEST_CASE(a_hundred_megabytes_in_one_line) {
  constexpr std::size_t size = 100 * 1024 * 1024;
  std::size_t given = 0;
  std::size_t room_max = 0;
  std::size_t piece_max = 0;
  std::size_t received = 0;
  LineReader reader(
      [&](std::span<char> room) {
        room_max = std::max(room_max, room.size());
        const std::size_t count = std::min(room.size(), size - given);
        std::fill_n(room.data(), count, 'x');
        given += count;
        return count;
      },
      [&](const LinePiece& piece) {
        piece_max = std::max(piece_max, piece.bytes.size());
        received += piece.bytes.size();
      });
  BOOST_CHECK(reader.next()->overlong);
  BOOST_CHECK(!reader.next());
  BOOST_CHECK_EQUAL(received, size);
  BOOST_CHECK_LE(room_max, 3 * line_size_max);
  BOOST_CHECK_LE(piece_max, 3 * line_size_max);
}

BOOST_AUTO_TEST_CASE(without_a_sink_overlong_lines_are_counted) {
  LineReader reader(source_of(std::string(line_size_max + 1, 'x') + "\nb", 1'000'000), {});
  BOOST_CHECK(reader.next()->overlong);
  BOOST_CHECK_EQUAL(reader.next()->number, 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace subledger
