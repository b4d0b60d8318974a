// The walk over a document and its typed leaves.
#include "projections/catalog_fields.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace subledger {
namespace {

constexpr Money price_max{1'000'000'000'000};
constexpr std::size_t name_size_max = 32;

bool name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

void FieldWalk::fail(std::string message) {
  if (!error_) error_ = CatalogError{pointer_, std::move(message)};
}

void FieldWalk::fail_below(std::string_view name, std::string message) {
  at(name, [&] { fail(std::move(message)); });
}

void FieldWalk::at(std::string_view name, const std::function<void()>& read) {
  if (error_) return;
  const std::size_t before = pointer_.size();
  append_pointer(pointer_, name);
  read();
  pointer_.resize(before);
}

void FieldWalk::object(const JsonValue& value, std::initializer_list<Field> fields) {
  if (value.object() == nullptr) return fail("must be an object, is " + std::string(value.kind()));
  for (const JsonMember& member : *value.object()) {
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&member](const Field& known) { return known.name == member.name; });
    if (field == fields.end()) {
      fail_below(member.name, "unknown field");
    } else {
      at(member.name, [&] { field->read(member.value); });
    }
    if (error_) return;
  }
  for (const Field& field : fields) {
    if (field.required && value.member(field.name) == nullptr) fail_below(field.name, "missing");
  }
}

void FieldWalk::members(const JsonValue& value, std::size_t max,
                        const std::function<void(std::string_view, const JsonValue&)>& read) {
  if (value.object() == nullptr) return fail("must be an object, is " + std::string(value.kind()));
  if (value.object()->size() > max) return fail("more than " + std::to_string(max) + " members");
  for (const JsonMember& member : *value.object()) {
    at(member.name, [&] { read(member.name, member.value); });
    if (error_) return;
  }
}

void FieldWalk::items(const JsonValue& value, std::size_t min, std::size_t max,
                      const std::function<void(const JsonValue&)>& read) {
  if (value.array() == nullptr) return fail("must be an array, is " + std::string(value.kind()));
  const std::size_t count = value.array()->size();
  if (count < min || count > max) {
    return fail("must have " + std::to_string(min) + " to " + std::to_string(max) + " items, has " +
                std::to_string(count));
  }
  for (std::size_t i = 0; i < count; ++i) {
    at(std::to_string(i), [&] { read((*value.array())[i]); });
    if (error_) return;
  }
}

std::string_view FieldWalk::text(const JsonValue& value) {
  if (value.string() != nullptr) return *value.string();
  fail("must be a string, is " + std::string(value.kind()));
  return {};
}

bool FieldWalk::is_name(std::string_view candidate) {
  if (!candidate.empty() && candidate.size() <= name_size_max &&
      std::all_of(candidate.begin(), candidate.end(), name_character)) {
    return true;
  }
  fail("a name is 1 to 32 of a-z 0-9 - _");
  return false;
}

std::string_view FieldWalk::name(const JsonValue& value) {
  const std::string_view candidate = text(value);
  return !failed() && is_name(candidate) ? candidate : std::string_view();
}

uint64_t FieldWalk::integer(const JsonValue& value, uint64_t min, uint64_t max) {
  const JsonInteger* number = value.integer();
  if (number == nullptr) {
    fail("must be an integer without fraction or exponent, is " + std::string(value.kind()));
    return min;
  }
  if ((number->negative && number->magnitude != 0) || number->magnitude < min || number->magnitude > max) {
    fail("must be " + std::to_string(min) + " to " + std::to_string(max));
    return min;
  }
  return number->magnitude;
}

Money FieldWalk::price(const JsonValue& value) {
  const std::optional<Money> money = parse_money(text(value));
  if (!money || *money < Money{} || *money > price_max) {
    fail("must be a decimal string from 0 to 1000000 with at most 6 decimals");
    return {};
  }
  return *money;
}

Timestamp FieldWalk::time(const JsonValue& value) {
  const std::optional<Timestamp> time = parse_time(text(value));
  if (!time) fail("must be an RFC 3339 time");
  return time.value_or(Timestamp{});
}

}  // namespace subledger
