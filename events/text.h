// Judges and shows strings that came from outside: UTF-8, control characters, safe printing. Not a check of
// meaning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace subledger {

enum class TextFault : uint8_t { none, invalid_utf8, control_character };

/// Rule: domain 8, step 2. Control characters are U+0000 to U+001F and U+007F to U+009F.
TextFault text_fault(std::string_view text);

/// The size of the well-formed UTF-8 sequence that `text` begins with, 1 to 4; 0: it begins with none (RFC
/// 3629).
std::size_t utf8_size(std::string_view text);

/// Appends `text` for a message to a person: control characters and bytes that are not UTF-8 as escapes, so
/// that no terminal obeys them, and cut after about `size_max` bytes.
void append_printable(std::string& out, std::string_view text, std::size_t size_max = 64);

}  // namespace subledger
