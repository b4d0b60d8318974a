// Catalog documents for tests: the least and the most that catalog.md takes, and ways to change them.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "projections/catalog_reader.h"

namespace subledger {

inline constexpr std::string_view least_document = R"({
  "version": "v", "effective_from": "2015-01-01T00:00:00Z", "currency": "RUB", "time_zone": "UTC",
  "default_tariff": "t", "tariffs": {"t": {}}})";

/// Every field there is, once.
inline constexpr std::string_view full_document = R"({
  "version": "v-1_0", "effective_from": "2015-01-01T03:00:00.5+03:00", "currency": "RUB",
  "time_zone": "Europe/Moscow", "lockout_threshold": 5, "default_tariff": "classic",
  "tariffs": {
    "classic": {
      "switch_fee": "100.25", "free_after_days": 30,
      "traffic": [
        {"rule": "night", "when": {"hours": [0, 8], "zone": "home", "rating_group": 7}, "scope": "session",
         "connect_fee": "0.5", "max_charge": "500", "rounding": {"mode": "half_even", "decimals": 3},
         "tiers": [{"from": 0, "price": "8.45", "unit": 1048576, "increment": 1024},
                   {"from": 2048, "price": "4", "unit": 3, "increment": 100}]},
        {"rule": "day", "tiers": [{"from": 0, "price": "1", "unit": 1, "increment": 1}]}],
      "options": {"locator": {"connect_fee": "5.01", "disconnect_fee": "6.02"}}},
    "smart": {}},
  "options": {
    "locator": {"connect_fee": "1.03", "disconnect_fee": "2.04", "excludes": ["mail"]},
    "mail": {}},
  "services": {
    "find": {"requires": "locator",
      "rates": [{"rule": "each", "tiers": [{"from": 0, "price": "10", "unit": 1, "increment": 1}]}]}}})";

/// The text with the first `from` replaced, which must be there.
inline std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string changed(text);
  const std::size_t at = changed.find(from);
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, "not there: " << from);
  return changed.replace(at, from.size(), to);
}

/// The JSON Pointer of the error, "ok" without one, "(document)" for the document as a whole.
inline std::string verdict_of(std::string_view document) {
  NameTable names;
  const auto read = read_catalog(document, names);
  if (read) return "ok";
  BOOST_TEST(!read.error().message.empty());
  return read.error().pointer.empty() ? "(document)" : read.error().pointer;
}

}  // namespace subledger
