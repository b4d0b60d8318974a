// UTF-8 by the table of RFC 3629, section 4.
#include "events/text.h"

#include <cstring>

namespace subledger {
namespace {

uint8_t byte_at(std::string_view text, std::size_t index) { return static_cast<uint8_t>(text[index]); }

bool continues(std::string_view text, std::size_t index) {
  return index < text.size() && (byte_at(text, index) & 0xC0) == 0x80;
}

/// The bounds of the second byte, which rule out overlong forms, surrogates and what lies above U+10FFFF.
bool second_fits(uint8_t first, uint8_t second) {
  switch (first) {
    case 0xE0:
      return second >= 0xA0;
    case 0xED:
      return second <= 0x9F;
    case 0xF0:
      return second >= 0x90;
    case 0xF4:
      return second <= 0x8F;
    default:
      return true;
  }
}

/// True where all eight bytes are printable ASCII (0x20 to 0x7E).
bool eight_printable(const char* bytes) {
  constexpr uint64_t ones = 0x0101010101010101;
  constexpr uint64_t highs = 0x8080808080808080;
  uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  const uint64_t below_space = (word - ones * 0x20) & ~word;
  const uint64_t is_delete = ((word ^ ones * 0x7F) - ones) & ~(word ^ ones * 0x7F);
  return ((word | below_space | is_delete) & highs) == 0;
}

/// The number of bytes at the front that are printable ASCII, which nearly all text is.
std::size_t printable_prefix(std::string_view text) {
  std::size_t at = 0;
  while (at + 8 <= text.size() && eight_printable(text.data() + at)) at += 8;
  while (at < text.size() && text[at] >= 0x20 && text[at] < 0x7F) ++at;
  return at;
}

/// `sequence` is one well-formed UTF-8 sequence.
bool is_control(std::string_view sequence) {
  const uint8_t first = byte_at(sequence, 0);
  return first < 0x20 || first == 0x7F || (first == 0xC2 && byte_at(sequence, 1) < 0xA0);
}

void append_hex(std::string& out, uint8_t byte) {
  constexpr char digits[] = "0123456789abcdef";
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

}  // namespace

std::size_t utf8_size(std::string_view text) {
  if (text.empty()) return 0;
  const uint8_t first = byte_at(text, 0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4 || !continues(text, 1) || !second_fits(first, byte_at(text, 1))) return 0;
  if (first < 0xE0) return 2;
  if (!continues(text, 2)) return 0;
  if (first < 0xF0) return 3;
  return continues(text, 3) ? 4 : 0;
}

TextFault text_fault(std::string_view text) {
  TextFault fault = TextFault::none;
  for (;;) {
    text.remove_prefix(printable_prefix(text));
    if (text.empty()) return fault;
    const std::size_t size = utf8_size(text);
    if (size == 0) return TextFault::invalid_utf8;
    if (is_control(text.substr(0, size))) fault = TextFault::control_character;
    text.remove_prefix(size);
  }
}

void append_printable(std::string& out, std::string_view text, std::size_t size_max) {
  std::size_t shown = 0;
  while (!text.empty()) {
    if (shown >= size_max) {
      out += "...";
      return;
    }
    const std::size_t size = utf8_size(text);
    const std::size_t taken = size == 0 ? 1 : size;
    if (size == 0) {
      out += "\\x";
      append_hex(out, byte_at(text, 0));
    } else if (is_control(text.substr(0, size))) {
      out += "\\u00";
      append_hex(out, byte_at(text, size - 1));
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(taken);
    shown += taken;
  }
}

}  // namespace subledger
