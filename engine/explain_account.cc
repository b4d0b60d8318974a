// Explaining versions, tariffs, fees, bonuses and reversals (domain 5 and 6).
#include <algorithm>

#include "engine/explain_parts.h"
#include "projections/tariff_history.h"

namespace subledger::explaining {
namespace {

std::string place_of(Source source) {
  return std::to_string(source.partition) + ":" + std::to_string(source.offset);
}

std::string verdict_on(const Catalog& version, const Catalog* in_force, Timestamp at) {
  if (&version == in_force) return "in force: the latest beginning that is not after the event";
  if (version.effective_from > at) return "begins after the event";
  if (version.effective_from < in_force->effective_from) return "begins before the one in force";
  return "begins with the one in force, and was published before it";
}

std::string days_text(int64_t micros) {
  const int64_t hours = micros / (micros_per_day / 24);
  return std::to_string(hours / 24) + " days " + std::to_string(hours % 24) + " hours";
}

}  // namespace

Fact catalog_fact(const Case& met) {
  const PartitionState& state = met.history.state();
  const Catalog* in_force = met.catalog();
  FactMaker fact("catalog");
  if (in_force == nullptr) {
    fact.text("version", "none")
        .text("why", state.catalogs.empty() ? "no version had been published in this partition by then"
                                            : "every version published by then begins after the event");
  } else {
    fact.text("version", in_force->version)
        .time("effective_from", in_force->effective_from)
        .text("why",
              "of the versions published in this partition before this record, the one that begins last "
              "and not after the event's time, " +
                  format_time(met.at()));
  }
  std::vector<Fact> versions;
  for (std::size_t i = 0; i < state.catalogs.size(); ++i) {
    const Catalog& version = state.catalogs[i].catalog;
    const Publication& published = met.history.publications()[i];
    versions.push_back(FactMaker()
                           .text("version", version.version)
                           .time("effective_from", version.effective_from)
                           .text("published_at", place_of(published.source))
                           .time("recorded_at", published.recorded_at)
                           .text("verdict", verdict_on(version, in_force, met.at()))
                           .take());
  }
  return fact.list("published_before", std::move(versions)).take();
}

NameId tariff_in_force(const Case& met, const Catalog& catalog) {
  const TariffSwitch* last = switch_before(met.before().switches, met.at());
  return last == nullptr ? catalog.default_tariff : last->tariff;
}

Fact tariff_fact(const Case& met, const Catalog& catalog) {
  const TariffSwitch* last = switch_before(met.before().switches, met.at());
  FactMaker fact("tariff");
  fact.text("tariff", met.name(tariff_in_force(met, catalog)));
  if (last == nullptr) {
    fact.text("why", "no switch before the event's time: the default tariff of version " + catalog.version);
  } else {
    fact.time("since", last->at).text("why", "the last switch that is not after the event's time");
  }
  return fact.flag("in_the_version", catalog.find_tariff(tariff_in_force(met, catalog)) != nullptr).take();
}

Fact account_fact(const Case& met) {
  const Account& account = met.before();
  const std::optional<AccountView> view =
      describe_account(met.history.state(), met.step.examined->subscriber, account, {0, 0, met.at()});
  std::string options;
  for (const std::string& option : view->options) options += (options.empty() ? "" : ", ") + option;
  FactMaker fact("account_before");
  fact.flag("active", account.access.active)
      .flag("locked", account.access.locked)
      .number("failures", account.access.failures)
      .text_unless_empty("tariff", view->tariff.value_or(""))
      .text("options", options.empty() ? "none" : options)
      .money("balance", account.balance)
      .money("bonus_money", view->bonus_money)
      .number("bonus_bytes", view->bonus_bytes)
      .number("grants", static_cast<Int128>(account.grants.size()))
      .number("charges", account.sequence);
  if (account.closed_at) fact.time("closed_at", *account.closed_at);
  return fact.take();
}

Drawn draw(const Case& met, GrantKind kind, int64_t wanted) {
  Drawn drawn;
  const std::vector<Grant>& grants = met.before().grants;
  for (std::size_t i = 0; i < grants.size() && drawn.covered < wanted; ++i) {
    const Grant& grant = grants[i];
    if (grant.kind != kind || (grant.expires_at && *grant.expires_at <= met.at())) continue;
    const int64_t taken = std::min(wanted - drawn.covered, grant.remaining);
    drawn.covered += taken;
    const auto amount = [kind](int64_t value) {
      return kind == GrantKind::money ? format_money(Money{value}) : std::to_string(value);
    };
    const GrantOrigin& origin = met.step.origins[i];
    drawn.grants.push_back(
        FactMaker()
            .uuid("given_by_event", origin.event_id)
            .text("as", kind_name(origin.kind))
            .text("reason", origin.reason)
            .time("given_at", origin.given_at)
            .text("expires_at", grant.expires_at ? format_time(*grant.expires_at) : "never")
            .text("had", amount(grant.remaining))
            .text("taken", amount(taken))
            .text("left", amount(grant.remaining - taken))
            .take());
  }
  return drawn;
}

std::optional<Int128> explain_option(FactMaker& facts, const Case& met, std::string_view option,
                                     bool connect) {
  const Catalog* catalog = met.catalog();
  if (catalog == nullptr) return std::nullopt;
  facts.add(tariff_fact(met, *catalog));
  const std::optional<NameId> name = met.history.state().names.find(option);
  const Option* found = name ? catalog->find_option(*name) : nullptr;
  const Tariff* tariff = catalog->find_tariff(tariff_in_force(met, *catalog));
  const bool connected = name && std::ranges::binary_search(met.before().options, *name);
  FactMaker fee("fee");
  fee.text("option", option).flag("connected_before", connected).flag("in_the_version", found != nullptr);
  if (found != nullptr) {
    std::string excluding;
    for (const NameId other : met.before().options) {
      if (excludes(*catalog, *name, other)) excluding += (excluding.empty() ? "" : ", ") + met.name(other);
    }
    fee.text("excluded_by", excluding.empty() ? "none" : excluding);
  }
  std::optional<Int128> amount;
  if (tariff != nullptr && found == nullptr && connected && !connect) {
    amount = 0;
    fee.text("why", "a connected option that the version no longer has is disconnected free");
  } else if (tariff != nullptr && found != nullptr) {
    const OptionFees& fees = fees_of(*tariff, *found);
    amount = (connect ? fees.connect_fee : fees.disconnect_fee).micros;
    fee.text("why", &fees == &found->fees ? "the option's own fee" : "the tariff's own fee for this option");
  }
  if (amount) fee.money("amount", Money{static_cast<int64_t>(*amount)});
  facts.add(fee.take());
  return amount;
}

std::optional<Int128> explain_switch(FactMaker& facts, const Case& met, const TariffSwitched& body) {
  const Catalog* catalog = met.catalog();
  if (catalog == nullptr) return std::nullopt;
  facts.add(tariff_fact(met, *catalog));
  const std::optional<NameId> name = met.history.state().names.find(body.tariff);
  const Tariff* tariff = name ? catalog->find_tariff(*name) : nullptr;
  if (tariff == nullptr) return std::nullopt;
  const TariffSwitch* last = switch_before(met.before().switches, met.at());
  FactMaker fee("fee");
  fee.text("tariff", body.tariff).money("switch_fee", tariff->switch_fee);
  if (tariff->free_after_days) fee.number("free_after_days", *tariff->free_after_days);
  fee.text("last_switch_before", last == nullptr ? "none" : format_time(last->at));
  if (last != nullptr) fee.text("lies_back", days_text(met.at().micros - last->at.micros));
  const Money amount = switch_fee_of(*tariff, met.before().switches, met.at());
  std::string why = "every switch to this tariff costs the fee";
  if (tariff->free_after_days) {
    const bool waived =
        last == nullptr || met.at().micros - last->at.micros >= *tariff->free_after_days * micros_per_day;
    why = waived ? "free: there is no switch within the free period before it"
                 : "the last switch lies within the free period";
  }
  facts.add(fee.text("why", why).money("amount", amount).take());
  return amount.micros;
}

Fact reversed_fact(const Case& met) {
  const auto& body = std::get<ChargeReversed>(met.event().body);
  const KnownEvent* target = met.step.target;
  FactMaker fact("reversed_charge");
  fact.uuid("charge_id", body.charge_id);
  if (target == nullptr || !target->kind) {
    return fact.text("found", "no charge of this subscriber has this id").take();
  }
  const auto expiry = [](const std::optional<Timestamp>& time) {
    return time ? format_time(*time) : "never";
  };
  fact.text("kind", kind_name(*target->kind))
      .number("sequence", target->sequence)
      .flag("reversed_before", target->reversed)
      .money("amount", target->from_bonus + target->from_account)
      .money("from_bonus", target->from_bonus)
      .money("from_account", target->from_account);
  if (target->from_bonus > Money{}) fact.text("bonus_returns_until", expiry(target->money_expires_at));
  if (target->covered_quantity > 0) {
    fact.number("covered_quantity", target->covered_quantity)
        .text("bytes_return_until", expiry(target->bytes_expires_at));
  }
  return fact.take();
}

}  // namespace subledger::explaining
