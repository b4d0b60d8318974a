// The form of strings, which the wire form, the JSON form and the emitted records share (domain 8, step 2).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "events/codec.h"

namespace subledger {

/// The refusal whose detail is "field: fault".
Refusal malformed(std::string_view field, std::string_view fault);

/// A string that must not be empty, longer than `size_max` bytes, other than UTF-8, or hold control
/// characters.
struct TextField {
  std::string_view name;
  std::string_view text;
  std::size_t size_max = string_size_max;
};

/// The strings of an event's body that are there, at most three. A catalog is not among them.
struct BodyTexts {
  std::array<TextField, 3> fields{};
  std::size_t count = 0;

  const TextField* begin() const { return fields.data(); }
  const TextField* end() const { return fields.data() + count; }
};
BodyTexts texts_of(const EventBody& body);

/// nullopt: well-formed. Else `malformed`, with the field's name in the detail, and never its content.
std::optional<Refusal> check_text(const TextField& field);

/// The part of `check_form` that holds for every event type, also for those that this build does not know.
std::optional<Refusal> check_subscriber_text(std::string_view subscriber);

}  // namespace subledger
