// Typed access to the members of a JSON object, with faults that name the member and not its value.
#include "events/json_reader.h"

#include "events/base64.h"
#include "events/text.h"

namespace subledger {

Decoded<JsonValue> parse_object(std::string_view line) {
  tl::expected<JsonValue, JsonError> document = parse_json(line);
  if (!document) {
    return tl::unexpected<Refusal>(Refusal{Reason::malformed, std::move(document.error().message)});
  }
  if (document->object() == nullptr) {
    std::string detail = "an object is expected, not ";
    detail += document->kind();
    return tl::unexpected<Refusal>(Refusal{Reason::malformed, std::move(detail)});
  }
  return *std::move(document);
}

ObjectReader::ObjectReader(const JsonObject& members, std::string path)
    : members_(members), path_(std::move(path)), read_(members.size()) {}

const JsonValue* ObjectReader::optional(std::string_view name) {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const std::size_t index = (next_ + i) % members_.size();
    if (members_[index].name != name) continue;
    read_[index] = true;
    next_ = index + 1;
    return &members_[index].value;
  }
  return nullptr;
}

const JsonValue* ObjectReader::required(std::string_view name) {
  const JsonValue* value = optional(name);
  if (value == nullptr) fault(name, "missing");
  return value;
}

std::optional<std::string_view> ObjectReader::optional_text(std::string_view name) {
  const JsonValue* value = optional(name);
  if (value == nullptr) return std::nullopt;
  if (value->string() == nullptr) {
    wrong_kind(name, "a string", *value);
    return std::nullopt;
  }
  return *value->string();
}

std::string_view ObjectReader::text(std::string_view name) {
  if (required(name) == nullptr) return {};
  return optional_text(name).value_or(std::string_view());
}

std::optional<bool> ObjectReader::optional_boolean(std::string_view name) {
  const JsonValue* value = optional(name);
  if (value == nullptr) return std::nullopt;
  if (value->boolean() == nullptr) {
    wrong_kind(name, "a boolean", *value);
    return std::nullopt;
  }
  return *value->boolean();
}

bool ObjectReader::boolean(std::string_view name) {
  return required(name) != nullptr && optional_boolean(name).value_or(false);
}

std::optional<Money> ObjectReader::optional_money(std::string_view name) {
  const std::optional<std::string_view> text = optional_text(name);
  if (!text) return std::nullopt;
  const std::optional<Money> money = parse_money(*text);
  if (!money) fault(name, "not an amount with at most 6 decimals and within 64 bits");
  return money;
}

Money ObjectReader::money(std::string_view name) {
  return required(name) == nullptr ? Money{} : optional_money(name).value_or(Money{});
}

std::optional<Timestamp> ObjectReader::optional_time(std::string_view name) {
  const std::optional<std::string_view> text = optional_text(name);
  if (!text) return std::nullopt;
  const std::optional<Timestamp> time = parse_time(*text);
  if (!time) fault(name, "not an RFC 3339 time with Z or an offset and at most 6 fraction digits");
  return time;
}

Timestamp ObjectReader::time(std::string_view name) {
  return required(name) == nullptr ? Timestamp{} : optional_time(name).value_or(Timestamp{});
}

std::optional<Uuid> ObjectReader::optional_uuid(std::string_view name) {
  const std::optional<std::string_view> text = optional_text(name);
  if (!text) return std::nullopt;
  const std::optional<Uuid> uuid = parse_uuid(*text);
  if (!uuid) fault(name, "not a UUID");
  return uuid;
}

Uuid ObjectReader::uuid(std::string_view name) {
  return required(name) == nullptr ? Uuid{} : optional_uuid(name).value_or(Uuid{});
}

std::optional<std::string> ObjectReader::optional_base64(std::string_view name) {
  const std::optional<std::string_view> text = optional_text(name);
  if (!text) return std::nullopt;
  std::optional<std::string> bytes = parse_base64(*text);
  if (!bytes) fault(name, "not base64");
  return bytes;
}

Source ObjectReader::source(std::string_view name) {
  const JsonValue* value = required(name);
  if (value == nullptr) return {};
  if (value->object() == nullptr) {
    wrong_kind(name, "an object", *value);
    return {};
  }
  ObjectReader inner(*value->object(), path_ + std::string(name) + '.');
  const Source source{.partition = inner.integer<int32_t>("partition"),
                      .offset = inner.integer<int64_t>("offset")};
  take(inner.finish(name));
  return source;
}

uint64_t ObjectReader::integer_of(std::string_view name, const JsonValue& value, Range range) {
  const JsonInteger* integer = value.integer();
  if (integer == nullptr && !std::holds_alternative<JsonDecimal>(value.data)) {
    wrong_kind(name, "an integer", value);
    return 0;
  }
  const uint64_t max = integer != nullptr && integer->negative ? range.negative_max : range.magnitude_max;
  if (integer == nullptr || integer->magnitude > max) {
    std::string expected = "not an integer from ";
    if (range.negative_max != 0) expected += '-';
    expected += std::to_string(range.negative_max) + " to " + std::to_string(range.magnitude_max);
    fault(name, expected);
    return 0;
  }
  return integer->negative ? ~integer->magnitude + 1 : integer->magnitude;
}

void ObjectReader::fault(std::string_view name, std::string_view what) {
  if (fault_) return;
  std::string detail = path_;
  append_printable(detail, name);
  detail += ": ";
  detail += what;
  fault_ = Refusal{Reason::malformed, std::move(detail)};
}

void ObjectReader::take(std::optional<Refusal> refusal) {
  if (!fault_) fault_ = std::move(refusal);
}

void ObjectReader::wrong_kind(std::string_view name, std::string_view expected, const JsonValue& value) {
  std::string what(expected);
  what += " is expected, not ";
  what += value.kind();
  fault(name, what);
}

std::optional<Refusal> ObjectReader::finish(std::string_view owner) {
  for (std::size_t i = 0; i < members_.size() && !fault_; ++i) {
    if (!read_[i]) fault(members_[i].name, "not a member of " + std::string(owner));
  }
  return fault_;
}

}  // namespace subledger
