// The folds of traffic and paid services: which rule prices a quantity, and what it comes to (domain 6,
// Rating).
#include <algorithm>

#include "projections/accumulators.h"
#include "projections/rating.h"
#include "projections/steps.h"

namespace subledger {
namespace {

constexpr std::string_view default_zone = "home";

/// What a usage event says of itself, for rules to look at.
struct Usage {
  UsageKind kind{};
  NameId owner;  ///< the tariff, or the service
  std::optional<std::string_view> session;
  bool final = false;
  std::string_view zone;
  std::optional<uint32_t> rating_group;
  LocalTime local;
};

bool matches(const When& when, const Usage& usage) {
  if (when.hour_from && (usage.local.hour < *when.hour_from || usage.local.hour >= *when.hour_until))
    return false;
  if (when.zone && *when.zone != usage.zone) return false;
  return !when.rating_group || when.rating_group == usage.rating_group;
}

/// Rule: domain 6. The first rule in the list that matches; nullptr: none.
const Rule* rule_for(const std::vector<Rule>& rules, const Usage& usage) {
  for (const Rule& rule : rules) {
    if (matches(rule.when, usage)) return &rule;
  }
  return nullptr;
}

/// A `session` rule without a session id counts as `event`.
Scope scope_of(const Rule& rule, const Usage& usage) {
  return rule.scope == Scope::session && !usage.session ? Scope::event : rule.scope;
}

AccumulatorKey key_of(const Rule& rule, Scope scope, const Usage& usage) {
  AccumulatorKey key{usage.kind, scope, usage.owner, rule.name, 0, {}};
  if (scope == Scope::session) key.session = *usage.session;
  if (scope == Scope::day) key.period = usage.local.day;
  if (scope == Scope::month) key.period = usage.local.month;
  return key;
}

/// What a paid quantity costs in its scope, found without changing anything.
struct Price {
  Scope scope{};
  AccumulatorKey key;
  uint64_t accumulated = 0;
  Int128 amount = 0;
};

/// Rule: domain 6, Accumulators. f(a + p) − f(a), both by the version in force.
tl::expected<Price, Rejection> price(const Step& step, const Rule& rule, const Usage& usage, uint64_t paid) {
  Price found;
  found.scope = scope_of(rule, usage);
  found.key = key_of(rule, found.scope, usage);
  if (found.scope != Scope::event) found.accumulated = accumulated(step.account.accumulators, found.key);
  if (found.accumulated + paid > quantity_limit) {
    return reject(step, Reason::amount_overflow, "the quantity of the scope would be above 2^53");
  }
  found.amount = price_of(rule.rate, found.accumulated + paid) - price_of(rule.rate, found.accumulated);
  return found;
}

/// Rule: domain 6, Accumulators. A final event of a session rule opens none; `final` closes after use.
void touch_accumulators(const Step& step, const Price& priced, const Usage& usage, uint64_t paid) {
  std::vector<Accumulator>& open = step.account.accumulators;
  const bool closes = usage.final && usage.session;
  if (priced.scope != Scope::event) {
    accumulate(open, priced.key, paid, !(closes && priced.scope == Scope::session));
  }
  if (closes) close_session(open, usage.kind, *usage.session);
}

std::string no_rate_detail(const Catalog& catalog, std::string_view owner) {
  return "no rule of '" + std::string(owner) + "' in version '" + catalog.version + "' matches";
}

}  // namespace

FoldResult fold(const Step& step, const TrafficUsed& body) {
  const auto version = version_in_force(step);
  if (!version) return tl::unexpected(version.error());
  const Catalog& catalog = (*version)->catalog;
  const NameId tariff_name = tariff_at(step, catalog);
  const Tariff* tariff = catalog.find_tariff(tariff_name);
  const std::string_view tariff_text = step.state.names.text(tariff_name);
  if (tariff == nullptr) {
    return reject(step, Reason::unknown_tariff,
                  "tariff '" + std::string(tariff_text) + "' is not in version '" + catalog.version + "'");
  }
  const Usage usage{UsageKind::traffic,
                    tariff_name,
                    body.session,
                    body.final.value_or(false),
                    body.zone.value_or(default_zone),
                    body.rating_group,
                    (*version)->calendar.at(step.at().micros)};
  const Rule* rule = rule_for(tariff->traffic, usage);
  if (rule == nullptr) return reject(step, Reason::no_rate, no_rate_detail(catalog, tariff_text));
  const uint64_t quantity = body.bytes_up + body.bytes_down;
  const Draw covered =
      plan_draw(step.account.grants, GrantKind::bytes, static_cast<int64_t>(quantity), step.at());
  const uint64_t paid = quantity - static_cast<uint64_t>(covered.covered);
  const auto priced = price(step, *rule, usage, paid);
  if (!priced) return tl::unexpected(priced.error());
  const auto bill = bill_of(step, priced->amount);
  if (!bill) return tl::unexpected(bill.error());

  // From here on nothing can fail.
  ChargeRecord charge = new_charge(step, ChargeKind::traffic);
  charge.catalog_version = catalog.version;
  charge.tariff = tariff_text;
  charge.rule = step.state.names.text(rule->name);
  charge.session = body.session.value_or(std::string_view());
  charge.quantity = quantity;
  charge.covered_quantity = covered.covered;
  charge.accumulated_quantity = priced->accumulated;
  take_draw(step.account.grants, GrantKind::bytes, covered.covered, step.at());
  touch_accumulators(step, *priced, usage, paid);
  Accepted accepted = settle(step, *bill, charge);
  accepted.known.bytes_expires_at = covered.expires_at;
  return accepted;
}

FoldResult fold(const Step& step, const ServiceUsed& body) {
  const auto version = version_in_force(step);
  if (!version) return tl::unexpected(version.error());
  if (auto denied = check_web_access(step)) return *std::move(denied);
  const Catalog& catalog = (*version)->catalog;
  const std::optional<NameId> name = step.state.names.find(body.service);
  const Service* service = name ? catalog.find_service(*name) : nullptr;
  if (service == nullptr) {
    return reject(step, Reason::unknown_service,
                  "service '" + std::string(body.service) + "' is not in version '" + catalog.version + "'");
  }
  const std::vector<NameId>& options = step.account.options;
  if (service->requires_option &&
      !std::binary_search(options.begin(), options.end(), *service->requires_option)) {
    return reject(
        step, Reason::option_required,
        "option '" + std::string(step.state.names.text(*service->requires_option)) + "' is not connected");
  }
  const Usage usage{UsageKind::service,
                    *name,
                    body.session,
                    body.final.value_or(false),
                    body.zone.value_or(default_zone),
                    std::nullopt,
                    (*version)->calendar.at(step.at().micros)};
  const Rule* rule = rule_for(service->rates, usage);
  if (rule == nullptr) return reject(step, Reason::no_rate, no_rate_detail(catalog, body.service));
  const auto priced = price(step, *rule, usage, body.units);
  if (!priced) return tl::unexpected(priced.error());
  const auto bill = bill_of(step, priced->amount);
  if (!bill) return tl::unexpected(bill.error());

  // From here on nothing can fail.
  ChargeRecord charge = new_charge(step, ChargeKind::service);
  charge.catalog_version = catalog.version;
  charge.rule = step.state.names.text(rule->name);
  charge.service = step.state.names.text(*name);
  charge.session = body.session.value_or(std::string_view());
  charge.quantity = body.units;
  charge.accumulated_quantity = priced->accumulated;
  touch_accumulators(step, *priced, usage, body.units);
  return settle(step, *bill, charge);
}

}  // namespace subledger
