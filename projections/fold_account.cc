// The folds of options, tariff switches, bonuses, payments and reversals (domain 6).
#include <algorithm>

#include "projections/steps.h"
#include "projections/tariff_history.h"

namespace subledger {
namespace {

bool connected(const Account& account, NameId option) {
  return std::binary_search(account.options.begin(), account.options.end(), option);
}

tl::unexpected<Rejection> unknown(const Step& step, Reason reason, const char* what, std::string_view name,
                                  const Catalog& catalog) {
  return reject(
      step, reason,
      std::string(what) + " '" + std::string(name) + "' is not in version '" + catalog.version + "'");
}

/// An option event's version, option and tariff, once steps 10 to 12 are passed.
struct OptionTerms {
  const Catalog* catalog = nullptr;
  NameId name;
  const Option* option = nullptr;  ///< nullptr: connected, but the version no longer has it
  const Tariff* tariff = nullptr;
};

tl::expected<OptionTerms, Rejection> option_terms(const Step& step, std::string_view option,
                                                  bool disconnecting) {
  const auto version = version_in_force(step);
  if (!version) return tl::unexpected(version.error());
  if (auto denied = check_web_access(step)) return *std::move(denied);
  OptionTerms terms;
  terms.catalog = &(*version)->catalog;
  const std::optional<NameId> name = step.state.names.find(option);
  if (name) terms.option = terms.catalog->find_option(*name);
  const bool leftover = disconnecting && name && connected(step.account, *name);
  if (terms.option == nullptr && !leftover) {
    return unknown(step, Reason::unknown_option, "option", option, *terms.catalog);
  }
  terms.name = *name;
  const NameId tariff_name = tariff_at(step, *terms.catalog);
  terms.tariff = terms.catalog->find_tariff(tariff_name);
  if (terms.tariff == nullptr) {
    return unknown(step, Reason::unknown_tariff, "tariff", step.state.names.text(tariff_name),
                   *terms.catalog);
  }
  return terms;
}

ChargeRecord option_charge(const Step& step, ChargeKind kind, const OptionTerms& terms) {
  ChargeRecord charge = new_charge(step, kind);
  charge.catalog_version = terms.catalog->version;
  charge.tariff = step.state.names.text(terms.tariff->name);
  charge.option = step.state.names.text(terms.name);
  return charge;
}

/// Rule: domain 6, Reversal. The kinds of charge that can be undone.
bool reversible(ChargeKind kind) {
  switch (kind) {
    case ChargeKind::activation:
    case ChargeKind::option_connect:
    case ChargeKind::option_disconnect:
    case ChargeKind::tariff_switch:
    case ChargeKind::traffic:
    case ChargeKind::service:
      return true;
    case ChargeKind::deactivation:
    case ChargeKind::bonus:
    case ChargeKind::payment:
    case ChargeKind::reversal:
    case ChargeKind::closing:
      return false;
  }
  return false;
}

}  // namespace

FoldResult fold(const Step& step, const OptionConnected& body) {
  const auto terms = option_terms(step, body.option, false);
  if (!terms) return tl::unexpected(terms.error());
  Account& account = step.account;
  if (connected(account, terms->name)) {
    return reject(step, Reason::option_already_connected,
                  "option '" + std::string(body.option) + "' is already connected");
  }
  for (const NameId other : account.options) {
    if (excludes(*terms->catalog, terms->name, other)) {
      return reject(
          step, Reason::option_excluded,
          "option '" + std::string(step.state.names.text(other)) + "' is connected and excludes it");
    }
  }
  const auto bill = bill_of(step, fees_of(*terms->tariff, *terms->option).connect_fee.micros);
  if (!bill) return tl::unexpected(bill.error());

  // From here on nothing can fail.
  account.options.insert(std::upper_bound(account.options.begin(), account.options.end(), terms->name),
                         terms->name);
  return settle(step, *bill, option_charge(step, ChargeKind::option_connect, *terms));
}

FoldResult fold(const Step& step, const OptionDisconnected& body) {
  const auto terms = option_terms(step, body.option, true);
  if (!terms) return tl::unexpected(terms.error());
  Account& account = step.account;
  if (!connected(account, terms->name)) {
    return reject(step, Reason::option_not_connected,
                  "option '" + std::string(body.option) + "' is not connected");
  }
  const Money fee =
      terms->option == nullptr ? Money{} : fees_of(*terms->tariff, *terms->option).disconnect_fee;
  const auto bill = bill_of(step, fee.micros);
  if (!bill) return tl::unexpected(bill.error());

  // From here on nothing can fail.
  std::erase(account.options, terms->name);
  return settle(step, *bill, option_charge(step, ChargeKind::option_disconnect, *terms));
}

FoldResult fold(const Step& step, const TariffSwitched& body) {
  const auto version = version_in_force(step);
  if (!version) return tl::unexpected(version.error());
  if (auto denied = check_web_access(step)) return *std::move(denied);
  const Catalog& catalog = (*version)->catalog;
  const std::optional<NameId> name = step.state.names.find(body.tariff);
  const Tariff* tariff = name ? catalog.find_tariff(*name) : nullptr;
  if (tariff == nullptr) return unknown(step, Reason::unknown_tariff, "tariff", body.tariff, catalog);
  if (tariff_at(step, catalog) == *name) {
    return reject(step, Reason::same_tariff, "tariff '" + std::string(body.tariff) + "' is already in force");
  }
  const auto bill = bill_of(step, switch_fee_of(*tariff, step.account.switches, step.at()).micros);
  if (!bill) return tl::unexpected(bill.error());

  // From here on nothing can fail.
  add_switch(step.account.switches, {step.at(), *name});
  ChargeRecord charge = new_charge(step, ChargeKind::tariff_switch);
  charge.catalog_version = catalog.version;
  charge.tariff = step.state.names.text(*name);
  return settle(step, *bill, charge);
}

FoldResult fold(const Step& step, const BonusGranted& body) {
  if (!has_room(step.account.grants, 1, step.at())) {
    return reject(step, Reason::too_many_grants, "64 grants are open and none of them has expired");
  }
  const Money money = body.money.value_or(Money{});
  const auto balance = balance_after(step, -money, Money{});
  if (!balance) return tl::unexpected(balance.error());

  // From here on nothing can fail.
  make_room(step.account.grants, 1, step.at());
  ChargeRecord charge = new_charge(step, ChargeKind::bonus);
  charge.reason = body.reason;
  if (body.bytes) {
    charge.quantity = *body.bytes;
    add_grant(step.account.grants, {GrantKind::bytes, body.expires_at, static_cast<int64_t>(*body.bytes)});
  } else {
    add_grant(step.account.grants, {GrantKind::money, body.expires_at, money.micros});
  }
  charge.amount = charge.from_bonus = -money;
  return record_charge(step, charge);
}

FoldResult fold(const Step& step, const PaymentReceived& body) {
  const auto balance = balance_after(step, -body.money, -body.money);
  if (!balance) return tl::unexpected(balance.error());

  // From here on nothing can fail.
  ChargeRecord charge = new_charge(step, ChargeKind::payment);
  charge.reference = body.reference;
  charge.amount = charge.from_account = -body.money;
  return record_charge(step, charge);
}

FoldResult fold(const Step& step, const ChargeReversed& body) {
  Account& account = step.account;
  const KnownEvent* target = step.target;
  if (target == nullptr || !target->kind || !reversible(*target->kind) ||
      target->sequence <= account.closed_sequence) {
    return reject(step, Reason::unknown_charge,
                  "not a charge of this subscriber that can be reversed: " + format_uuid(body.charge_id));
  }
  if (target->reversed) {
    return reject(step, Reason::already_reversed, "already reversed: " + format_uuid(body.charge_id));
  }
  const bool money_back = target->from_bonus > Money{};
  const bool bytes_back = target->covered_quantity > 0;
  const std::size_t grants_back = (money_back ? 1u : 0u) + (bytes_back ? 1u : 0u);
  if (!has_room(account.grants, grants_back, step.at())) {
    return reject(step, Reason::too_many_grants, "what bonuses had covered has no place among 64 grants");
  }
  const Money amount = -(target->from_bonus + target->from_account);
  const auto balance = balance_after(step, amount, -target->from_account);
  if (!balance) return tl::unexpected(balance.error());

  // From here on nothing can fail.
  make_room(account.grants, grants_back, step.at());
  if (money_back) {
    add_grant(account.grants, {GrantKind::money, target->money_expires_at, target->from_bonus.micros});
  }
  if (bytes_back)
    add_grant(account.grants, {GrantKind::bytes, target->bytes_expires_at, target->covered_quantity});
  ChargeRecord charge = new_charge(step, ChargeKind::reversal);
  charge.reason = body.reason;
  charge.reverses = body.charge_id;
  if (target->kind == ChargeKind::traffic) charge.covered_quantity = -target->covered_quantity;
  charge.amount = amount;
  charge.from_bonus = -target->from_bonus;
  charge.from_account = -target->from_account;
  Accepted accepted = record_charge(step, charge);
  accepted.reverses_target = true;
  return accepted;
}

}  // namespace subledger
