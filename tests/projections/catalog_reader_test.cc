// What a valid catalog document means: the least and the fullest document, defaults, bounds that are taken,
// references, canonical form. What is refused is in catalog_errors_test.cc.
#include "projections/catalog_reader.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/projections/catalog_documents.h"

namespace subledger {
namespace {

Catalog catalog_of(std::string_view document, NameTable& names) {
  const auto read = read_catalog(document, names);
  BOOST_REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().text()));
  return *read;
}

std::string hundred_rules(int count) {
  std::string rules;
  for (int i = 0; i < count; ++i) {
    rules += std::string(i == 0 ? "" : ",") + R"({"rule":"r)" + std::to_string(i) +
             R"(","tiers":[{"from":0,"price":"1","unit":1,"increment":1}]})";
  }
  return '[' + rules + ']';
}

std::string entries(int count, std::string_view value) {
  std::string all;
  for (int i = 0; i < count; ++i) {
    all += std::string(i == 0 ? "" : ",") + "\"n" + std::to_string(i) + "\":" + std::string(value);
  }
  return '{' + all + '}';
}

BOOST_AUTO_TEST_SUITE(catalog_reader)

BOOST_AUTO_TEST_CASE(least_document_has_the_defaults) {
  NameTable names;
  const Catalog catalog = catalog_of(least_document, names);
  BOOST_TEST(catalog.version == "v");
  BOOST_TEST(catalog.effective_from.micros == 1'420'070'400'000'000);
  BOOST_TEST(catalog.currency == "RUB");
  BOOST_TEST(catalog.lockout_threshold == 3u);
  BOOST_TEST(names.text(catalog.default_tariff) == "t");
  BOOST_TEST(catalog.options.empty());
  BOOST_TEST(catalog.services.empty());
  const Tariff* tariff = catalog.find_tariff(catalog.default_tariff);
  BOOST_REQUIRE(tariff != nullptr);
  BOOST_TEST(tariff->switch_fee.micros == 0);
  BOOST_TEST(!tariff->free_after_days);
  BOOST_TEST(tariff->traffic.empty());
  BOOST_TEST(tariff->options.empty());
}

BOOST_AUTO_TEST_CASE(full_document_head) {
  NameTable names;
  const Catalog catalog = catalog_of(full_document, names);
  BOOST_TEST(catalog.version == "v-1_0");
  BOOST_TEST(catalog.effective_from.micros == 1'420'070'400'500'000);
  BOOST_TEST((catalog.time_zone == *TimeZone::find("Europe/Moscow")));
  BOOST_TEST(catalog.lockout_threshold == 5u);
  BOOST_TEST(names.text(catalog.default_tariff) == "classic");
  BOOST_TEST(catalog.tariffs.size() == 2u);
  const Tariff& classic = *catalog.find_tariff(*names.find("classic"));
  BOOST_TEST(classic.switch_fee.micros == 100'250'000);
  BOOST_TEST(*classic.free_after_days == 30);
  BOOST_TEST(catalog.find_tariff(*names.find("mail")) == nullptr);
}

BOOST_AUTO_TEST_CASE(full_document_rules) {
  NameTable names;
  const Catalog catalog = catalog_of(full_document, names);
  const Tariff& classic = *catalog.find_tariff(*names.find("classic"));
  BOOST_REQUIRE(classic.traffic.size() == 2u);
  const Rule& night = classic.traffic[0];
  BOOST_TEST(names.text(night.name) == "night");
  BOOST_TEST((*night.when.hour_from == 0 && *night.when.hour_until == 8));
  BOOST_TEST(*night.when.zone == "home");
  BOOST_TEST(*night.when.rating_group == 7u);
  BOOST_TEST((night.scope == Scope::session));
  BOOST_TEST(night.rate.connect_fee.micros == 500'000);
  BOOST_TEST(night.rate.max_charge->micros == 500'000'000);
  BOOST_TEST((night.rate.rounding.mode == RoundingMode::half_even && night.rate.rounding.decimals == 3));
  BOOST_TEST(night.rate.common_unit == 3u * 1'048'576u);
  BOOST_REQUIRE(night.rate.tiers.size() == 2u);
  BOOST_TEST(night.rate.tiers[0].price.micros == 8'450'000);
  BOOST_TEST(night.rate.tiers[1].from == 2048u);
  BOOST_TEST(night.rate.tiers[1].unit == 3u);
  BOOST_TEST(night.rate.tiers[1].increment == 100u);
  const Rule& day = classic.traffic[1];
  BOOST_TEST((!day.when.hour_from && !day.when.zone && !day.when.rating_group));
  BOOST_TEST((day.scope == Scope::event));
  BOOST_TEST(day.rate.connect_fee.micros == 0);
  BOOST_TEST(!day.rate.max_charge);
  BOOST_TEST((day.rate.rounding.mode == RoundingMode::half_up && day.rate.rounding.decimals == 2));
}

BOOST_AUTO_TEST_CASE(full_document_options_and_services) {
  NameTable names;
  const Catalog catalog = catalog_of(full_document, names);
  const NameId locator = *names.find("locator");
  const NameId mail = *names.find("mail");
  const Option& option = *catalog.find_option(locator);
  BOOST_TEST(option.fees.connect_fee.micros == 1'030'000);
  BOOST_TEST(option.fees.disconnect_fee.micros == 2'040'000);
  BOOST_TEST((excludes(catalog, locator, mail) && excludes(catalog, mail, locator)));
  BOOST_TEST(!excludes(catalog, mail, mail));
  const OptionFees& classic = fees_of(*catalog.find_tariff(*names.find("classic")), option);
  BOOST_TEST((classic.connect_fee.micros == 5'010'000 && classic.disconnect_fee.micros == 6'020'000));
  const OptionFees& smart = fees_of(*catalog.find_tariff(*names.find("smart")), option);
  BOOST_TEST((smart.connect_fee.micros == 1'030'000 && smart.disconnect_fee.micros == 2'040'000));
  const Service& find = *catalog.find_service(*names.find("find"));
  BOOST_TEST((find.requires_option == locator));
  BOOST_TEST(find.rates.size() == 1u);
  BOOST_TEST((catalog.find_service(locator) == nullptr));
}

BOOST_AUTO_TEST_CASE(bounds_that_are_taken) {
  const auto full = [](std::string_view from, std::string_view to) {
    return verdict_of(replaced(full_document, from, to));
  };
  for (const char* price :
       {"\"0\"", "\"0.000001\"", "\"1000000\"", "\"1000000.000000\"", "\"999999.999999\""}) {
    BOOST_TEST(full("\"100.25\"", price) == "ok", price);
  }
  for (const char* days : {"1", "3650", "-0", "10"}) {
    BOOST_TEST(full("\"free_after_days\": 30", std::string("\"free_after_days\": ") + days) ==
                   (std::string_view(days) == "-0" ? "/tariffs/classic/free_after_days" : "ok"),
               days);
  }
  BOOST_TEST(full("\"lockout_threshold\": 5", "\"lockout_threshold\": 1") == "ok");
  BOOST_TEST(full("\"lockout_threshold\": 5", "\"lockout_threshold\": 100") == "ok");
  BOOST_TEST(full("[0, 8]", "[0, 24]") == "ok");
  BOOST_TEST(full("[0, 8]", "[23, 24]") == "ok");
  BOOST_TEST(full("\"rating_group\": 7", "\"rating_group\": 4294967295") == "ok");
  BOOST_TEST(full("\"rating_group\": 7", "\"rating_group\": 0") == "ok");
  BOOST_TEST(full("\"decimals\": 3", "\"decimals\": 0") == "ok");
  BOOST_TEST(full("\"decimals\": 3", "\"decimals\": 6") == "ok");
  BOOST_TEST(full("\"increment\": 1024", "\"increment\": 1125899906842624") == "ok");
  BOOST_TEST(full("\"from\": 2048", "\"from\": 1125899906842624") == "ok");
  BOOST_TEST(full("\"from\": 2048", "\"from\": 1") == "ok");
  BOOST_TEST(full("\"v-1_0\"", "\"abcdefghijklmnopqrstuvwxyz-_0189\"") == "ok");
  BOOST_TEST(full("\"zone\": \"home\"", "\"zone\": \"" + std::string(64, 'z') + "\"") == "ok");
  BOOST_TEST(full("\"when\": {\"hours\": [0, 8], \"zone\": \"home\", \"rating_group\": 7}", "\"when\": {}") ==
             "ok");
  // 2^32 alone and with a divisor of it.
  BOOST_TEST(full("\"unit\": 1048576", "\"unit\": 1431655765") == "ok");  // × 3 = 2^32 − 1
  BOOST_TEST(verdict_of(replaced(replaced(full_document, "\"unit\": 1048576", "\"unit\": 4294967296"),
                                 "\"unit\": 3", "\"unit\": 65536")) == "ok");
}

BOOST_AUTO_TEST_CASE(counts_that_are_taken) {
  const std::string tiers =
      R"([{"from":0,"price":"1","unit":1,"increment":1},{"from":1,"price":"1","unit":1,"increment":1},
    {"from":2,"price":"1","unit":1,"increment":1},{"from":3,"price":"1","unit":1,"increment":1},
    {"from":4,"price":"1","unit":1,"increment":1},{"from":5,"price":"1","unit":1,"increment":1},
    {"from":6,"price":"1","unit":1,"increment":1},{"from":7,"price":"1","unit":1,"increment":1}])";
  const std::string rule = R"([{"rule":"r","tiers":)" + tiers + "}]";
  BOOST_TEST(verdict_of(replaced(least_document, "\"t\": {}", "\"t\":{\"traffic\":" + rule + "}")) == "ok");
  BOOST_TEST(verdict_of(replaced(least_document, "\"t\": {}",
                                 "\"t\":{\"traffic\":" + hundred_rules(100) + "}")) == "ok");
  BOOST_TEST(verdict_of(replaced(least_document, "\"t\": {}", "\"t\":{\"traffic\":[],\"options\":{}}")) ==
             "ok");
  const std::string thousand = replaced(least_document, "{\"t\": {}}", entries(1000, "{}"));
  BOOST_TEST(verdict_of(replaced(thousand, "\"default_tariff\": \"t\"", "\"default_tariff\": \"n999\"")) ==
             "ok");
  BOOST_TEST(verdict_of(replaced(least_document, "\"tariffs\"",
                                 "\"options\":" + entries(1000, "{}") + ",\"tariffs\"")) == "ok");
  BOOST_TEST(verdict_of(replaced(
                 least_document, "\"tariffs\"",
                 "\"options\":{},\"services\":" + entries(1000, "{\"rates\":" + hundred_rules(1) + "}") +
                     ",\"tariffs\"")) == "ok");
  // Exactly 1 MiB, by white space behind the document.
  std::string longest(least_document);
  longest.append(1024 * 1024 - longest.size(), ' ');
  BOOST_TEST(verdict_of(longest) == "ok");
  BOOST_TEST(verdict_of(longest + ' ') == "(document)");
}

BOOST_AUTO_TEST_CASE(names_of_one_list_do_not_matter_to_another) {
  BOOST_TEST(
      verdict_of(R"({"version":"x","effective_from":"2015-01-01T00:00:00Z","currency":"RUB","time_zone":"UTC",
    "default_tariff":"x","tariffs":{"x":{"traffic":[{"rule":"x",
    "tiers":[{"from":0,"price":"1","unit":1,"increment":1}]}],
    "options":{"x":{}}}},"options":{"x":{}},"services":{"x":{"requires":"x","rates":[{"rule":"x",
    "tiers":[{"from":0,"price":"1","unit":1,"increment":1}]}]}}})") == "ok");
}

BOOST_AUTO_TEST_CASE(references_may_stand_before_what_they_name) {
  NameTable names;
  const Catalog catalog =
      catalog_of(R"({"services":{"s":{"requires":"b","rates":[{"rule":"r","tiers":[{"from":0,
    "price":"1","unit":1,"increment":1}]}]}},"options":{"a":{"excludes":["b"]},"b":{}},"default_tariff":"u",
    "tariffs":{"t":{"options":{"b":{}}},"u":{}},"version":"v","effective_from":"2015-01-01T00:00:00Z",
    "currency":"RUB","time_zone":"UTC"})",
                 names);
  BOOST_TEST(names.text(*catalog.services[0].requires_option) == "b");
  BOOST_TEST(catalog.find_tariff(catalog.default_tariff) != nullptr);
}

BOOST_AUTO_TEST_CASE(numbers_of_names_go_on_over_documents) {
  NameTable names;
  const Catalog first = catalog_of(least_document, names);
  const std::size_t known = names.size();
  const Catalog second = catalog_of(replaced(full_document, "\"smart\"", "\"t\""), names);
  BOOST_TEST((second.find_tariff(first.default_tariff) != nullptr));
  BOOST_TEST(names.size() > known);
}

BOOST_AUTO_TEST_CASE(canonical_form_is_of_the_document_not_of_its_meaning) {
  const std::string canonical = canonical_catalog(least_document);
  BOOST_TEST(canonical == R"({"currency":"RUB","default_tariff":"t","effective_from":"2015-01-01T00:00:00Z",)"
                          R"("tariffs":{"t":{}},"time_zone":"UTC","version":"v"})");
  const std::string reordered = R"({"tariffs":{"t":{}},"version":"v","default_tariff":"t","currency":"RUB",
    "time_zone":"U\u0054C", "effective_from":"2015-01-01T00:00:00Z"})";
  BOOST_TEST(canonical_catalog(reordered) == canonical);
  for (const char* defaulted : {"\"t\": {\"switch_fee\":\"0\"}", "\"t\": {\"traffic\":[]}"}) {
    BOOST_TEST(canonical_catalog(replaced(least_document, "\"t\": {}", defaulted)) != canonical);
  }
  const std::string same_instant = replaced(least_document, "00:00:00Z", "00:00:00+00:00");
  BOOST_TEST(canonical_catalog(same_instant) != canonical);
  // The order of a list is content.
  const std::string full = canonical_catalog(full_document);
  BOOST_TEST(canonical_catalog(replaced(full_document, "[0, 8]", "[0,8]")) == full);
  BOOST_TEST(canonical_catalog(replaced(full_document, "[0, 8]", "[1, 8]")) != full);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace subledger
