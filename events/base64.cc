// Three bytes to four characters, and back.
#include "events/base64.h"

#include <array>
#include <cstdint>

namespace subledger {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint32_t no_value = 64;

constexpr std::array<uint8_t, 256> values = [] {
  std::array<uint8_t, 256> made{};
  made.fill(no_value);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    made[static_cast<uint8_t>(alphabet[i])] = static_cast<uint8_t>(i);
  }
  return made;
}();

uint32_t value_of(char c) { return values[static_cast<uint8_t>(c)]; }

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  while (!bytes.empty()) {
    const std::size_t taken = bytes.size() < 3 ? bytes.size() : 3;
    uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < taken ? static_cast<uint8_t>(bytes[i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) out += i <= taken ? alphabet[group >> (18 - 6 * i) & 63] : '=';
    bytes.remove_prefix(taken);
  }
}

std::optional<std::string> parse_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  while (!text.empty()) {
    std::size_t padding = 0;
    if (text.size() == 4) padding = text.ends_with("==") ? 2 : (text.ends_with('=') ? 1 : 0);
    uint32_t group = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const uint32_t value = i < 4 - padding ? value_of(text[i]) : 0;
      if (value == no_value) return std::nullopt;
      group = group << 6 | value;
    }
    const uint32_t unused = padding == 2 ? 0xFFFFU : (padding == 1 ? 0xFFU : 0U);
    if ((group & unused) != 0) return std::nullopt;
    for (std::size_t i = 0; i < 3 - padding; ++i) bytes += static_cast<char>(group >> (16 - 8 * i) & 0xFF);
    text.remove_prefix(4);
  }
  return bytes;
}

}  // namespace subledger
