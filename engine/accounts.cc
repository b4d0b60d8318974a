// The account cache: second chance, so that one walk frees what was not used since the walk before.
#include "engine/accounts.h"

#include <string>
#include <utility>

namespace subledger {
namespace {

constexpr std::size_t cache_line = 64;  // bytes

void prefetch_bytes(const void* begin, std::size_t bytes) {
  for (std::size_t at = 0; at < bytes; at += cache_line) {
    __builtin_prefetch(static_cast<const char*>(begin) + at);
  }
}

}  // namespace

void Accounts::prefetch(const CachedAccount& cached) { prefetch_bytes(&cached, sizeof cached); }

void Accounts::prefetch_parts(const CachedAccount& cached) {
  const Account& account = cached.account;
  prefetch_bytes(account.accumulators.data(), account.accumulators.size() * sizeof(Accumulator));
  prefetch_bytes(account.grants.data(), account.grants.size() * sizeof(Grant));
  prefetch_bytes(account.switches.data(), account.switches.size() * sizeof(TariffSwitch));
}

std::optional<CachedAccount*> Accounts::add(Msisdn subscriber, const std::optional<std::string>& row,
                                            std::size_t names) {
  auto cached = std::make_unique<CachedAccount>();
  cached->subscriber = subscriber;
  cached->used = true;
  if (row) {
    auto account = parse_account(*row, names);
    if (!account) return std::nullopt;
    cached->account = *std::move(account);
    cached->row = hash_row(account_key(subscriber), *row);
  }
  ++added_;
  return accounts_.insert_or_assign(subscriber, std::move(cached)).first->second.get();
}

Result<CachedAccount*> Accounts::find(Msisdn subscriber, std::size_t names) {
  const auto found = accounts_.find(subscriber);
  if (found != accounts_.end()) {
    found->second->used = true;
    return found->second.get();
  }
  const auto row = store_.get(account_key(subscriber));
  if (!row) return tl::unexpected(row.error());
  const auto added = add(subscriber, *row, names);
  if (!added) {
    return failed("the account row of subscriber " + masked_msisdn(subscriber) +
                  " is damaged; remove the partition's store: it is rebuilt from the log");
  }
  return *added;
}

std::span<CachedAccount* const> Accounts::expect(std::span<const Msisdn> subscribers, std::size_t names) {
  expected_.clear();
  absent_keys_.clear();
  for (const Msisdn subscriber : subscribers) {
    const auto found = accounts_.find(subscriber);
    expected_.push_back(found != accounts_.end() ? found->second.get() : nullptr);
    if (expected_.back() != nullptr) {
      prefetch(*expected_.back());
    } else {
      absent_keys_.push_back(account_key(subscriber));
    }
  }
  for (CachedAccount* cached : expected_) {
    if (cached == nullptr) continue;
    cached->used = true;
    prefetch_parts(*cached);
  }
  if (!absent_keys_.empty()) add_absent(subscribers, names);
  return expected_;
}

/// Reads what `expect` has not found in memory.
void Accounts::add_absent(std::span<const Msisdn> subscribers, std::size_t names) {
  const std::vector<std::string_view> views(absent_keys_.begin(), absent_keys_.end());
  const auto rows = store_.get_many(views);
  if (!rows) return;
  std::size_t row = 0;
  for (std::size_t i = 0; i < subscribers.size(); ++i) {
    if (expected_[i] != nullptr) continue;
    const auto& stored = (*rows)[row++];
    const auto found = accounts_.find(subscribers[i]);
    expected_[i] =
        found != accounts_.end() ? found->second.get() : add(subscribers[i], stored, names).value_or(nullptr);
  }
}

void Accounts::mark(CachedAccount& account, uint64_t chunk) {
  account.chunk = chunk;
  if (account.changed) return;
  account.changed = true;
  changed_.push_back(&account);
}

void Accounts::shrink(uint64_t persisted) {
  if (accounts_.size() <= kept_max_) return;
  for (auto at = accounts_.begin(); at != accounts_.end();) {
    CachedAccount& cached = *at->second;
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
