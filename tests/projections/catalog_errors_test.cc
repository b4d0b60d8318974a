// What a catalog document may not be: for each field each kind of wrong value, with the JSON Pointer that is
// named; and which of several errors is the first.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/projections/catalog_documents.h"

namespace subledger {
namespace {

/// In the full document `from` becomes `to`.
struct Change {
  std::string_view pointer;
  std::string_view from;
  std::string_view to;
};

void expect(const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    BOOST_TEST_CONTEXT(change.from << " -> " << change.to) {
      BOOST_TEST(verdict_of(replaced(full_document, change.from, change.to)) == change.pointer);
    }
  }
}

/// Puts each wrong value in place of `"name": value`.
void expect_wrong(std::string_view pointer, std::string_view member,
                  const std::vector<std::string_view>& values) {
  const std::string name(member.substr(0, member.find(':') + 1));
  for (const std::string_view value : values) {
    BOOST_TEST_CONTEXT(member << " -> " << value) {
      BOOST_TEST(verdict_of(replaced(full_document, member, name + std::string(value))) == pointer);
    }
  }
}

const std::vector<std::string_view> no_names = {"1",
                                                "null",
                                                "true",
                                                "[]",
                                                "{}",
                                                "\"\"",
                                                "\"Upper\"",
                                                "\"with space\"",
                                                "\"caf\u00e9\"",
                                                "\"a.b\"",
                                                "\"a/b\"",
                                                "\"abcdefghijklmnopqrstuvwxyz0123456\"",
                                                "\"line\\n\"",
                                                "\"nul\\u0000\""};
const std::vector<std::string_view> no_prices = {"1",
                                                 "1.5",
                                                 "null",
                                                 "true",
                                                 "[]",
                                                 "{}",
                                                 "\"\"",
                                                 "\"-1\"",
                                                 "\"-0\"",
                                                 "\"+1\"",
                                                 "\"01\"",
                                                 "\".5\"",
                                                 "\"5.\"",
                                                 "\"1e3\"",
                                                 "\"1,5\"",
                                                 "\" 1\"",
                                                 "\"1.0000001\"",
                                                 "\"1000000.000001\"",
                                                 "\"1000001\"",
                                                 "\"99999999999999999999\"",
                                                 "\"NaN\""};
const std::vector<std::string_view> no_integers = {"\"1\"",
                                                   "1.0",
                                                   "1.5",
                                                   "1e0",
                                                   "1E2",
                                                   "null",
                                                   "true",
                                                   "[]",
                                                   "{}",
                                                   "-1",
                                                   "18446744073709551615",
                                                   "18446744073709551616"};

constexpr std::string_view night = "/tariffs/classic/traffic/0";

std::string below(std::string_view parent, std::string_view name) {
  return std::string(parent) + std::string(name);
}

BOOST_AUTO_TEST_SUITE(catalog_errors)

BOOST_AUTO_TEST_CASE(not_a_document) {
  for (const std::string_view text : {"", " ", "{", "[]", "null", "\"x\"", "1", "{}x", "{} {}", "{'a':1}",
                                      "\xef\xbb\xbf{}", "{\"a\":NaN}", "{\"a\":\"\xff\"}", "\xff"}) {
    const std::string verdict = verdict_of(text);
    BOOST_TEST(verdict == "(document)", text);
  }
  BOOST_TEST(verdict_of(std::string(100'000, '[')) == "(document)");
  BOOST_TEST(verdict_of("{}") == "/version");
}

BOOST_AUTO_TEST_CASE(missing_fields) {
  expect({{"/version", "\"version\": \"v-1_0\", ", ""},
          {"/effective_from", "\"effective_from\": \"2015-01-01T03:00:00.5+03:00\", ", ""},
          {"/currency", "\"currency\": \"RUB\",", ""},
          {"/time_zone", "\"time_zone\": \"Europe/Moscow\", ", ""},
          {"/default_tariff", "\"default_tariff\": \"classic\",", ""},
          {"/tariffs/classic/traffic/0/rule", "\"rule\": \"night\", ", ""},
          {"/tariffs/classic/traffic/1/tiers",
           ", \"tiers\": [{\"from\": 0, \"price\": \"1\", \"unit\": 1, \"increment\": 1}]", ""},
          {"/tariffs/classic/traffic/0/tiers/0/from", "\"from\": 0, ", ""},
          {"/tariffs/classic/traffic/0/tiers/0/price", "\"price\": \"8.45\", ", ""},
          {"/tariffs/classic/traffic/0/tiers/0/unit", "\"unit\": 1048576, ", ""},
          {"/tariffs/classic/traffic/0/tiers/0/increment", ", \"increment\": 1024", ""},
          {"/services/find/rates", R"(,
      "rates": [{"rule": "each", "tiers": [{"from": 0, "price": "10", "unit": 1, "increment": 1}]}])",
           ""}});
  BOOST_TEST(verdict_of(replaced(least_document, ", \"tariffs\": {\"t\": {}}", "")) == "/default_tariff");
  BOOST_TEST(verdict_of(replaced(least_document, "\"default_tariff\": \"t\", \"tariffs\": {\"t\": {}}",
                                 "\"options\": {}")) == "/default_tariff");
}

BOOST_AUTO_TEST_CASE(unknown_fields) {
  expect({{"/vers", "\"version\"", "\"vers\""},
          {"/Version", "\"version\"", "\"Version\""},
          {"/", "\"version\"", "\"\""},
          {"/a~1b~0c", "\"version\"", "\"a/b~c\""},
          {"/tariffs/classic/fee", "\"switch_fee\"", "\"fee\""},
          {"/tariffs/smart/default", "\"smart\": {}", "\"smart\": {\"default\": true}"},
          {"/tariffs/classic/traffic/0/name", "\"rule\"", "\"name\""},
          {"/tariffs/classic/traffic/0/when/hour", "\"hours\"", "\"hour\""},
          {"/tariffs/classic/traffic/0/rounding/digits", "\"decimals\"", "\"digits\""},
          {"/tariffs/classic/traffic/0/tiers/1/until", "{\"from\": 2048", "{\"until\": 1, \"from\": 2048"},
          {"/tariffs/classic/options/locator/excludes", "\"connect_fee\": \"5.01\"", "\"excludes\": []"},
          {"/options/mail/requires", "\"mail\": {}", "\"mail\": {\"requires\": \"locator\"}"},
          {"/services/find/needs", "\"requires\"", "\"needs\""}});
}

BOOST_AUTO_TEST_CASE(duplicate_members) {
  expect({{"/version", "\"currency\"", "\"version\": \"w\", \"currency\""},
          {"/version", "\"currency\"", "\"\\u0076ersion\": \"w\", \"currency\""},
          {"/tariffs/classic", "\"smart\": {}", "\"classic\": {}"},
          {"/options/locator", "\"mail\": {}", "\"locator\": {}"},
          {"/tariffs/classic/traffic/0/tiers/1/unit", "\"unit\": 3", "\"unit\": 3, \"unit\": 3"},
          {"/tariffs/classic/traffic/0/when/zone", "\"zone\": \"home\"",
           "\"zone\": \"home\", \"zone\": \"home\""}});
}

BOOST_AUTO_TEST_CASE(wrong_head) {
  expect_wrong("/version", "\"version\": \"v-1_0\"", no_names);
  expect_wrong("/effective_from", "\"effective_from\": \"2015-01-01T03:00:00.5+03:00\"",
               {"1", "null", "{}", "\"\"", "\"2015-01-01\"", "\"2015-01-01T00:00:00\"",
                "\"2015-01-01t00:00:00Z\"", "\"2015-02-29T00:00:00Z\"", "\"2015-01-01T24:00:00Z\"",
                "\"2015-01-01T00:00:60Z\"", "\"2015-01-01T00:00:00.1234567Z\"", "\"2015-01-01T00:00:00+3\""});
  expect_wrong("/currency", "\"currency\": \"RUB\"",
               {"1", "null", "[\"RUB\"]", "\"\"", "\"RU\"", "\"RUBL\"", "\"rub\"", "\"RU8\"", "\"R B\"",
                "\"\u0420\""});
  expect_wrong("/time_zone", "\"time_zone\": \"Europe/Moscow\"",
               {"3", "null", "{}", "\"\"", "\"europe/moscow\"", "\"Europe/Nowhere\"", "\"UTC+3\"",
                "\"+03:00\"", "\"Europe/Moscow \"", "\"../Europe/Moscow\""});
  expect_wrong("/lockout_threshold", "\"lockout_threshold\": 5", no_integers);
  expect_wrong("/lockout_threshold", "\"lockout_threshold\": 5", {"0", "-0", "101"});
  expect_wrong("/default_tariff", "\"default_tariff\": \"classic\"", no_names);
  expect_wrong("/default_tariff", "\"default_tariff\": \"classic\"",
               {"\"nowhere\"", "\"locator\"", "\"find\""});
}

BOOST_AUTO_TEST_CASE(wrong_tariffs) {
  BOOST_TEST(verdict_of(replaced(least_document, "{\"t\": {}}", "{}")) == "/default_tariff");
  BOOST_TEST(verdict_of(replaced(replaced(least_document, "\"default_tariff\": \"t\", ", ""), "{\"t\": {}}",
                                 "{}")) == "/tariffs");
  for (const char* value : {"[]", "null", "1", "\"t\""}) {
    BOOST_TEST(
        verdict_of(replaced(least_document, "\"t\": {}", std::string("\"t\": ") + value)) == "/tariffs/t",
        value);
  }
  BOOST_TEST(verdict_of(replaced(full_document, "\"smart\": {}", "\"Smart\": {}")) == "/tariffs/Smart");
  BOOST_TEST(verdict_of(replaced(full_document, "\"smart\": {}", "\"\": {}")) == "/tariffs/");
  BOOST_TEST(verdict_of(replaced(full_document, "\"smart\": {}", "\"a/b\": {}")) == "/tariffs/a~1b");
  expect_wrong("/tariffs/classic/switch_fee", "\"switch_fee\": \"100.25\"", no_prices);
  expect_wrong("/tariffs/classic/free_after_days", "\"free_after_days\": 30", no_integers);
  expect_wrong("/tariffs/classic/free_after_days", "\"free_after_days\": 30", {"0", "3651"});
  expect_wrong("/tariffs/smart/traffic", "\"smart\": {}",
               {"{\"traffic\": {}}", "{\"traffic\": null}", "{\"traffic\": \"\"}"});
  expect_wrong("/tariffs/smart/options", "\"smart\": {}", {"{\"options\": []}", "{\"options\": null}"});
  expect({{"/tariffs/classic/options/nowhere", "\"options\": {\"locator\"", "\"options\": {\"nowhere\""},
          {"/tariffs/classic/options/Locator", "\"options\": {\"locator\"", "\"options\": {\"Locator\""},
          {"/tariffs/smart/options/mail", "\"smart\": {}", "\"smart\": {\"options\": {\"mail\": \"5\"}}"}});
  expect_wrong("/tariffs/classic/options/locator/connect_fee", "\"connect_fee\": \"5.01\"", no_prices);
  expect_wrong("/tariffs/classic/options/locator/disconnect_fee", "\"disconnect_fee\": \"6.02\"", no_prices);
}

BOOST_AUTO_TEST_CASE(wrong_rules) {
  expect_wrong(below(night, "/rule"), "\"rule\": \"night\"", no_names);
  expect_wrong("/tariffs/classic/traffic/1/rule", "\"rule\": \"day\"", {"\"night\""});
  expect_wrong(below(night, "/scope"), "\"scope\": \"session\"",
               {"1", "null", "\"\"", "\"week\"", "\"Session\"", "{}"});
  expect_wrong(below(night, "/connect_fee"), "\"connect_fee\": \"0.5\"", no_prices);
  expect_wrong(below(night, "/max_charge"), "\"max_charge\": \"500\"", no_prices);
  expect_wrong(below(night, "/rounding"), "\"rounding\": {\"mode\": \"half_even\", \"decimals\": 3}",
               {"\"half_up\"", "2", "null", "[]"});
  expect_wrong(below(night, "/rounding/mode"), "\"mode\": \"half_even\"",
               {"1", "null", "\"\"", "\"HALF_UP\"", "\"ceil\""});
  expect_wrong(below(night, "/rounding/decimals"), "\"decimals\": 3", no_integers);
  expect_wrong(below(night, "/rounding/decimals"), "\"decimals\": 3", {"7"});
  const std::string_view when = "\"when\": {\"hours\": [0, 8], \"zone\": \"home\", \"rating_group\": 7}";
  expect_wrong(below(night, "/when"), when, {"[]", "null", "\"home\""});
  expect_wrong(below(night, "/when/hours"), "\"hours\": [0, 8]",
               {"8", "null", "{}", "[]", "[0]", "[0, 8, 9]", "[8, 8]", "[9, 8]", "[24, 24]", "\"0-8\""});
  expect_wrong(below(night, "/when/hours/0"), "\"hours\": [0, 8]",
               {"[-1, 8]", "[25, 26]", "[0.0, 8]", "[\"0\", 8]"});
  expect_wrong(below(night, "/when/hours/1"), "\"hours\": [0, 8]", {"[0, 25]", "[0, null]", "[0, 8.5]"});
  const std::string long_zone = '"' + std::string(65, 'z') + '"';
  expect_wrong(below(night, "/when/zone"), "\"zone\": \"home\"", {"1", "null", "[]", "\"\"", long_zone});
  expect_wrong(below(night, "/when/rating_group"), "\"rating_group\": 7", no_integers);
  expect_wrong(below(night, "/when/rating_group"), "\"rating_group\": 7", {"4294967296"});
  expect({{"/tariffs/classic/traffic/1",
           "{\"rule\": \"day\", \"tiers\": [{\"from\": 0, \"price\": \"1\", \"unit\": 1, "
           "\"increment\": 1}]}",
           "\"day\""}});
}

BOOST_AUTO_TEST_CASE(wrong_tiers) {
  const std::string first = below(night, "/tiers/0");
  expect_wrong(below(first, "/from"), "\"from\": 0", no_integers);
  expect_wrong(below(first, "/from"), "\"from\": 0", {"1", "1125899906842625"});
  expect_wrong(below(night, "/tiers/1/from"), "\"from\": 2048", {"0", "1125899906842625"});
  expect_wrong(below(first, "/price"), "\"price\": \"8.45\"", no_prices);
  expect_wrong(below(first, "/unit"), "\"unit\": 1048576", no_integers);
  expect_wrong(below(first, "/unit"), "\"unit\": 1048576", {"0", "4294967297"});
  expect_wrong(below(first, "/increment"), "\"increment\": 1024", no_integers);
  expect_wrong(below(first, "/increment"), "\"increment\": 1024", {"0", "1125899906842625"});
  // Least common multiples: 4294967291 (prime) × 3; 1431655766 × 3 = 2^32 + 2; 2^20 × 4099 > 2^32.
  expect_wrong(below(night, "/tiers/1/unit"), "\"unit\": 1048576", {"4294967291", "1431655766"});
  expect_wrong(below(night, "/tiers/1/unit"), "\"unit\": 3", {"4099", "4294967295"});
  const std::string one = R"([{"from":0,"price":"1","unit":1,"increment":1})";
  std::string nine = one;
  for (int i = 1; i < 9; ++i)
    nine += R"(,{"from":)" + std::to_string(i) + R"(,"price":"1","unit":1,"increment":1})";
  const std::string_view day = R"([{"from": 0, "price": "1", "unit": 1, "increment": 1}])";
  const std::string_view tiers = "/tariffs/classic/traffic/1/tiers";
  for (const std::string& value : {std::string("[]"), std::string("{}"), std::string("null"), nine + "]"}) {
    BOOST_TEST(verdict_of(replaced(full_document, day, value)) == tiers, value);
  }
  BOOST_TEST(verdict_of(replaced(full_document, day, one + ",7]")) == below(tiers, "/1"));
  BOOST_TEST(verdict_of(replaced(full_document, day,
                                 one + R"(,{"from":1,"price":"1","unit":1,"increment":1},)"
                                       R"({"from":1,"price":"1","unit":1,"increment":1}])")) ==
             below(tiers, "/2/from"));
}

BOOST_AUTO_TEST_CASE(wrong_options_and_services) {
  expect_wrong("/options/locator/connect_fee", "\"connect_fee\": \"1.03\"", no_prices);
  expect_wrong("/options/locator/disconnect_fee", "\"disconnect_fee\": \"2.04\"", no_prices);
  expect_wrong("/options/locator/excludes", "\"excludes\": [\"mail\"]", {"\"mail\"", "{}", "null", "1"});
  expect_wrong("/options/locator/excludes/0", "\"excludes\": [\"mail\"]",
               {"[\"nowhere\"]", "[\"locator\"]", "[1]", "[null]", "[\"Mail\"]", "[\"classic\"]"});
  expect_wrong("/options/locator/excludes/1", "\"excludes\": [\"mail\"]", {"[\"mail\", \"locator\"]"});
  expect({{"/options/Mail", "\"mail\": {}", "\"mail\": {}, \"Mail\": {}"},
          {"/options/mail", "\"mail\": {}", "\"mail\": []"}});
  expect_wrong("/services/find/requires", "\"requires\": \"locator\"", no_names);
  expect_wrong("/services/find/requires", "\"requires\": \"locator\"", {"\"nowhere\"", "\"classic\""});
  expect({{"/services/Find", "\"find\": {", "\"Find\": {"},
          {"/services/find/rates/0/rule", "\"rule\": \"each\"", "\"rule\": \"Each\""},
          {"/services/find/rates/0/tiers/0/price", "\"price\": \"10\"", "\"price\": 10"}});
  const std::string_view rates =
      R"([{"rule": "each", "tiers": [{"from": 0, "price": "10", "unit": 1, "increment": 1}]}])";
  for (const char* value : {"[]", "{}", "null"}) {
    BOOST_TEST(verdict_of(replaced(full_document, rates, value)) == "/services/find/rates", value);
  }
  for (const char* list : {"options", "services", "tariffs"}) {
    const std::string changed = replaced(full_document, std::string("\n  \"") + list + "\": {",
                                         std::string("\n  \"") + list + "\": [], \"zzz\": {");
    // The default tariff stands before the tariffs and finds none.
    BOOST_TEST(verdict_of(changed) == (std::string_view(list) == "tariffs" ? "/default_tariff"
                                       : std::string_view(list) == "options"
                                           ? "/tariffs/classic/options/locator"
                                           : "/services"));
  }
}

BOOST_AUTO_TEST_CASE(too_many) {
  const auto many = [](int count, std::string_view value) {
    std::string all;
    for (int i = 0; i < count; ++i) all += ",\"n" + std::to_string(i) + "\":" + std::string(value);
    return all;
  };
  const std::string rate =
      R"({"rates":[{"rule":"r","tiers":[{"from":0,"price":"1","unit":1,"increment":1}]}]})";
  expect({{"/tariffs", "\"smart\": {}", "\"smart\": {}" + many(999, "{}")},
          {"/options", "\"mail\": {}", "\"mail\": {}" + many(999, "{}")},
          {"/services", "\"services\": {", "\"services\": {\"a\":" + rate + many(999, rate) + ","}});
  std::string rules = "[";
  for (int i = 0; i < 101; ++i) {
    rules += std::string(i == 0 ? "" : ",") + R"({"rule":"r)" + std::to_string(i) +
             R"(","tiers":[{"from":0,"price":"1","unit":1,"increment":1}]})";
  }
  expect({{"/tariffs/smart/traffic", "\"smart\": {}", "\"smart\": {\"traffic\": " + rules + "]}"}});
}

BOOST_AUTO_TEST_CASE(the_first_in_the_order_of_the_document) {
  const auto wrong_twice = [](std::string_view one, std::string_view other) {
    return verdict_of(replaced(replaced(full_document, one, "\"zzz\": 1, " + std::string(one)), other,
                               "\"switch_fee\": 1"));
  };
  BOOST_TEST(wrong_twice("\"currency\"", "\"switch_fee\": \"100.25\"") == "/zzz");
  BOOST_TEST(wrong_twice("\"lockout_threshold\"", "\"switch_fee\": \"100.25\"") == "/zzz");
  BOOST_TEST(wrong_twice("\"services\"", "\"switch_fee\": \"100.25\"") == "/tariffs/classic/switch_fee");
  // A wrong value before a missing field, whose place is the end of its object.
  BOOST_TEST(verdict_of(replaced(replaced(full_document, "\"version\": \"v-1_0\", ", ""), "\"RUB\"", "1")) ==
             "/currency");
  BOOST_TEST(verdict_of(replaced(replaced(full_document, "\"version\": \"v-1_0\", ", ""), "\"price\": \"10\"",
                                 "\"price\": 10")) == "/services/find/rates/0/tiers/0/price");
  // Of two missing ones, the first in the table.
  BOOST_TEST(verdict_of(replaced(replaced(full_document, "\"version\": \"v-1_0\", ", ""),
                                 "\"currency\": \"RUB\",", "")) == "/version");
  // Within a tier: a `from` that does not rise before a wrong price; a unit before a wrong increment; the
  // tiers before what follows them in the rule.
  const std::string_view tier = R"({"from": 2048, "price": "4", "unit": 3, "increment": 100}]})";
  expect({{"/tariffs/classic/traffic/0/tiers/1/from", tier,
           R"({"from": 0, "price": 4, "unit": 3, "increment": 1}]})"},
          {"/tariffs/classic/traffic/0/tiers/1/price", tier,
           R"({"price": 4, "from": 0, "unit": 3, "increment": 1}]})"},
          {"/tariffs/classic/traffic/0/tiers/1/unit", tier,
           R"({"from": 2048, "price": "4", "unit": 4099, "increment": 0}]})"},
          {"/tariffs/classic/traffic/0/tiers/1/unit", tier,
           R"({"from": 2048, "price": "4", "unit": 4099, "increment": 1}], "zzz": 1})"}});
  // A duplicate member is no JSON, and so before all else.
  BOOST_TEST(verdict_of(replaced(replaced(full_document, "\"v-1_0\"", "1"), "\"mail\": {}",
                                 "\"locator\": {}")) == "/options/locator");
}

BOOST_AUTO_TEST_CASE(text_of_an_error) {
  NameTable names;
  BOOST_TEST(read_catalog("{}", names).error().text() == "/version: missing");
  BOOST_TEST(read_catalog(replaced(least_document, "\"RUB\"", "7"), names).error().text() ==
             "/currency: must be a string, is an integer");
  BOOST_TEST(read_catalog("[]", names).error().text() == "must be an object, is an array");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace subledger
