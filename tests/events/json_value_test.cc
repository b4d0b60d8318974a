// JSON documents: what is read, what is refused and how it is said, and the two ways of writing.
#include "events/json_value.h"

#include <boost/test/unit_test.hpp>
#include <clocale>
#include <string>

namespace subledger {
namespace {

std::string rewritten(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return document.error().message;
  std::string out;
  append_json(out, *document);
  return out;
}

std::string canonical(std::string_view text) {
  std::string out;
  append_canonical_json(out, parse_json(text).value());
  return out;
}

std::string pointer_of_fault(std::string_view text) {
  const auto document = parse_json(text);
  return document ? "none" : document.error().pointer;
}

std::string verbatim(std::string_view text) {
  std::string out = "=";
  return append_json_verbatim(out, text) ? out : "refused, and appended " + out.substr(1);
}

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

BOOST_AUTO_TEST_SUITE(json_value)

BOOST_AUTO_TEST_CASE(values_of_every_kind) {
  BOOST_CHECK_EQUAL(rewritten(" null "), "null");
  BOOST_CHECK_EQUAL(rewritten("[true,\tfalse,\r\n\"a\"]"), "[true,false,\"a\"]");
  BOOST_CHECK_EQUAL(rewritten("{ }"), "{}");
  BOOST_CHECK_EQUAL(rewritten("[ ]"), "[]");
}

BOOST_AUTO_TEST_CASE(members_keep_their_order) {
  BOOST_CHECK_EQUAL(rewritten(R"({"z":1,"a":{"y":2,"b":3},"m":[]})"), R"({"z":1,"a":{"y":2,"b":3},"m":[]})");
}

BOOST_AUTO_TEST_CASE(integers_are_exact) {
  for (const char* text : {"0", "-1", "9007199254740993", "9223372036854775808", "18446744073709551615",
                           "-9223372036854775808"}) {
    const JsonValue value = parse_json(text).value();
    BOOST_CHECK_MESSAGE(value.integer() != nullptr, text);
    BOOST_CHECK_EQUAL(rewritten(text), text);
  }
  BOOST_CHECK_EQUAL(rewritten("-0"), "0");
}

BOOST_AUTO_TEST_CASE(other_numbers_keep_their_text) {
  for (const char* text : {"1.0", "-0.0", "1e3", "1E+3", "1.50e-7", "18446744073709551616",
                           "-9223372036854775809", "123456789012345678901234567890", "0.1000"}) {
    const JsonValue value = parse_json(text).value();
    BOOST_CHECK_MESSAGE(std::holds_alternative<JsonDecimal>(value.data), text);
    BOOST_CHECK_EQUAL(rewritten(text), text);
  }
}

BOOST_AUTO_TEST_CASE(no_locale_changes_a_number) {
  const char* set = std::setlocale(LC_ALL, "de_DE.UTF-8");
  BOOST_TEST_MESSAGE("locale: " << (set == nullptr ? "not installed" : set));
  BOOST_CHECK_EQUAL(rewritten("[1.5,2e-3]"), "[1.5,2e-3]");
  std::setlocale(LC_ALL, "C");
}

BOOST_AUTO_TEST_CASE(what_is_no_json) {
  BOOST_CHECK_EQUAL(rewritten(""), "not JSON at byte 1");
  for (const char* text : {"{",
                           "[1,]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{a:1}",
                           "'a'",
                           "nul",
                           "NaN",
                           "[Infinity]",
                           "-",
                           "+1",
                           "01",
                           "1.",
                           ".5",
                           "0x1",
                           "[1 2]",
                           "{} {}",
                           "// c\n1",
                           "/* c */ 1",
                           "\"\t\"",
                           "\"\\x\"",
                           "\"\\ud800\"",
                           "\"a",
                           "\xC2\xA0"
                           "1",
                           "[1]]"}) {
    BOOST_CHECK_MESSAGE(rewritten(text).starts_with("not JSON at byte "), text);
  }
}

BOOST_AUTO_TEST_CASE(a_fault_has_its_place) {
  BOOST_CHECK_EQUAL(rewritten("{\"a\":1,}"), "not JSON at byte 8");
  BOOST_CHECK_EQUAL(rewritten("[1e999]"), "number out of range at byte 7");
}

BOOST_AUTO_TEST_CASE(invalid_utf8) {
  for (const char* text :
       {"\"\xFF\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xE2\x82\"", "\"\xF4\x90\x80\x80\""}) {
    BOOST_CHECK_MESSAGE(rewritten(text).starts_with("not JSON at byte "), text);
  }
  BOOST_CHECK_EQUAL(rewritten("\"\xF4\x8F\xBF\xBF\""), "\"\xF4\x8F\xBF\xBF\"");
}

BOOST_AUTO_TEST_CASE(byte_order_mark) {
  BOOST_CHECK_EQUAL(rewritten("\xEF\xBB\xBF{}"), "byte order mark at byte 1");
  BOOST_CHECK(rewritten("{\xEF\xBB\xBF}").starts_with("not JSON"));
  BOOST_CHECK_EQUAL(rewritten("\"\xEF\xBB\xBF\""), "\"\xEF\xBB\xBF\"");
}

// The library takes a NUL for the end of the text.
BOOST_AUTO_TEST_CASE(nul) {
  BOOST_CHECK_EQUAL(rewritten(std::string_view("{}\0", 3)), "NUL at byte 3");
  BOOST_CHECK_EQUAL(rewritten(std::string_view("{}\0 rubbish", 11)), "NUL at byte 3");
  BOOST_CHECK_EQUAL(rewritten("\"\\u0000\""), "\"\\u0000\"");
}

BOOST_AUTO_TEST_CASE(duplicate_members) {
  BOOST_CHECK_EQUAL(rewritten(R"({"a":1,"b":2,"a":3})"), "duplicate member /a at byte 16");
  BOOST_CHECK_EQUAL(pointer_of_fault(R"({"a":1,"\u0061":3})"), "/a");
  BOOST_CHECK_EQUAL(pointer_of_fault(R"({"t":{"x":[0,{"k":1,"k":1}]}})"), "/t/x/1/k");
  BOOST_CHECK_EQUAL(pointer_of_fault(R"({"a/b":{"m~n":0,"m~n":0}})"), "/a~1b/m~0n");
  BOOST_CHECK_EQUAL(pointer_of_fault(R"({"":0,"":0})"), "/");
  BOOST_CHECK_EQUAL(pointer_of_fault(R"({"a":{"k":1},"b":{"k":1}})"), "none");
}

BOOST_AUTO_TEST_CASE(duplicate_members_of_a_large_object) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"m" + std::to_string(i) + "\":0,";
  BOOST_CHECK_EQUAL(pointer_of_fault(text + "\"n\":0}"), "none");
  for (const char* name : {"m0", "m15", "m16", "m17", "m99"}) {
    BOOST_CHECK_EQUAL(pointer_of_fault(text + '"' + name + "\":0}"), std::string("/") + name);
  }
}

BOOST_AUTO_TEST_CASE(nesting) {
  BOOST_CHECK_EQUAL(rewritten(nested(64)), nested(64));
  BOOST_CHECK_EQUAL(rewritten(nested(65)), "nested too deeply at byte 65");
  BOOST_CHECK_EQUAL(rewritten(std::string(1'000'000, '[')), "nested too deeply at byte 65");
}

BOOST_AUTO_TEST_CASE(number_of_values) {
  std::string text = "[0";
  for (std::size_t i = 2; i < json_values_max; ++i) text += ",0";
  BOOST_CHECK(parse_json(text + "]").has_value());
  BOOST_CHECK(rewritten(text + ",0]").starts_with("too many values at byte "));
}

// A line that is refused may hold a password; the message must not.
BOOST_AUTO_TEST_CASE(messages_show_no_values) {
  for (const char* text :
       {R"({"password":"Secret1)", R"({"password":Secret1})", R"({"p":"Secret1","p":"Secret1"})",
        R"(["Secret1" "Secret1"])", "[\"Secret1\xFF\"]"}) {
    BOOST_CHECK_MESSAGE(rewritten(text).find("Secret") == std::string::npos, rewritten(text));
  }
}

BOOST_AUTO_TEST_CASE(messages_obey_no_terminal_escapes) {
  BOOST_CHECK_EQUAL(rewritten("{\"\\u001b[31m\":1,\"\\u001b[31m\":2}"),
                    "duplicate member /\\u001b[31m at byte 28");
}

BOOST_AUTO_TEST_CASE(strings_are_escaped_where_json_demands_it) {
  BOOST_CHECK_EQUAL(quoted("a\"b\\c/d"), R"("a\"b\\c/d")");
  BOOST_CHECK_EQUAL(quoted("\b\f\n\r\t\x01\x1F"), R"("\b\f\n\r\t\u0001\u001f")");
  BOOST_CHECK_EQUAL(quoted(std::string_view("\0", 1)), R"("\u0000")");
  BOOST_CHECK_EQUAL(quoted("Ж 日本 \xF0\x9F\x93\x9E \x7F \xC2\x85 \xE2\x80\xA8"),
                    "\"Ж 日本 \xF0\x9F\x93\x9E \x7F \xC2\x85 \xE2\x80\xA8\"");
}

BOOST_AUTO_TEST_CASE(bytes_that_json_cannot_carry) {
  BOOST_CHECK_EQUAL(quoted("a\xFF\xC3z"), "\"a\xEF\xBF\xBD\xEF\xBF\xBDz\"");
}

BOOST_AUTO_TEST_CASE(escapes_are_read) {
  BOOST_CHECK_EQUAL(rewritten(R"("\u0416\/\ud83d\udcde\u0000")"), "\"Ж/\xF0\x9F\x93\x9E\\u0000\"");
}

BOOST_AUTO_TEST_CASE(canonical_text_sorts_members) {
  BOOST_CHECK_EQUAL(canonical(R"({"b":1,"a":{"d":[{"z":0,"y":0}],"c":2},"":0,"Ж":0,"B":0})"),
                    R"({"":0,"B":0,"a":{"c":2,"d":[{"y":0,"z":0}]},"b":1,"Ж":0})");
  BOOST_CHECK_EQUAL(canonical(" {\"a\" : \"\\u0061\"} "), canonical("{\"\\u0061\":\"a\"}"));
  BOOST_CHECK_NE(canonical("[1,2]"), canonical("[2,1]"));
}

BOOST_AUTO_TEST_CASE(verbatim_drops_white_space_only) {
  BOOST_CHECK_EQUAL(verbatim(" {\r\n\t\"a b\" : [ 1.0 , \"\\u0041 \\\" x\" ],\n \"z\":-0 }\n"),
                    "={\"a b\":[1.0,\"\\u0041 \\\" x\"],\"z\":-0}");
  BOOST_CHECK_EQUAL(verbatim("{\"a\":1,\"a\":2}"), "={\"a\":1,\"a\":2}");
  BOOST_CHECK_EQUAL(verbatim("\"\\\\\" "), "=\"\\\\\"");
}

BOOST_AUTO_TEST_CASE(verbatim_of_what_is_no_json) {
  for (const char* text : {"", "{", "not JSON", "{} {}", "\"\n\"", "\"\xFF\"", "\xEF\xBB\xBF{}"}) {
    BOOST_CHECK_EQUAL(verbatim(text), "refused, and appended ");
  }
  BOOST_CHECK_EQUAL(verbatim(std::string_view("{}\0", 3)), "refused, and appended ");
}

BOOST_AUTO_TEST_CASE(pointers) {
  std::string pointer;
  append_pointer(pointer, "tariffs");
  append_pointer(pointer, "a/b~c");
  append_pointer(pointer, std::size_t{12});
  append_pointer(pointer, "");
  BOOST_CHECK_EQUAL(pointer, "/tariffs/a~1b~0c/12/");
}

BOOST_AUTO_TEST_CASE(members_by_name) {
  const JsonValue value = parse_json(R"({"a":1,"b":"x"})").value();
  BOOST_REQUIRE(value.member("b") != nullptr);
  BOOST_CHECK_EQUAL(*value.member("b")->string(), "x");
  BOOST_CHECK(value.member("c") == nullptr);
  BOOST_CHECK(value.member("a")->member("a") == nullptr);
  BOOST_CHECK_EQUAL(value.kind(), "an object");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace subledger
