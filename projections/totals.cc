// Double entry (domain 7).
#include "projections/totals.h"

#include <numeric>

namespace subledger {
namespace {

Int128& counter_account(Postings& postings, ChargeKind kind, ChargeKind revenue_kind) {
  if (kind == ChargeKind::payment) return postings.cash;
  if (kind == ChargeKind::bonus) return postings.promotions;
  return postings.revenue[static_cast<std::size_t>(revenue_kind)];
}

}  // namespace

Int128 trial_balance(const Postings& postings) {
  return std::accumulate(postings.revenue.begin(), postings.revenue.end(),
                         postings.receivable + postings.bonus + postings.cash + postings.promotions);
}

void post(Postings& postings, const ChargeRecord& charge, ChargeKind revenue_kind) {
  postings.receivable += charge.from_account.micros;
  postings.bonus += charge.from_bonus.micros;
  counter_account(postings, charge.kind, revenue_kind) -= charge.amount.micros;
}

}  // namespace subledger
