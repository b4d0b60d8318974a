// The operator's price book, compiled: one version as the rules use it (catalog.md). Not its JSON form, and
// not which version is in force.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/money.h"
#include "events/time.h"
#include "projections/int128.h"
#include "projections/names.h"
#include "projections/time_zone.h"

namespace subledger {

enum class RoundingMode : uint8_t { half_up, half_even, up, down };

/// How exact amounts become money: to `decimals` (0 to 6) digits after the point.
struct Rounding {
  RoundingMode mode = RoundingMode::half_up;
  uint8_t decimals = 2;
};

/// From `from` (inclusive) to the next tier's `from`.
struct Tier {
  uint64_t from = 0;       ///< ≤ 2^50
  uint64_t increment = 1;  ///< 1 to 2^50
  uint64_t unit = 1;       ///< 1 to 2^32
  Money price;             ///< a `unit`; 0 to 1,000,000
};

/// Rule: domain 6. The formula f over a quantity.
struct Rate {
  Money connect_fee;
  std::optional<Money> max_charge;
  Rounding rounding;
  uint64_t common_unit = 1;  ///< least common multiple of the tiers' units, ≤ 2^32
  std::vector<Tier> tiers;   ///< 1 to 8, rising `from`
};

enum class Scope : uint8_t { event, session, day, month };

/// What an event must be like for a rule to price it. An absent condition holds always.
struct When {
  std::optional<uint8_t> hour_from;   ///< inclusive; stands or falls with hour_until
  std::optional<uint8_t> hour_until;  ///< exclusive
  std::optional<std::string> zone;
  std::optional<uint32_t> rating_group;
};

struct Rule {
  NameId name;
  When when;
  Scope scope = Scope::event;
  Rate rate;
};

struct OptionFees {
  Money connect_fee;
  Money disconnect_fee;
};

struct OptionOverride {
  NameId option;
  OptionFees fees;
};

struct Tariff {
  NameId name;
  Money switch_fee;
  std::optional<int64_t> free_after_days;
  std::vector<Rule> traffic;
  std::vector<OptionOverride> options;
};

struct Option {
  NameId name;
  OptionFees fees;
  std::vector<NameId> excludes;
};

struct Service {
  NameId name;
  std::optional<NameId> requires_option;
  std::vector<Rule> rates;
};

inline constexpr uint32_t default_lockout_threshold = 3;

struct Catalog {
  std::string version;
  Timestamp effective_from;
  std::string currency;
  TimeZone time_zone;
  uint32_t lockout_threshold = default_lockout_threshold;
  NameId default_tariff;
  std::vector<Tariff> tariffs;
  std::vector<Option> options;
  std::vector<Service> services;

  /// nullptr: this version does not have it.
  const Tariff* find_tariff(NameId name) const;
  const Option* find_option(NameId name) const;
  const Service* find_service(NameId name) const;
};

/// The fees of an option under a tariff: the tariff's override, which gives both, else the option's own.
const OptionFees& fees_of(const Tariff& tariff, const Option& option);

/// Rule: domain 6, State rules. Exclusion holds whichever of the two options names the other.
bool excludes(const Catalog& catalog, NameId one, NameId other);

}  // namespace subledger
