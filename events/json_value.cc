// Builds JsonValue from the parse events of nlohmann-json, which is used nowhere else.
#include "events/json_value.h"

#include <nlohmann/json.hpp>
#include <unordered_set>

#include "events/check.h"
#include "events/text.h"

namespace subledger {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Reads the text and counts, so that a fault that the parser does not see can still be placed.
class CountingIterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator() = default;
  CountingIterator(const char* at, std::size_t* count) : at_(at), count_(count) {}

  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++*count_;
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) { return a.at_ == b.at_; }

 private:
  const char* at_ = nullptr;
  std::size_t* count_ = nullptr;
};

/// The lexer takes the decimal point of the process's locale into its buffer; a document has only '.'.
std::string with_point(const std::string& text) {
  std::string out = text;
  for (char& c : out) {
    const bool of_json = (c >= '0' && c <= '9') || c == '-' || c == '+' || c == 'e' || c == 'E';
    if (!of_json) c = '.';
  }
  return out;
}

/// One object or array that is still open.
struct Open {
  JsonValue value;
  std::string name;                       ///< of the member whose value comes next
  std::unordered_set<std::string> names;  ///< filled once the object is large
};

/// Up to this many members, looking at each is faster than a set.
constexpr std::size_t small_object_max = 16;

/// Notes the next member's name. False: the object has one of that name.
bool note_name(Open& open, const std::string& name) {
  const auto& members = std::get<JsonObject>(open.value.data);
  if (members.size() < small_object_max) return open.value.member(name) == nullptr;
  if (open.names.empty()) {
    for (const JsonMember& member : members) open.names.insert(member.name);
  }
  return open.names.insert(name).second;
}

class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(const std::size_t& position) : position_(position) {}

  bool null() override { return put({JsonNull{}}); }
  bool boolean(bool value) override { return put({value}); }
  bool number_integer(number_integer_t value) override {
    const auto bits = static_cast<uint64_t>(value);
    return put({JsonInteger{.negative = value < 0, .magnitude = value < 0 ? ~bits + 1 : bits}});
  }
  bool number_unsigned(number_unsigned_t value) override { return put({JsonInteger{.magnitude = value}}); }
  bool number_float(number_float_t, const string_t& text) override {
    return put({JsonDecimal{with_point(text)}});
  }
  bool string(string_t& text) override { return put({std::move(text)}); }
  bool binary(binary_t&) override { return fail("binary", ""); }

  bool start_object(std::size_t) override {
    JsonObject members;
    members.reserve(12);  // an event's size; the few large objects grow
    return open({std::move(members)});
  }
  bool start_array(std::size_t) override { return open({JsonArray{}}); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    Open& top = open_.back();
    if (!note_name(top, name)) {
      std::string pointer;
      for (std::size_t i = 0; i + 1 < open_.size(); ++i) append_place(pointer, open_[i]);
      append_pointer(pointer, name);
      std::string message = "duplicate member ";
      append_printable(message, pointer, 256);
      return fail(message, std::move(pointer));
    }
    top.name = std::move(name);
    return true;
  }

  // The library's message quotes what it read, which may be a secret.
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    constexpr int number_overflow = 406;
    fail_at(error.id == number_overflow ? "number out of range" : "not JSON", "",
            error.id == number_overflow ? position_ : position);
    return false;
  }

  tl::expected<JsonValue, JsonError> result(bool complete) && {
    if (error_) return tl::unexpected<JsonError>(*std::move(error_));
    CHECK(complete && root_);
    return *std::move(root_);
  }

 private:
  bool put(JsonValue value) {
    if (++values_ > json_values_max) return fail("too many values", "");
    if (open_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Open& top = open_.back();
    if (auto* array = std::get_if<JsonArray>(&top.value.data)) {
      array->push_back(std::move(value));
    } else {
      std::get<JsonObject>(top.value.data).push_back({std::move(top.name), std::move(value)});
    }
    return true;
  }

  bool open(JsonValue value) {
    if (open_.size() == json_depth_max) return fail("nested too deeply", "");
    open_.push_back({std::move(value), {}, {}});
    return true;
  }

  bool close() {
    JsonValue value = std::move(open_.back().value);
    open_.pop_back();
    return put(std::move(value));
  }

  bool fail(std::string_view what, std::string pointer) {
    return fail_at(what, std::move(pointer), position_);
  }

  bool fail_at(std::string_view what, std::string pointer, std::size_t position) {
    std::string message(what);
    message += " at byte " + std::to_string(position);
    error_ = JsonError{.message = std::move(message), .pointer = std::move(pointer)};
    return false;
  }

  static void append_place(std::string& pointer, const Open& open) {
    if (const JsonArray* array = open.value.array()) {
      append_pointer(pointer, array->size());
    } else {
      append_pointer(pointer, open.name);
    }
  }

  const std::size_t& position_;
  std::size_t values_ = 0;
  std::vector<Open> open_;
  std::optional<JsonValue> root_;
  std::optional<JsonError> error_;
};

tl::unexpected<JsonError> refuse(std::string message) {
  return tl::unexpected<JsonError>(JsonError{.message = std::move(message), .pointer = {}});
}

}  // namespace

tl::expected<JsonValue, JsonError> parse_json(std::string_view text) {
  // Both are skipped or taken for the end by the library.
  if (text.starts_with(byte_order_mark)) return refuse("byte order mark at byte 1");
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return refuse("NUL at byte " + std::to_string(nul + 1));
  }
  std::size_t position = 0;
  Builder builder(position);
  const CountingIterator first(text.data(), &position);
  const CountingIterator last(text.data() + text.size(), &position);
  const bool complete = nlohmann::json::sax_parse(first, last, &builder);
  return std::move(builder).result(complete);
}

bool append_json_verbatim(std::string& out, std::string_view document) {
  if (document.starts_with(byte_order_mark) || document.find('\0') != std::string_view::npos) return false;
  if (!nlohmann::json::accept(document.begin(), document.end())) return false;
  bool in_string = false;
  for (std::size_t i = 0; i < document.size(); ++i) {
    const char c = document[i];
    if (in_string && c == '\\') {
      out += c;
      ++i;  // the escaped character, which may be a quote
      out += document[i];
      continue;
    }
    if (c == '"') in_string = !in_string;
    if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
    out += c;
  }
  return true;
}

}  // namespace subledger
