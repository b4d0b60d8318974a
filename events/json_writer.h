// Writes one JSON object member by member, in the order of the calls. Private to the JSON forms.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "events/base64.h"
#include "events/json_value.h"
#include "events/money.h"
#include "events/records.h"
#include "events/time.h"
#include "events/uuid.h"

namespace subledger {

class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) {}

  /// `name` needs no escapes. The value's text follows in the string that is returned.
  std::string& member(std::string_view name) {
    out_ += first_ ? "{\"" : ",\"";
    first_ = false;
    out_ += name;
    out_ += "\":";
    return out_;
  }

  void text(std::string_view name, std::string_view value) { append_json_string(member(name), value); }

  void text_unless_empty(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }

  void optional_text(std::string_view name, const std::optional<std::string_view>& value) {
    if (value) text(name, *value);
  }

  template <std::integral Value>
  requires(!std::same_as<Value, bool>) void integer(std::string_view name, Value value) {
    std::array<char, 24> digits;  // 20 and a sign are enough for 64 bits
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    member(name).append(digits.data(), written.ptr);
  }

  template <class Value>
  void optional_integer(std::string_view name, const std::optional<Value>& value) {
    if (value) integer(name, *value);
  }

  void boolean(std::string_view name, bool value) { member(name) += value ? "true" : "false"; }

  void optional_boolean(std::string_view name, const std::optional<bool>& value) {
    if (value) boolean(name, *value);
  }

  void money(std::string_view name, Money value) {
    append_money(open_quote(name), value);
    out_ += '"';
  }

  void time(std::string_view name, Timestamp value) {
    append_time(open_quote(name), value);
    out_ += '"';
  }

  void uuid(std::string_view name, const Uuid& value) {
    append_uuid(open_quote(name), value);
    out_ += '"';
  }

  void optional_uuid(std::string_view name, const std::optional<Uuid>& value) {
    if (value) uuid(name, *value);
  }

  void optional_base64(std::string_view name, const std::optional<std::string_view>& bytes) {
    if (!bytes) return;
    append_base64(open_quote(name), *bytes);
    out_ += '"';
  }

  void source(std::string_view name, Source value) {
    ObjectWriter inner(member(name));
    inner.integer("partition", value.partition);
    inner.integer("offset", value.offset);
    inner.close();
  }

  void headers(std::string_view name, std::span<const Header> headers) {
    member(name) += '[';
    const char* separator = "";
    for (const Header& header : headers) {
      out_ += separator;
      ObjectWriter inner(out_);
      inner.text("name", header.name);
      inner.optional_base64("value_base64", header.value);
      inner.close();
      separator = ",";
    }
    out_ += ']';
  }

  void close() { out_ += first_ ? "{}" : "}"; }

 private:
  std::string& open_quote(std::string_view name) {
    std::string& out = member(name);
    out += '"';
    return out;
  }

  std::string& out_;
  bool first_ = true;
};

}  // namespace subledger
