// The fields of a catalog document, from the leaves up, each with its rule of catalog.md.
#include "projections/catalog_reader.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "events/event.h"
#include "events/json_value.h"
#include "projections/catalog_fields.h"

namespace subledger {
namespace {

constexpr std::size_t entries_max = 1000;  // tariffs, options, services
constexpr std::size_t rules_max = 100;
constexpr std::size_t tiers_max = 8;
constexpr uint64_t quantity_bound = uint64_t{1} << 50;
constexpr uint64_t unit_bound = uint64_t{1} << 32;

class Reader {
 public:
  Reader(const JsonValue& document, NameTable& names) : document_(document), names_(names) {}

  tl::expected<Catalog, CatalogError> read();

 private:
  bool names_one(std::string_view list, std::string_view name) const {
    const JsonValue* entries = document_.member(list);
    return entries != nullptr && entries->member(name) != nullptr;
  }
  NameId reference(std::string_view list, const JsonValue& value);
  NameId intern(std::string_view name) { return walk_.failed() ? NameId{} : names_.intern(name); }

  void add_tier(Rate& rate, const JsonValue& value);
  Rounding rounding(const JsonValue& value);
  When when(const JsonValue& value);
  Scope scope(const JsonValue& value);
  Rule rule(const JsonValue& value, std::set<std::string_view>& taken);
  std::vector<Rule> rules(const JsonValue& value, std::size_t min);
  OptionFees fees(const JsonValue& value);
  Tariff tariff(std::string_view name, const JsonValue& value);
  std::vector<OptionOverride> overrides(const JsonValue& value);
  Option option(std::string_view name, const JsonValue& value);
  Service service(std::string_view name, const JsonValue& value);
  std::string currency(const JsonValue& value);
  void time_zone(const JsonValue& value);

  /// Reads an object of named entries, each by `read(name, value)`, sorted by name number.
  template <class Entry, class Read>
  std::vector<Entry> entries(const JsonValue& value, Read read) {
    std::vector<Entry> all;
    walk_.members(value, entries_max, [&](std::string_view name, const JsonValue& entry) {
      if (walk_.is_name(name)) all.push_back(read(name, entry));
    });
    std::sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
    return all;
  }

  const JsonValue& document_;
  NameTable& names_;
  FieldWalk walk_;
  std::optional<TimeZone> zone_;
};

NameId Reader::reference(std::string_view list, const JsonValue& value) {
  const std::string_view name = walk_.name(value);
  if (!walk_.failed() && !names_one(list, name)) {
    walk_.fail("'" + std::string(name) + "' is not among the " + std::string(list));
  }
  return intern(name);
}

/// What a tier owes to those before it is checked at its field, so that the first offending one is named.
void Reader::add_tier(Rate& rate, const JsonValue& value) {
  Tier read;
  const auto from = [&](const JsonValue& v) {
    read.from = walk_.integer(v, 0, quantity_bound);
    if (rate.tiers.empty() && read.from != 0) walk_.fail("the first tier begins at 0");
    if (!rate.tiers.empty() && read.from <= rate.tiers.back().from) {
      walk_.fail("must be above that of the tier before");
    }
  };
  const auto unit = [&](const JsonValue& v) {
    read.unit = walk_.integer(v, 1, unit_bound);
    // Rule: domain 7. Both are at most 2^32, so their least common multiple fits in 64 bits.
    rate.common_unit = std::lcm(rate.common_unit, read.unit);
    if (rate.common_unit > unit_bound) {
      walk_.fail("the least common multiple of the rule's units is above 2^32");
    }
  };
  walk_.object(value, {
                          {"from", true, from},
                          {"price", true, [&](const JsonValue& v) { read.price = walk_.price(v); }},
                          {"unit", true, unit},
                          {"increment", true,
                           [&](const JsonValue& v) { read.increment = walk_.integer(v, 1, quantity_bound); }},
                      });
  rate.tiers.push_back(read);
}

Rounding Reader::rounding(const JsonValue& value) {
  Rounding read;
  const auto mode = [&](const JsonValue& v) {
    const std::string_view name = walk_.text(v);
    if (name == "half_up") {
      read.mode = RoundingMode::half_up;
    } else if (name == "half_even") {
      read.mode = RoundingMode::half_even;
    } else if (name == "up") {
      read.mode = RoundingMode::up;
    } else if (name == "down") {
      read.mode = RoundingMode::down;
    } else {
      walk_.fail("must be half_up, half_even, up or down");
    }
  };
  walk_.object(
      value, {
                 {"mode", false, mode},
                 {"decimals", false,
                  [&](const JsonValue& v) { read.decimals = static_cast<uint8_t>(walk_.integer(v, 0, 6)); }},
             });
  return read;
}

When Reader::when(const JsonValue& value) {
  When read;
  const auto hours = [&](const JsonValue& v) {
    std::vector<uint8_t> bounds;
    walk_.items(v, 2, 2, [&](const JsonValue& hour) {
      bounds.push_back(static_cast<uint8_t>(walk_.integer(hour, 0, 24)));
    });
    if (walk_.failed()) return;
    if (bounds[0] >= bounds[1]) return walk_.fail("the first hour must be below the second");
    read.hour_from = bounds[0];
    read.hour_until = bounds[1];
  };
  const auto zone = [&](const JsonValue& v) {
    read.zone = walk_.text(v);
    if (!walk_.failed() && (read.zone->empty() || read.zone->size() > string_size_max)) {
      walk_.fail("must be 1 to 64 bytes long");
    }
  };
  walk_.object(value, {
                          {"hours", false, hours},
                          {"zone", false, zone},
                          {"rating_group", false,
                           [&](const JsonValue& v) {
                             read.rating_group = static_cast<uint32_t>(walk_.integer(v, 0, UINT32_MAX));
                           }},
                      });
  return read;
}

Scope Reader::scope(const JsonValue& value) {
  const std::string_view name = walk_.text(value);
  if (name == "event") return Scope::event;
  if (name == "session") return Scope::session;
  if (name == "day") return Scope::day;
  if (name == "month") return Scope::month;
  walk_.fail("must be event, session, day or month");
  return Scope::event;
}

Rule Reader::rule(const JsonValue& value, std::set<std::string_view>& taken) {
  Rule read;
  const auto name = [&](const JsonValue& v) {
    const std::string_view text = walk_.name(v);
    if (!walk_.failed() && !taken.insert(text).second) walk_.fail("this rule name is already in the list");
    read.name = intern(text);
  };
  const auto tiers = [&](const JsonValue& v) {
    walk_.items(v, 1, tiers_max, [&](const JsonValue& item) { add_tier(read.rate, item); });
  };
  walk_.object(
      value, {
                 {"rule", true, name},
                 {"when", false, [&](const JsonValue& v) { read.when = when(v); }},
                 {"scope", false, [&](const JsonValue& v) { read.scope = scope(v); }},
                 {"connect_fee", false, [&](const JsonValue& v) { read.rate.connect_fee = walk_.price(v); }},
                 {"max_charge", false, [&](const JsonValue& v) { read.rate.max_charge = walk_.price(v); }},
                 {"rounding", false, [&](const JsonValue& v) { read.rate.rounding = rounding(v); }},
                 {"tiers", true, tiers},
             });
  return read;
}

std::vector<Rule> Reader::rules(const JsonValue& value, std::size_t min) {
  std::vector<Rule> read;
  std::set<std::string_view> taken;
  walk_.items(value, min, rules_max, [&](const JsonValue& item) { read.push_back(rule(item, taken)); });
  return read;
}

OptionFees Reader::fees(const JsonValue& value) {
  OptionFees read;
  walk_.object(
      value, {
                 {"connect_fee", false, [&](const JsonValue& v) { read.connect_fee = walk_.price(v); }},
                 {"disconnect_fee", false, [&](const JsonValue& v) { read.disconnect_fee = walk_.price(v); }},
             });
  return read;
}

std::vector<OptionOverride> Reader::overrides(const JsonValue& value) {
  std::vector<OptionOverride> read;
  walk_.members(value, entries_max, [&](std::string_view name, const JsonValue& entry) {
    if (!walk_.is_name(name)) return;
    if (!names_one("options", name))
      return walk_.fail("'" + std::string(name) + "' is not among the options");
    read.push_back({intern(name), fees(entry)});
  });
  return read;
}

Tariff Reader::tariff(std::string_view name, const JsonValue& value) {
  Tariff read;
  read.name = intern(name);
  walk_.object(value,
               {
                   {"switch_fee", false, [&](const JsonValue& v) { read.switch_fee = walk_.price(v); }},
                   {"free_after_days", false,
                    [&](const JsonValue& v) {
                      read.free_after_days = static_cast<int64_t>(walk_.integer(v, 1, 3650));
                    }},
                   {"traffic", false, [&](const JsonValue& v) { read.traffic = rules(v, 0); }},
                   {"options", false, [&](const JsonValue& v) { read.options = overrides(v); }},
               });
  return read;
}

Option Reader::option(std::string_view name, const JsonValue& value) {
  Option read;
  read.name = intern(name);
  const auto excluded = [&](const JsonValue& v) {
    walk_.items(v, 0, entries_max, [&](const JsonValue& item) {
      read.excludes.push_back(reference("options", item));
      if (!walk_.failed() && read.excludes.back() == read.name) walk_.fail("an option cannot exclude itself");
    });
  };
  walk_.object(
      value,
      {
          {"connect_fee", false, [&](const JsonValue& v) { read.fees.connect_fee = walk_.price(v); }},
          {"disconnect_fee", false, [&](const JsonValue& v) { read.fees.disconnect_fee = walk_.price(v); }},
          {"excludes", false, excluded},
      });
  return read;
}

Service Reader::service(std::string_view name, const JsonValue& value) {
  Service read;
  read.name = intern(name);
  walk_.object(value, {
                          {"requires", false,
                           [&](const JsonValue& v) { read.requires_option = reference("options", v); }},
                          {"rates", true, [&](const JsonValue& v) { read.rates = rules(v, 1); }},
                      });
  return read;
}

std::string Reader::currency(const JsonValue& value) {
  const std::string_view code = walk_.text(value);
  const bool capitals = std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (code.size() != 3 || !capitals) walk_.fail("must be three capital letters");
  return std::string(code);
}

void Reader::time_zone(const JsonValue& value) {
  zone_ = TimeZone::find(walk_.text(value));
  if (!zone_) walk_.fail("is not an IANA time zone of tzdata " + std::string(tzdata_release()));
}

tl::expected<Catalog, CatalogError> Reader::read() {
  std::string version;
  std::string currency_code;
  Timestamp effective_from;
  uint32_t threshold = default_lockout_threshold;
  NameId default_tariff;
  std::vector<Tariff> tariffs;
  std::vector<Option> options;
  std::vector<Service> services;
  const auto read_tariffs = [&](const JsonValue& v) {
    tariffs = entries<Tariff>(v, [this](auto name, const JsonValue& entry) { return tariff(name, entry); });
    if (tariffs.empty()) walk_.fail("at least one tariff is needed");
  };
  walk_.object(
      document_,
      {
          {"version", true, [&](const JsonValue& v) { version = walk_.name(v); }},
          {"effective_from", true, [&](const JsonValue& v) { effective_from = walk_.time(v); }},
          {"currency", true, [&](const JsonValue& v) { currency_code = currency(v); }},
          {"time_zone", true, [&](const JsonValue& v) { time_zone(v); }},
          {"lockout_threshold", false,
           [&](const JsonValue& v) { threshold = static_cast<uint32_t>(walk_.integer(v, 1, 100)); }},
          {"default_tariff", true, [&](const JsonValue& v) { default_tariff = reference("tariffs", v); }},
          {"tariffs", true, read_tariffs},
          {"options", false,
           [&](const JsonValue& v) {
             options = entries<Option>(
                 v, [this](auto name, const JsonValue& entry) { return option(name, entry); });
           }},
          {"services", false,
           [&](const JsonValue& v) {
             services = entries<Service>(
                 v, [this](auto name, const JsonValue& entry) { return service(name, entry); });
           }},
      });
  if (walk_.failed()) return tl::unexpected(*walk_.error());
  return Catalog{std::move(version), effective_from, std::move(currency_code), *zone_,
                 threshold,          default_tariff, std::move(tariffs),       std::move(options),
                 std::move(services)};
}

}  // namespace

tl::expected<Catalog, CatalogError> read_catalog(std::string_view document, NameTable& names) {
  if (document.size() > catalog_size_max) {
    return tl::unexpected(CatalogError{"", "the document is longer than 1 MiB"});
  }
  const auto parsed = parse_json(document);
  if (!parsed) return tl::unexpected(CatalogError{parsed.error().pointer, parsed.error().message});
  return Reader(*parsed, names).read();
}

std::string canonical_catalog(std::string_view document) {
  std::string text;
  if (const auto parsed = parse_json(document)) append_canonical_json(text, *parsed);
  return text;
}

}  // namespace subledger
