// Reads the members of one JSON object by name and type. The first fault stands; what is read after it is a
// default value that nobody may use. Private to the JSON forms.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/codec.h"
#include "events/json_value.h"
#include "events/money.h"
#include "events/records.h"
#include "events/time.h"
#include "events/uuid.h"

namespace subledger {

/// Parses `line`, which must be a document that is an object.
Decoded<JsonValue> parse_object(std::string_view line);

class ObjectReader {
 public:
  /// `path` stands before member names in messages, e.g. "source.". The object must outlive the reader.
  explicit ObjectReader(const JsonObject& members, std::string path = {});

  /// Null where the member is absent.
  const JsonValue* optional(std::string_view name);
  /// Null, and a fault, where it is absent.
  const JsonValue* required(std::string_view name);

  std::string_view text(std::string_view name);
  std::optional<std::string_view> optional_text(std::string_view name);
  bool boolean(std::string_view name);
  std::optional<bool> optional_boolean(std::string_view name);
  Money money(std::string_view name);
  std::optional<Money> optional_money(std::string_view name);
  Timestamp time(std::string_view name);
  std::optional<Timestamp> optional_time(std::string_view name);
  Uuid uuid(std::string_view name);
  std::optional<Uuid> optional_uuid(std::string_view name);
  std::optional<std::string> optional_base64(std::string_view name);
  Source source(std::string_view name);

  /// An integer within the range of `Value`.
  template <class Value>
  Value integer(std::string_view name) {
    const JsonValue* value = required(name);
    return value == nullptr ? Value{} : static_cast<Value>(integer_of(name, *value, range<Value>()));
  }

  template <class Value>
  std::optional<Value> optional_integer(std::string_view name) {
    const JsonValue* value = optional(name);
    if (value == nullptr) return std::nullopt;
    return static_cast<Value>(integer_of(name, *value, range<Value>()));
  }

  /// One of the names that `parse` knows.
  template <class Value>
  Value named(std::string_view name, std::optional<Value> (*parse)(std::string_view)) {
    return required(name) == nullptr ? Value{} : optional_named(name, parse).value_or(Value{});
  }

  template <class Value>
  std::optional<Value> optional_named(std::string_view name,
                                      std::optional<Value> (*parse)(std::string_view)) {
    const std::optional<std::string_view> text = optional_text(name);
    if (!text) return std::nullopt;
    const std::optional<Value> value = parse(*text);
    if (!value) fault(name, "not one of the values known");
    return value;
  }

  /// Records a fault unless there is one already.
  void fault(std::string_view name, std::string_view what);
  void take(std::optional<Refusal> refusal);

  bool failed() const { return fault_.has_value(); }

  /// The first fault, else the first member that nobody asked for: `owner` has no such member.
  std::optional<Refusal> finish(std::string_view owner);

 private:
  struct Range {
    uint64_t magnitude_max;  ///< of numbers that are not negative
    uint64_t negative_max;   ///< magnitude of negative ones; 0: none
  };

  template <class Value>
  static constexpr Range range() {
    constexpr auto max = static_cast<uint64_t>(std::numeric_limits<Value>::max());
    return {.magnitude_max = max, .negative_max = std::numeric_limits<Value>::is_signed ? max + 1 : 0};
  }

  /// Two's complement bits of the number.
  uint64_t integer_of(std::string_view name, const JsonValue& value, Range range);
  void wrong_kind(std::string_view name, std::string_view expected, const JsonValue& value);

  const JsonObject& members_;
  std::string path_;
  std::vector<bool> read_;
  std::size_t next_ = 0;  ///< where the search begins: members mostly come in the order they are asked for
  std::optional<Refusal> fault_;
};

}  // namespace subledger
