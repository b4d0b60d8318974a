// A tree of named facts, which is the answer of an explanation: one form for programs, one for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/money.h"
#include "events/time.h"
#include "events/uuid.h"
#include "projections/int128.h"

namespace subledger {

struct Fact {
  enum class Kind : uint8_t { text, json, object, list };

  std::string name;  ///< without escapes; empty within a list
  Kind kind = Kind::object;
  std::string text;           ///< for people
  std::string json;           ///< of `json`: what a program gets instead
  std::vector<Fact> members;  ///< of an object: named; of a list: objects
};

/// Puts an object together, member by member.
class FactMaker {
 public:
  explicit FactMaker(std::string_view name = {}) { fact_.name = name; }

  FactMaker& text(std::string_view name, std::string_view value);
  FactMaker& text_unless_empty(std::string_view name, std::string_view value);
  FactMaker& number(std::string_view name, Int128 value);
  FactMaker& flag(std::string_view name, bool value);
  FactMaker& money(std::string_view name, Money value) { return text(name, format_money(value)); }
  FactMaker& time(std::string_view name, Timestamp value) { return text(name, format_time(value)); }
  FactMaker& uuid(std::string_view name, const Uuid& value) { return text(name, format_uuid(value)); }
  FactMaker& json(std::string_view name, std::string json, std::string text);
  FactMaker& add(Fact member);
  FactMaker& list(std::string_view name, std::vector<Fact> items);

  Fact take() { return std::move(fact_); }

 private:
  Fact fact_;
};

/// The members of a record's JSON form, a place in the log as "3:1042". Requires an object.
Fact fact_of_record(std::string_view name, std::string_view json);

/// Appends the object without a newline.
void append_fact_json(std::string& out, const Fact& fact);

}  // namespace subledger
