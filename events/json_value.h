// A JSON document as an ordered value: members keep their order, integers their exact value. Not the form of
// any record (that is json.h), and not a general JSON library: what it refuses, no input of the project may
// have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

namespace subledger {

struct JsonMember;

struct JsonNull {
  friend constexpr bool operator==(JsonNull, JsonNull) = default;
};

/// A number without fraction and exponent, of at most 64 bits and a sign.
struct JsonInteger {
  bool negative = false;  ///< false for "-0"
  uint64_t magnitude = 0;

  friend constexpr bool operator==(JsonInteger, JsonInteger) = default;
};

/// Any other number, as it was written.
struct JsonDecimal {
  std::string text;

  friend bool operator==(const JsonDecimal&, const JsonDecimal&) = default;
};

using JsonArray = std::vector<struct JsonValue>;
using JsonObject = std::vector<JsonMember>;  ///< names are unique

struct JsonValue {
  std::variant<JsonNull, bool, JsonInteger, JsonDecimal, std::string, JsonArray, JsonObject> data;

  /// Null where the value is of another kind.
  const JsonObject* object() const { return std::get_if<JsonObject>(&data); }
  const JsonArray* array() const { return std::get_if<JsonArray>(&data); }
  const std::string* string() const { return std::get_if<std::string>(&data); }
  const JsonInteger* integer() const { return std::get_if<JsonInteger>(&data); }
  const bool* boolean() const { return std::get_if<bool>(&data); }

  /// Null where this is no object or has no such member.
  const JsonValue* member(std::string_view name) const;

  /// "an object", "a string" and so on, for messages.
  std::string_view kind() const;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

/// Why a text is not a document. Of its content, only the names of members are shown, never a value.
struct JsonError {
  std::string message;  ///< with the position in bytes, counted from 1
  std::string pointer;  ///< JSON Pointer of a duplicate member; empty for other faults
};

inline constexpr std::size_t json_depth_max = 64;
/// No document of a mebibyte has more values.
inline constexpr std::size_t json_values_max = 512 * 1024;

/// Reads exactly one document. Refused: duplicate members, nesting beyond `json_depth_max`, more than
/// `json_values_max` values, invalid UTF-8, a byte order mark, NUL, NaN, numbers beyond 10^308.
tl::expected<JsonValue, JsonError> parse_json(std::string_view text);

/// Appends the document in one line, members in their order.
void append_json(std::string& out, const JsonValue& value);

/// Appends it in one line with the members sorted by their names' bytes: equal documents give equal text.
void append_canonical_json(std::string& out, const JsonValue& value);

/// Appends a string with its quotes; escapes what JSON demands and nothing else. Bytes that are not UTF-8,
/// which JSON cannot carry, become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// Appends a document's own text without the white space between its tokens, so that it is one line.
/// False, and nothing appended: not JSON. Duplicate members, which are JSON, are kept.
[[nodiscard]] bool append_json_verbatim(std::string& out, std::string_view document);

/// Appends "/name" to a JSON Pointer, escaped as RFC 6901 has it.
void append_pointer(std::string& pointer, std::string_view name);
void append_pointer(std::string& pointer, std::size_t index);

}  // namespace subledger
