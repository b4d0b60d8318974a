// apply: an id that is known, an event before a closing, then the fold of the event's type; at last the sums.
#include "projections/fold.h"

#include <utility>

#include "events/check.h"
#include "projections/steps.h"

namespace subledger {
namespace {

/// Rule: domain 8, step 9.
std::optional<Rejection> check_history(const Account& account, const KnownEvent* known,
                                       const Examined& examined) {
  const Event& event = examined.event;
  if (known != nullptr) {
    return Rejection{Reason::id_conflict, "the id is known with other content", event.subscriber, event.id};
  }
  if (account.closed_at && event.occurred_at < *account.closed_at) {
    return Rejection{Reason::before_closing, "the number was closed at " + format_time(*account.closed_at),
                     event.subscriber, event.id};
  }
  return std::nullopt;
}

struct Fold {
  const Step& step;

  FoldResult operator()(const AssistantActivated& body) const { return fold(step, body); }
  FoldResult operator()(const AssistantDeactivated& body) const { return fold(step, body); }
  FoldResult operator()(const PasswordSet& body) const { return fold(step, body); }
  FoldResult operator()(const LoginAttempted& body) const { return fold(step, body); }
  FoldResult operator()(const OptionConnected& body) const { return fold(step, body); }
  FoldResult operator()(const OptionDisconnected& body) const { return fold(step, body); }
  FoldResult operator()(const TariffSwitched& body) const { return fold(step, body); }
  FoldResult operator()(const TrafficUsed& body) const { return fold(step, body); }
  FoldResult operator()(const ServiceUsed& body) const { return fold(step, body); }
  FoldResult operator()(const BonusGranted& body) const { return fold(step, body); }
  FoldResult operator()(const PaymentReceived& body) const { return fold(step, body); }
  FoldResult operator()(const ChargeReversed& body) const { return fold(step, body); }
  FoldResult operator()(const SubscriberClosed& body) const { return fold(step, body); }
  FoldResult operator()(const CatalogPublished&) const {
    check_failed("a catalog goes to apply_catalog", __FILE__, __LINE__);
  }
};

void post_charge(PartitionState& state, const ChargeRecord& charge, const KnownEvent* target) {
  const ChargeKind revenue_kind = charge.kind == ChargeKind::reversal ? *target->kind : charge.kind;
  post(state.postings, charge, revenue_kind);
}

}  // namespace

Outcome apply(PartitionState& state, Account& account, const KnownEvent* known, const KnownEvent* target,
              const Examined& examined, const InputRecord& record) {
  ++state.counts.records;
  if (known != nullptr && known->content == examined.content) {
    ++state.counts.duplicates;
    return Duplicate{};
  }
  if (auto refused = check_history(account, known, examined)) {
    ++state.counts.rejected;
    return *std::move(refused);
  }
  const Step step{state, account, target, examined, record};
  FoldResult result = std::visit(Fold{step}, examined.event.body);
  if (!result) {
    ++state.counts.rejected;
    return std::move(result.error());
  }
  ++state.counts.accepted;
  result->known.content = examined.content;
  if (result->charge) post_charge(state, *result->charge, target);
  return *std::move(result);
}

void count_rejected(PartitionState& state) {
  ++state.counts.records;
  ++state.counts.rejected;
}

}  // namespace subledger
