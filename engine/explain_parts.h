// Internal to the explanations: what their parts share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/explain.h"
#include "projections/grants.h"
#include "projections/rating.h"

namespace subledger::explaining {

/// An event of the subscriber that passed steps 1 to 8, and all it met.
struct Case {
  const HistoryStep& step;
  const History& history;

  const Event& event() const { return step.examined->event; }
  Timestamp at() const { return event().occurred_at; }
  const Account& before() const { return step.before; }
  std::string name(NameId id) const { return std::string(history.state().names.text(id)); }
  const Catalog* catalog() const {
    const PublishedCatalog* version = history.state().in_force(at());
    return version == nullptr ? nullptr : &version->catalog;
  }
};

/// "1/3", reduced; a whole number without a denominator. Requires denominator > 0.
std::string fraction_text(Int128 numerator, Int128 denominator);

/// Which version prices, and why that one.
Fact catalog_fact(const Case& met);
/// Which tariff was in force, and since when.
Fact tariff_fact(const Case& met, const Catalog& catalog);
NameId tariff_in_force(const Case& met, const Catalog& catalog);
/// What the account was like before the event.
Fact account_fact(const Case& met);

/// What grants give towards `wanted`, grant by grant.
struct Drawn {
  std::vector<Fact> grants;
  int64_t covered = 0;
};
Drawn draw(const Case& met, GrantKind kind, int64_t wanted);

/// f(a + p) - f(a) of a recorded charge of usage, with its steps; nullopt: its rule is not in the version.
std::optional<Int128> explain_recorded_usage(FactMaker& facts, const ChargeRecord& charge,
                                             const Catalog& catalog, const NameTable& names);

/// Each adds what it found to `facts` and gives the amount before bonuses; nullopt: there is no amount, and
/// the facts say why.
std::optional<Int128> explain_traffic(FactMaker& facts, const Case& met, const TrafficUsed& body);
std::optional<Int128> explain_service(FactMaker& facts, const Case& met, const ServiceUsed& body);
std::optional<Int128> explain_option(FactMaker& facts, const Case& met, std::string_view option,
                                     bool connect);
std::optional<Int128> explain_switch(FactMaker& facts, const Case& met, const TariffSwitched& body);

/// What a reversal undoes.
Fact reversed_fact(const Case& met);
/// The decision table of domain 4, up to the row that decided, and the attempts since the last success.
void explain_login(FactMaker& facts, const Case& met, const LoginAttempted& body);

/// The reason, its step and rule in the specification, and what would have had to be different.
Fact rejection_fact(Reason reason, std::string_view detail);

}  // namespace subledger::explaining
