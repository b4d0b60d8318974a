#include "engine/fact.h"

#include "engine/wide_money.h"
#include "events/check.h"
#include "events/json_value.h"

namespace subledger {

FactMaker& FactMaker::text(std::string_view name, std::string_view value) {
  return add({std::string(name), Fact::Kind::text, std::string(value), {}, {}});
}

FactMaker& FactMaker::text_unless_empty(std::string_view name, std::string_view value) {
  return value.empty() ? *this : text(name, value);
}

FactMaker& FactMaker::number(std::string_view name, Int128 value) {
  const std::string digits = format_wide_integer(value);
  return json(name, digits, digits);
}

FactMaker& FactMaker::flag(std::string_view name, bool value) {
  return json(name, value ? "true" : "false", value ? "yes" : "no");
}

FactMaker& FactMaker::json(std::string_view name, std::string json, std::string text) {
  return add({std::string(name), Fact::Kind::json, std::move(text), std::move(json), {}});
}

FactMaker& FactMaker::add(Fact member) {
  fact_.members.push_back(std::move(member));
  return *this;
}

FactMaker& FactMaker::list(std::string_view name, std::vector<Fact> items) {
  return add({std::string(name), Fact::Kind::list, {}, {}, std::move(items)});
}

Fact fact_of_record(std::string_view name, std::string_view json) {
  const auto document = parse_json(json);
  CHECK(document && document->object() != nullptr);
  FactMaker fact(name);
  for (const JsonMember& member : *document->object()) {
    std::string text;
    append_json(text, member.value);
    const JsonValue* partition = member.value.member("partition");
    const JsonValue* offset = member.value.member("offset");
    if (const std::string* plain = member.value.string()) {
      fact.text(member.name, *plain);
    } else if (partition != nullptr && offset != nullptr) {
      std::string place;
      append_json(place, *partition);
      append_json(place += ':', *offset);
      fact.json(member.name, text, place);
    } else {
      fact.json(member.name, text, text);
    }
  }
  return fact.take();
}

void append_fact_json(std::string& out, const Fact& fact) {
  if (fact.kind == Fact::Kind::text) return append_json_string(out, fact.text);
  if (fact.kind == Fact::Kind::json) {
    out += fact.json;
    return;
  }
  const bool object = fact.kind == Fact::Kind::object;
  out += object ? '{' : '[';
  const char* separator = "";
  for (const Fact& member : fact.members) {
    out += separator;
    if (object) out += '"' + member.name + "\":";
    append_fact_json(out, member);
    separator = ",";
  }
  out += object ? '}' : ']';
}

}  // namespace subledger
