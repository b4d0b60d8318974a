// Internal to projections: what the folds of the event types share. Each fold checks first; once it calls
// `settle`, nothing can fail any more.
#pragma once

#include <optional>
#include <tl/expected.hpp>

#include "events/records.h"
#include "projections/account.h"
#include "projections/fold.h"
#include "projections/grants.h"
#include "projections/partition_state.h"

namespace subledger {

/// Everything an event is applied to.
struct Step {
  PartitionState& state;
  Account& account;
  const KnownEvent* target;
  const Examined& examined;
  const InputRecord& record;

  const Event& event() const { return examined.event; }
  Timestamp at() const { return examined.event.occurred_at; }
};

using FoldResult = tl::expected<Accepted, Rejection>;

tl::unexpected<Rejection> reject(const Step& step, Reason reason, std::string detail);

/// Rule: domain 8, step 10.
tl::expected<PublishedCatalog*, Rejection> version_in_force(const Step& step);

/// Rule: domain 4. An action through the web is done inside the assistant.
std::optional<tl::unexpected<Rejection>> check_web_access(const Step& step);

/// The tariff in force at event time, by name.
NameId tariff_at(const Step& step, const Catalog& catalog);

/// A charge record with the fields that every kind has; amounts are 0.
ChargeRecord new_charge(const Step& step, ChargeKind kind);

/// An amount that is payable, split between bonuses and account.
struct Bill {
  Money amount;
  Draw from_bonus;
  Money balance;  ///< after it
};

/// Rule: domain 6, Bonuses, and domain 7. Refusal: amount_overflow.
tl::expected<Bill, Rejection> bill_of(const Step& step, Int128 amount);

/// Takes the bill from grants and account and completes the charge. Cannot fail.
Accepted settle(const Step& step, const Bill& bill, const ChargeRecord& charge);

/// Completes a charge whose amounts are set, without drawing from grants. Cannot fail.
Accepted record_charge(const Step& step, const ChargeRecord& charge);

/// Refusal if an amount or the balance after it leaves ±10^15 (domain 7); else the balance.
tl::expected<Money, Rejection> balance_after(const Step& step, Money amount, Money from_account);

FoldResult fold(const Step& step, const AssistantActivated& body);
FoldResult fold(const Step& step, const AssistantDeactivated& body);
FoldResult fold(const Step& step, const PasswordSet& body);
FoldResult fold(const Step& step, const LoginAttempted& body);
FoldResult fold(const Step& step, const OptionConnected& body);
FoldResult fold(const Step& step, const OptionDisconnected& body);
FoldResult fold(const Step& step, const TariffSwitched& body);
FoldResult fold(const Step& step, const TrafficUsed& body);
FoldResult fold(const Step& step, const ServiceUsed& body);
FoldResult fold(const Step& step, const BonusGranted& body);
FoldResult fold(const Step& step, const PaymentReceived& body);
FoldResult fold(const Step& step, const ChargeReversed& body);
FoldResult fold(const Step& step, const SubscriberClosed& body);

}  // namespace subledger
