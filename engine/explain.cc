// Putting an explanation together, and comparing it with what the fold gave.
#include "engine/explain.h"

#include <memory_resource>

#include "engine/explain_parts.h"
#include "events/codec.h"
#include "events/json.h"
#include "events/overloaded.h"
#include "projections/access.h"

namespace subledger {
namespace {

using explaining::Case;

/// What was worked out without the fold.
struct WorkedOut {
  std::optional<Int128> amount;  ///< before bonuses; nullopt: not for this kind
  int64_t from_bonus = 0;
};

void add_event(FactMaker& facts, const Event& event, const InputRecord& record) {
  std::string json;
  if (!append_stored_event_json(json, event, {record.source, record.recorded_at})) json = "{}";
  facts.add(fact_of_record("event", json));
}

/// Rates and fees; payments, bonuses and reversals say their amount themselves.
WorkedOut work_out(FactMaker& facts, const Case& met) {
  WorkedOut found;
  std::visit(
      Overloaded{
          [&](const TrafficUsed& body) { found.amount = explain_traffic(facts, met, body); },
          [&](const ServiceUsed& body) { found.amount = explain_service(facts, met, body); },
          [&](const OptionConnected& body) { found.amount = explain_option(facts, met, body.option, true); },
          [&](const OptionDisconnected& body) {
            found.amount = explain_option(facts, met, body.option, false);
          },
          [&](const TariffSwitched& body) { found.amount = explain_switch(facts, met, body); },
          [&](const BonusGranted& body) {
            found.amount = -body.money.value_or(Money{}).micros;
            found.from_bonus = -body.money.value_or(Money{}).micros;
          },
          [&](const PaymentReceived& body) { found.amount = -body.money.micros; },
          [&](const ChargeReversed&) {
            facts.add(explaining::reversed_fact(met));
            const KnownEvent* target = met.step.target;
            if (target == nullptr) return;
            found.amount = -(target->from_bonus + target->from_account).micros;
            found.from_bonus = -target->from_bonus.micros;
          },
          [&](const LoginAttempted&) {},
          [&](const AssistantActivated&) { found.amount = 0; },
          [&](const AssistantDeactivated&) { found.amount = 0; },
          [&](const SubscriberClosed&) { found.amount = 0; },
          [&](const PasswordSet&) {},
          [&](const CatalogPublished&) {},
      },
      met.event().body);
  const bool payable = found.amount && *found.amount > 0 && *found.amount <= money_limit.micros;
  if (!payable || !std::holds_alternative<Accepted>(met.step.outcome)) return found;
  explaining::Drawn drawn = draw(met, GrantKind::money, static_cast<int64_t>(*found.amount));
  found.from_bonus = drawn.covered;
  facts.list("bonus_money_drawn", std::move(drawn.grants));
  return found;
}

std::string counter_account(const ChargeRecord& charge, const KnownEvent* target) {
  if (charge.kind == ChargeKind::payment) return "cash";
  if (charge.kind == ChargeKind::bonus) return "promotions";
  const bool reversal = charge.kind == ChargeKind::reversal && target != nullptr && target->kind;
  return "revenue:" + std::string(kind_name(reversal ? *target->kind : charge.kind));
}

/// Rule: domain 7, Double entry. The three sum to 0.
void add_postings(FactMaker& facts, const ChargeRecord& charge, const KnownEvent* target) {
  const auto posting = [](std::string_view account, Money amount) {
    return FactMaker().text("account", account).money("amount", amount).take();
  };
  facts.list("postings", {posting("receivable", charge.from_account), posting("bonus", charge.from_bonus),
                          posting(counter_account(charge, target), -charge.amount)});
}

bool add_charge(FactMaker& facts, const Case& met, const ChargeRecord& charge, const WorkedOut& found,
                const std::string& emitted) {
  const Money amount{static_cast<int64_t>(found.amount.value_or(0))};
  const Money from_account = amount - Money{found.from_bonus};
  const bool closing = charge.kind == ChargeKind::closing;
  const Money balance = met.before().balance + from_account;
  const bool equal = found.amount.has_value() && amount == charge.amount &&
                     charge.from_bonus.micros == found.from_bonus && charge.from_account == from_account &&
                     charge.balance == balance;
  FactMaker result("result");
  result.money("amount", amount)
      .money("from_bonus", Money{found.from_bonus})
      .money("from_account", from_account)
      .money("balance_before", met.before().balance)
      .money("balance_after", balance);
  if (closing) result.text("note", "the old account leaves this balance; the next event begins at 0");
  facts.add(result.take());
  add_postings(facts, charge, met.step.target);
  std::string json;
  append_charge_json(json, charge);
  facts.add(fact_of_record("record", json));
  const bool same = emitted.empty() || emitted == json;
  facts.flag("worked_out_agrees_with_the_rules", equal);
  if (!emitted.empty()) facts.flag("agrees_with_the_emitted_record", same);
  if (!same) facts.add(fact_of_record("emitted", emitted));
  return equal && same;
}

bool add_access(FactMaker& facts, const AccessRecord& access, const std::string& emitted) {
  std::string json;
  append_access_json(json, access);
  facts.add(fact_of_record("record", json));
  const bool same = emitted.empty() || emitted == json;
  if (!emitted.empty()) facts.flag("agrees_with_the_emitted_record", same);
  if (!same) facts.add(fact_of_record("emitted", emitted));
  return same;
}

bool explain_accepted(FactMaker& facts, const Case& met, const Accepted& accepted,
                      const std::string& emitted) {
  facts.add(explaining::catalog_fact(met));
  if (const auto* login = std::get_if<LoginAttempted>(&met.event().body)) {
    explain_login(facts, met, *login);
    const LoginDecision decision = decide_login(met.before().access, *login);
    facts.add(FactMaker("result")
                  .text("decision", decision_name(decision.decision))
                  .text_unless_empty("reason", access_reason_name(decision.reason))
                  .take());
    const bool equal = accepted.access && accepted.access->decision == decision.decision &&
                       accepted.access->reason == decision.reason;
    facts.flag("worked_out_agrees_with_the_rules", equal);
    return add_access(facts, *accepted.access, emitted) && equal;
  }
  const WorkedOut found = work_out(facts, met);
  if (accepted.charge) return add_charge(facts, met, *accepted.charge, found, emitted);
  return !accepted.access || add_access(facts, *accepted.access, emitted);
}

std::string_view outcome_name(const Outcome& outcome) {
  if (std::holds_alternative<Accepted>(outcome)) return "accepted";
  return std::holds_alternative<Duplicate>(outcome) ? "duplicate" : "rejected";
}

constexpr const char* store_alone =
    "the store alone: the event, the rules that did not match and the grants stand in the log; name it with "
    "--log";

/// nullopt: the record alone does not say what it should be.
std::optional<Int128> work_out_recorded(FactMaker& facts, const ChargeRecord& charge,
                                        const PartitionState& state) {
  const PublishedCatalog* version = state.find_version(charge.catalog_version);
  if (version == nullptr) return std::nullopt;
  const Catalog& catalog = version->catalog;
  facts.add(FactMaker("catalog")
                .text("version", catalog.version)
                .time("effective_from", catalog.effective_from)
                .take());
  if (charge.kind == ChargeKind::traffic || charge.kind == ChargeKind::service) {
    return explaining::explain_recorded_usage(facts, charge, catalog, state.names);
  }
  const std::optional<NameId> tariff_name = state.names.find(charge.tariff);
  const std::optional<NameId> option_name = state.names.find(charge.option);
  const Tariff* tariff = tariff_name ? catalog.find_tariff(*tariff_name) : nullptr;
  const Option* option = option_name ? catalog.find_option(*option_name) : nullptr;
  if (tariff == nullptr || option == nullptr) return std::nullopt;
  const OptionFees& fees = fees_of(*tariff, *option);
  const Money fee = charge.kind == ChargeKind::option_connect ? fees.connect_fee : fees.disconnect_fee;
  facts.add(FactMaker("fee")
                .text("option", charge.option)
                .text("why", &fees == &option->fees ? "the option's own fee" : "the tariff's own fee for it")
                .money("amount", fee)
                .take());
  return fee.micros;
}

}  // namespace

Explanation explain_charge(const ChargeRecord& charge, const PartitionState& state) {
  FactMaker facts;
  facts.text("outcome", "accepted").text("explained_from", store_alone);
  const std::optional<Int128> amount = work_out_recorded(facts, charge, state);
  std::string json;
  append_charge_json(json, charge);
  facts.add(fact_of_record("record", json));
  const bool agrees = !amount || (*amount == charge.amount.micros &&
                                  charge.from_bonus + charge.from_account == charge.amount);
  if (amount) facts.flag("worked_out_agrees_with_the_rules", agrees);
  return {facts.take(), agrees};
}

Explanation explain_access(const AccessRecord& access) {
  FactMaker facts;
  facts.text("outcome", "accepted").text("explained_from", store_alone);
  std::string json;
  append_access_json(json, access);
  facts.add(fact_of_record("record", json));
  return {facts.take(), true};
}

Explanation explain(const HistoryStep& step, const History& history, const std::string& emitted) {
  FactMaker facts;
  facts.text("outcome", outcome_name(step.outcome));
  const auto* rejection = std::get_if<Rejection>(&step.outcome);
  if (step.examined == nullptr) {
    std::pmr::monotonic_buffer_resource scratch;
    if (const auto event = decode_event(step.record.value, false, scratch)) {
      add_event(facts, *event, step.record);
    }
    if (rejection != nullptr) facts.add(explaining::rejection_fact(rejection->reason, rejection->detail));
    return {facts.take(), true};
  }
  const Case met{step, history};
  add_event(facts, met.event(), step.record);
  facts.add(explaining::account_fact(met));
  if (const auto* accepted = std::get_if<Accepted>(&step.outcome)) {
    const bool agrees = explain_accepted(facts, met, *accepted, emitted);
    return {facts.take(), agrees};
  }
  if (rejection != nullptr) {
    facts.add(explaining::rejection_fact(rejection->reason, rejection->detail));
    facts.add(explaining::catalog_fact(met));
    work_out(facts, met);
  }
  return {facts.take(), true};
}

}  // namespace subledger
