// Writes JSON text, and JSON Pointers.
#include <algorithm>

#include "events/json_value.h"
#include "events/text.h"

namespace subledger {
namespace {

enum class MemberOrder : uint8_t { kept, sorted };

/// Depth is bounded by whoever made the value: the parser takes no more than `json_depth_max`.
class Writer {
 public:
  Writer(std::string& out, MemberOrder order) : out_(out), order_(order) {}

  void write(const JsonValue& value) const { std::visit(*this, value.data); }

  void operator()(JsonNull) const { out_ += "null"; }
  void operator()(bool value) const { out_ += value ? "true" : "false"; }
  void operator()(JsonInteger value) const {
    if (value.negative) out_ += '-';
    out_ += std::to_string(value.magnitude);
  }
  void operator()(const JsonDecimal& value) const { out_ += value.text; }
  void operator()(const std::string& value) const { append_json_string(out_, value); }

  void operator()(const JsonArray& values) const {
    out_ += '[';
    const char* separator = "";
    for (const JsonValue& value : values) {
      out_ += separator;
      write(value);
      separator = ",";
    }
    out_ += ']';
  }

  void operator()(const JsonObject& members) const {
    std::vector<const JsonMember*> ordered;
    ordered.reserve(members.size());
    for (const JsonMember& member : members) ordered.push_back(&member);
    if (order_ == MemberOrder::sorted) {
      std::ranges::sort(ordered, {}, [](const JsonMember* member) { return std::string_view(member->name); });
    }
    out_ += '{';
    const char* separator = "";
    for (const JsonMember* member : ordered) {
      out_ += separator;
      append_json_string(out_, member->name);
      out_ += ':';
      write(member->value);
      separator = ",";
    }
    out_ += '}';
  }

 private:
  std::string& out_;
  MemberOrder order_;
};

/// The escape of a character below U+0020, of '"' and of '\'.
void append_escape(std::string& out, char c) {
  constexpr char digits[] = "0123456789abcdef";
  out += '\\';
  switch (c) {
    case '"':
    case '\\':
      out += c;
      return;
    case '\b':
      out += 'b';
      return;
    case '\f':
      out += 'f';
      return;
    case '\n':
      out += 'n';
      return;
    case '\r':
      out += 'r';
      return;
    case '\t':
      out += 't';
      return;
    default:
      break;
  }
  out += "u00";
  out += digits[static_cast<uint8_t>(c) >> 4];
  out += digits[static_cast<uint8_t>(c) & 15];
}

struct KindName {
  std::string_view operator()(JsonNull) const { return "null"; }
  std::string_view operator()(bool) const { return "a boolean"; }
  std::string_view operator()(JsonInteger) const { return "an integer"; }
  std::string_view operator()(const JsonDecimal&) const { return "a number that is no integer of 64 bits"; }
  std::string_view operator()(const std::string&) const { return "a string"; }
  std::string_view operator()(const JsonArray&) const { return "an array"; }
  std::string_view operator()(const JsonObject&) const { return "an object"; }
};

}  // namespace

const JsonValue* JsonValue::member(std::string_view name) const {
  const JsonObject* members = object();
  if (members == nullptr) return nullptr;
  for (const JsonMember& member : *members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

std::string_view JsonValue::kind() const { return std::visit(KindName{}, data); }

void append_json(std::string& out, const JsonValue& value) { Writer(out, MemberOrder::kept).write(value); }

void append_canonical_json(std::string& out, const JsonValue& value) {
  Writer(out, MemberOrder::sorted).write(value);
}

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && text[plain] >= ' ' && text[plain] < 0x7F && text[plain] != '"' &&
           text[plain] != '\\') {
      ++plain;
    }
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t size = utf8_size(text);
    if (size == 0) {
      out += replacement;
    } else if (size == 1 && text.front() != 0x7F) {
      append_escape(out, text.front());
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out += '"';
}

void append_pointer(std::string& pointer, std::string_view name) {
  pointer += '/';
  for (const char c : name) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

void append_pointer(std::string& pointer, std::size_t index) {
  pointer += '/';
  pointer += std::to_string(index);
}

}  // namespace subledger
