// The shared steps of a fold: refusing, finding the version, billing and completing a charge.
#include "projections/steps.h"

#include <utility>

#include "events/check.h"
#include "projections/tariff_history.h"

namespace subledger {
namespace {

/// Gives the charge its place in the account, and says what is known of it.
void complete(const Step& step, Accepted& accepted) {
  Account& account = step.account;
  ChargeRecord& charge = *accepted.charge;
  account.balance = account.balance + charge.from_account;
  charge.sequence = ++account.sequence;
  charge.balance = account.balance;
  KnownEvent& known = accepted.known;
  known.kind = charge.kind;
  known.sequence = charge.sequence;
  known.from_bonus = charge.from_bonus;
  known.from_account = charge.from_account;
  known.covered_quantity = charge.covered_quantity.value_or(0);
}

}  // namespace

tl::unexpected<Rejection> reject(const Step& step, Reason reason, std::string detail) {
  return tl::unexpected<Rejection>(
      Rejection{reason, std::move(detail), step.event().subscriber, step.event().id});
}

tl::expected<PublishedCatalog*, Rejection> version_in_force(const Step& step) {
  PublishedCatalog* version = step.state.in_force(step.at());
  if (version == nullptr) {
    return reject(step, Reason::no_catalog, "no catalog version is in force at " + format_time(step.at()));
  }
  return version;
}

std::optional<tl::unexpected<Rejection>> check_web_access(const Step& step) {
  if (step.event().channel != Channel::web) return std::nullopt;
  if (!step.account.access.active) return reject(step, Reason::access_denied, "the assistant is not active");
  if (step.account.access.locked) return reject(step, Reason::access_denied, "access is locked");
  return std::nullopt;
}

NameId tariff_at(const Step& step, const Catalog& catalog) {
  const TariffSwitch* last = switch_before(step.account.switches, step.at());
  return last == nullptr ? catalog.default_tariff : last->tariff;
}

ChargeRecord new_charge(const Step& step, ChargeKind kind) {
  ChargeRecord charge;
  charge.charge_id = step.examined.charge_id;
  charge.subscriber = step.examined.subscriber;
  charge.event_id = step.event().id;
  charge.kind = kind;
  charge.source = step.record.source;
  charge.occurred_at = step.at();
  charge.recorded_at = step.record.recorded_at;
  charge.currency = step.state.currency();
  return charge;
}

tl::expected<Money, Rejection> balance_after(const Step& step, Money amount, Money from_account) {
  if (!within_limit(amount)) {
    return reject(step, Reason::amount_overflow, "the amount is beyond 10^15 millionths");
  }
  const Money balance = step.account.balance + from_account;
  if (!within_limit(balance)) {
    return reject(step, Reason::amount_overflow, "the balance would be beyond 10^15 millionths");
  }
  return balance;
}

tl::expected<Bill, Rejection> bill_of(const Step& step, Int128 amount) {
  CHECK(amount >= 0);
  if (amount > money_limit.micros) {
    return reject(step, Reason::amount_overflow, "the amount is beyond 10^15 millionths");
  }
  Bill bill;
  bill.amount = Money{static_cast<int64_t>(amount)};
  bill.from_bonus = plan_draw(step.account.grants, GrantKind::money, bill.amount.micros, step.at());
  const auto balance = balance_after(step, bill.amount, bill.amount - Money{bill.from_bonus.covered});
  if (!balance) return tl::unexpected(balance.error());
  bill.balance = *balance;
  return bill;
}

Accepted settle(const Step& step, const Bill& bill, const ChargeRecord& charge) {
  Accepted accepted;
  ChargeRecord& settled = accepted.charge.emplace(charge);
  settled.amount = bill.amount;
  settled.from_bonus = Money{bill.from_bonus.covered};
  settled.from_account = bill.amount - settled.from_bonus;
  take_draw(step.account.grants, GrantKind::money, bill.from_bonus.covered, step.at());
  complete(step, accepted);
  accepted.known.money_expires_at = bill.from_bonus.expires_at;
  return accepted;
}

Accepted record_charge(const Step& step, const ChargeRecord& charge) {
  Accepted accepted;
  accepted.charge.emplace(charge);
  complete(step, accepted);
  return accepted;
}

}  // namespace subledger
