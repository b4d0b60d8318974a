// Base64 of RFC 4648, section 4: the standard alphabet, with padding, without line breaks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace subledger {

void append_base64(std::string& out, std::string_view bytes);

/// nullopt: another form. Each byte string has exactly one form, so unused bits must be 0 and padding
/// complete.
std::optional<std::string> parse_base64(std::string_view text);

}  // namespace subledger
