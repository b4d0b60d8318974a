// Explaining what traffic and services cost (domain 6, Rating).
#include <algorithm>

#include "engine/explain_parts.h"
#include "engine/wide_money.h"
#include "projections/accumulators.h"
#include "projections/time_zone.h"

namespace subledger::explaining {
namespace {

constexpr Int128 micros_per_unit = 1'000'000;

/// What rules look at.
struct Usage {
  UsageKind kind{};
  NameId owner;
  std::optional<std::string_view> session;
  bool final = false;
  std::string zone;
  std::optional<uint32_t> rating_group;
  LocalTime local{};
};

std::string_view mode_name(RoundingMode mode) {
  switch (mode) {
    case RoundingMode::half_up:
      return "half_up";
    case RoundingMode::half_even:
      return "half_even";
    case RoundingMode::up:
      return "up";
    case RoundingMode::down:
      return "down";
  }
  return "";
}

std::string_view scope_name(Scope scope) {
  switch (scope) {
    case Scope::event:
      return "event";
    case Scope::session:
      return "session";
    case Scope::day:
      return "day";
    case Scope::month:
      return "month";
  }
  return "";
}

std::string conditions_of(const When& when) {
  std::string text;
  const auto add = [&text](const std::string& condition) { text += (text.empty() ? "" : ", ") + condition; };
  if (when.hour_from) {
    add("local hour from " + std::to_string(*when.hour_from) + " to before " +
        std::to_string(*when.hour_until));
  }
  if (when.zone) add("zone " + *when.zone);
  if (when.rating_group) add("rating group " + std::to_string(*when.rating_group));
  return text.empty() ? "none" : text;
}

/// The first condition that does not hold; empty: all hold.
std::string failed_condition(const When& when, const Usage& usage) {
  if (when.hour_from && (usage.local.hour < *when.hour_from || usage.local.hour >= *when.hour_until)) {
    return "the local hour is " + std::to_string(usage.local.hour);
  }
  if (when.zone && *when.zone != usage.zone) return "the zone is " + usage.zone;
  if (when.rating_group && when.rating_group != usage.rating_group) {
    return usage.rating_group ? "the rating group is " + std::to_string(*usage.rating_group)
                              : std::string("the event has no rating group");
  }
  return {};
}

/// Adds the rules that were tried; nullptr: none matches.
const Rule* try_rules(FactMaker& facts, const Case& met, const std::vector<Rule>& rules, const Usage& usage) {
  std::vector<Fact> tried;
  const Rule* found = nullptr;
  for (const Rule& rule : rules) {
    const std::string failed = failed_condition(rule.when, usage);
    std::string verdict = failed.empty() ? "matches: the first that does" : "does not match: " + failed;
    if (found != nullptr) verdict = "not looked at: an earlier rule matches";
    tried.push_back(FactMaker()
                        .text("rule", met.name(rule.name))
                        .text("when", conditions_of(rule.when))
                        .text("scope", scope_name(rule.scope))
                        .text("verdict", verdict)
                        .take());
    if (found == nullptr && failed.empty()) found = &rule;
  }
  facts.list("rules_tried", std::move(tried));
  return found;
}

/// What is paid for so far and from now on, where.
struct Paid {
  uint64_t before = 0;
  uint64_t now = 0;
};

Paid accumulator(FactMaker& facts, const Case& met, const Rule& rule, const Usage& usage, uint64_t paid) {
  const bool alone = rule.scope == Scope::session && !usage.session;
  const Scope scope = alone ? Scope::event : rule.scope;
  AccumulatorKey key{usage.kind, scope, usage.owner, rule.name, 0, {}};
  std::string instance = "this event alone";
  if (scope == Scope::session) {
    key.session = *usage.session;
    instance = "session " + std::string(*usage.session);
  } else if (scope == Scope::day) {
    key.period = usage.local.day;
    instance = format_time(Timestamp{usage.local.day * micros_per_day}).substr(0, 10);
  } else if (scope == Scope::month) {
    key.period = usage.local.month;
    const std::string month = std::to_string(usage.local.month % 12 + 1);
    instance = std::to_string(usage.local.month / 12) + (month.size() < 2 ? "-0" : "-") + month;
  }
  const uint64_t before = scope == Scope::event ? 0 : accumulated(met.before().accumulators, key);
  FactMaker fact("accumulator");
  fact.text("scope", scope_name(scope)).text("of", instance);
  if (alone) fact.text("why", "the rule's scope is a session, and the event names none");
  fact.number("a_before", before).number("p_now", paid).number("a_after", before + paid);
  if (usage.final && usage.session) fact.text("then", "the event is final: the session's accumulators close");
  facts.add(fact.take());
  return {before, paid};
}

/// f of a quantity, tier by tier. `amount` gets it in millionths.
Fact price_fact(std::string_view name, const Rate& rate, uint64_t quantity, Int128& amount) {
  std::vector<Fact> tiers;
  for (std::size_t i = 0; i < rate.tiers.size() && quantity > rate.tiers[i].from; ++i) {
    const Tier& tier = rate.tiers[i];
    const uint64_t until = i + 1 < rate.tiers.size() ? std::min(quantity, rate.tiers[i + 1].from) : quantity;
    const uint64_t portion = until - tier.from;
    const uint64_t increments = portion / tier.increment + (portion % tier.increment == 0 ? 0 : 1);
    const Int128 billed = static_cast<Int128>(increments) * static_cast<Int128>(tier.increment);
    tiers.push_back(FactMaker()
                        .number("from", tier.from)
                        .number("portion", portion)
                        .number("increment", tier.increment)
                        .number("increments", increments)
                        .number("billed", billed)
                        .money("price", tier.price)
                        .number("per", tier.unit)
                        .text("amount", fraction_text(billed * tier.price.micros,
                                                      static_cast<Int128>(tier.unit) * micros_per_unit))
                        .take());
  }
  Rate uncapped = rate;
  uncapped.max_charge.reset();
  const ExactAmount sum = exact_amount(uncapped, quantity);
  const ExactAmount exact = exact_amount(rate, quantity);
  amount = round_amount(exact, rate.rounding);
  FactMaker fact(name);
  fact.number("quantity", quantity);
  fact.money("connect_fee", quantity > 0 ? rate.connect_fee : Money{}).list("tiers", std::move(tiers));
  fact.text("sum", fraction_text(sum.numerator, sum.denominator * micros_per_unit));
  if (rate.max_charge) {
    fact.money("max_charge", *rate.max_charge).flag("capped", exact.numerator < sum.numerator);
  }
  fact.text("unrounded", fraction_text(exact.numerator, exact.denominator * micros_per_unit));
  return fact.text("rounded", format_wide_money(amount)).take();
}

Int128 explain_price(FactMaker& facts, const Rule& rule, const Paid& paid) {
  Int128 before = 0;
  Int128 after = 0;
  Fact f_a = price_fact("f_of_a", rule.rate, paid.before, before);
  Fact f_ap = price_fact("f_of_a_plus_p", rule.rate, paid.before + paid.now, after);
  facts.add(std::move(f_a)).add(std::move(f_ap));
  facts.add(FactMaker("rounding")
                .text("mode", mode_name(rule.rate.rounding.mode))
                .number("decimals", rule.rate.rounding.decimals)
                .take());
  facts.add(
      FactMaker("price")
          .text("amount", format_wide_money(after - before))
          .text("is", "f(a + p) - f(a) = " + format_wide_money(after) + " - " + format_wide_money(before))
          .take());
  return after - before;
}

void add_local_time(FactMaker& facts, const Catalog& catalog, const LocalTime& local) {
  facts.add(FactMaker("local_time")
                .text("time_zone", catalog.time_zone.name())
                .text("day", format_time(Timestamp{local.day * micros_per_day}).substr(0, 10))
                .number("hour", local.hour)
                .take());
}

/// From the rules to the amount.
std::optional<Int128> rate(FactMaker& facts, const Case& met, const std::vector<Rule>& rules,
                           const Usage& usage, uint64_t paid) {
  const Rule* rule = try_rules(facts, met, rules, usage);
  if (rule == nullptr) return std::nullopt;
  const Paid quantity = accumulator(facts, met, *rule, usage, paid);
  if (quantity.before + quantity.now > quantity_limit) return std::nullopt;
  return explain_price(facts, *rule, quantity);
}

}  // namespace

std::string fraction_text(Int128 numerator, Int128 denominator) {
  Int128 a = numerator < 0 ? -numerator : numerator;
  for (Int128 b = denominator; b != 0;) {
    const Int128 rest = a % b;
    a = b;
    b = rest;
  }
  const Int128 divisor = a == 0 ? 1 : a;
  const std::string whole = format_wide_integer(numerator / divisor);
  return denominator == divisor ? whole : whole + "/" + format_wide_integer(denominator / divisor);
}

std::optional<Int128> explain_recorded_usage(FactMaker& facts, const ChargeRecord& charge,
                                             const Catalog& catalog, const NameTable& names) {
  const bool traffic = charge.kind == ChargeKind::traffic;
  const std::optional<NameId> owner = names.find(traffic ? charge.tariff : charge.service);
  const std::optional<NameId> name = names.find(charge.rule);
  if (!owner || !name) return std::nullopt;
  const Tariff* tariff = traffic ? catalog.find_tariff(*owner) : nullptr;
  const Service* service = traffic ? nullptr : catalog.find_service(*owner);
  if (tariff == nullptr && service == nullptr) return std::nullopt;
  const std::vector<Rule>& rules = traffic ? tariff->traffic : service->rates;
  const auto rule = std::ranges::find(rules, *name, &Rule::name);
  if (rule == rules.end()) return std::nullopt;
  const uint64_t paid =
      charge.quantity.value_or(0) - static_cast<uint64_t>(charge.covered_quantity.value_or(0));
  const uint64_t before = charge.accumulated_quantity.value_or(0);
  facts.add(FactMaker("rule")
                .text("rule", charge.rule)
                .text("when", conditions_of(rule->when))
                .text("scope", scope_name(rule->scope))
                .take());
  facts.add(FactMaker("quantity")
                .number("together", charge.quantity.value_or(0))
                .number("covered_by_bonuses", charge.covered_quantity.value_or(0))
                .number("p_to_be_paid", paid)
                .number("a_before", before)
                .take());
  return explain_price(facts, *rule, {before, paid});
}

std::optional<Int128> explain_traffic(FactMaker& facts, const Case& met, const TrafficUsed& body) {
  const Catalog* catalog = met.catalog();
  if (catalog == nullptr) return std::nullopt;
  facts.add(tariff_fact(met, *catalog));
  const NameId name = tariff_in_force(met, *catalog);
  const Tariff* tariff = catalog->find_tariff(name);
  if (tariff == nullptr) return std::nullopt;
  const Usage usage{UsageKind::traffic,
                    name,
                    body.session,
                    body.final.value_or(false),
                    std::string(body.zone.value_or("home")),
                    body.rating_group,
                    local_time(catalog->time_zone, met.at().micros)};
  add_local_time(facts, *catalog, usage.local);
  const uint64_t quantity = body.bytes_up + body.bytes_down;
  Drawn covered = draw(met, GrantKind::bytes, static_cast<int64_t>(quantity));
  const uint64_t paid = quantity - static_cast<uint64_t>(covered.covered);
  facts.add(FactMaker("quantity")
                .number("bytes_up", body.bytes_up)
                .number("bytes_down", body.bytes_down)
                .number("together", quantity)
                .number("covered_by_bonuses", covered.covered)
                .number("p_to_be_paid", paid)
                .take());
  facts.list("bonus_bytes_drawn", std::move(covered.grants));
  return rate(facts, met, tariff->traffic, usage, paid);
}

std::optional<Int128> explain_service(FactMaker& facts, const Case& met, const ServiceUsed& body) {
  const Catalog* catalog = met.catalog();
  if (catalog == nullptr) return std::nullopt;
  const std::optional<NameId> name = met.history.state().names.find(body.service);
  const Service* service = name ? catalog->find_service(*name) : nullptr;
  if (service == nullptr) return std::nullopt;
  if (service->requires_option) {
    const std::vector<NameId>& options = met.before().options;
    facts.add(FactMaker("required_option")
                  .text("option", met.name(*service->requires_option))
                  .flag("connected", std::ranges::binary_search(options, *service->requires_option))
                  .take());
  }
  const Usage usage{UsageKind::service,
                    *name,
                    body.session,
                    body.final.value_or(false),
                    std::string(body.zone.value_or("home")),
                    std::nullopt,
                    local_time(catalog->time_zone, met.at().micros)};
  add_local_time(facts, *catalog, usage.local);
  facts.add(FactMaker("quantity").number("units", body.units).number("p_to_be_paid", body.units).take());
  return rate(facts, met, service->rates, usage, body.units);
}

}  // namespace subledger::explaining
