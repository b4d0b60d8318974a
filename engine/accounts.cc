// The account cache: second chance, so that one walk frees what was not used since the walk before.
#include "engine/accounts.h"

#include <algorithm>
#include <utility>

#include "projections/rows.h"

namespace subledger {

Result<CachedAccount*> Accounts::find(Msisdn subscriber, std::size_t names) {
  const auto found = accounts_.find(subscriber.number);
  if (found != accounts_.end()) {
    found->second.used = true;
    return &found->second;
  }
  const RowKey key = account_key(subscriber);
  auto row = store_.get(key);
  if (!row) return tl::unexpected(row.error());
  CachedAccount cached;
  cached.used = true;
  if (*row) {
    auto account = parse_account(**row, names);
    if (!account) {
      return failed("the account row of subscriber " + masked_msisdn(subscriber) +
                    " is damaged; remove the partition's store: it is rebuilt from the log");
    }
    cached.account = *std::move(account);
    cached.row = hash_row(key, **row);
  }
  ++added_;
  return &accounts_.emplace(subscriber.number, std::move(cached)).first->second;
}

void Accounts::mark(Msisdn subscriber, CachedAccount& account, uint64_t chunk) {
  account.chunk = chunk;
  if (account.changed) return;
  account.changed = true;
  changed_.push_back(subscriber);
}

std::vector<Msisdn> Accounts::take_changed() {
  std::sort(changed_.begin(), changed_.end());
  return std::exchange(changed_, {});
}

void Accounts::shrink(uint64_t persisted) {
  if (accounts_.size() <= kept_max_) return;
  for (auto at = accounts_.begin(); at != accounts_.end();) {
    CachedAccount& cached = at->second;
    const bool free = !cached.changed && cached.chunk <= persisted;
    if (free && !cached.used) {
      at = accounts_.erase(at);
    } else {
      cached.used = false;
      ++at;
    }
  }
}

}  // namespace subledger
