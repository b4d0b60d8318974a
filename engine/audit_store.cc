#include "engine/audit_store.h"

#include <optional>
#include <unordered_set>
#include <vector>

#include "engine/rollups.h"
#include "engine/row_cursor.h"
#include "engine/wide_money.h"
#include "events/uuid.h"
#include "projections/rows.h"
#include "projections/totals.h"

namespace subledger {
namespace {

constexpr std::size_t number_size = 8;

using Tell = std::function<void(const std::string& what)>;

std::optional<Msisdn> subscriber_of(std::string_view key) {
  if (key.size() < 1 + number_size) return std::nullopt;
  uint64_t number = 0;
  for (const char byte : key.substr(1, number_size)) number = number << 8 | static_cast<uint8_t>(byte);
  return Msisdn{number};
}

/// A row in words.
std::string name_of(std::string_view key) {
  if (key == meta_key) return "the row of position, counts and sums";
  const auto subscriber = subscriber_of(key);
  if (subscriber && key.front() == account_prefix) return "the account of " + format_msisdn(*subscriber);
  constexpr std::size_t size = 1 + number_size + sizeof(Uuid::bytes);
  if (subscriber && key.size() == size && (key.front() == event_prefix || key.front() == reversed_prefix)) {
    Uuid id;
    std::copy(key.begin() + 1 + number_size, key.end(), id.bytes.begin());
    return (key.front() == event_prefix ? "the event of charge id " : "the reversal of charge ") +
           format_uuid(id) + " of " + format_msisdn(*subscriber);
  }
  if (key.starts_with(rollup_prefix) || key.starts_with(rollup_begin_prefix)) return "a row of the roll-ups";
  return key.starts_with(catalog_prefix) ? "a catalog" : "a row of no known kind";
}

/// A subscriber's ledger, added up from the rows of the events.
class Ledger {
 public:
  Ledger(const StorePort& store, const Tell& tell) : store_(store), tell_(tell) {}

  /// Rows come by subscriber.
  Result<void> take(Msisdn subscriber, const KnownEvent& known) {
    if (subscriber != subscriber_) {
      if (auto finished = finish(); !finished) return finished;
      if (auto begun = begin(subscriber); !begun) return begun;
    }
    if (!known.kind) return {};
    receivable += known.from_account.micros;
    bonus += known.from_bonus.micros;
    ++charges;
    if (!account_) return {};
    if (known.sequence == 0 || known.sequence > account_->sequence || !seen_.insert(known.sequence).second) {
      return say("has sequence " + std::to_string(known.sequence) + " twice or beyond its account's");
    }
    ++count_;
    if (known.sequence > account_->closed_sequence) balance_ += known.from_account.micros;
    return {};
  }

  Result<void> finish() {
    if (!account_) return {};
    if (count_ != account_->sequence) {
      (void)say("has " + std::to_string(count_) + " charges, but its sequence is at " +
                std::to_string(account_->sequence));
    }
    if (balance_ != account_->balance.micros) {
      (void)say("has balance " + format_money(account_->balance) + ", but its charges add up to " +
                format_wide_money(balance_));
    }
    account_.reset();
    return {};
  }

  Int128 receivable = 0;
  Int128 bonus = 0;
  uint64_t charges = 0;
  uint64_t subscribers = 0;

 private:
  Result<void> begin(Msisdn subscriber) {
    subscriber_ = subscriber;
    const auto row = store_.get(account_key(subscriber));
    if (!row) return tl::unexpected(row.error());
    if (*row) account_ = parse_account(**row, SIZE_MAX);
    if (!account_) return say("has events, but no account that can be read");
    ++subscribers;
    count_ = 0;
    balance_ = 0;
    seen_.clear();
    return {};
  }

  Result<void> say(const std::string& what) {
    tell_("the ledger of " + format_msisdn(subscriber_) + " " + what);
    return {};
  }

  const StorePort& store_;
  const Tell& tell_;
  Msisdn subscriber_;
  std::optional<Account> account_;
  std::unordered_set<uint64_t> seen_;  // sequences, as many as there are rows, whatever the account says
  uint64_t count_ = 0;
  Int128 balance_ = 0;
};

class StoreCheck {
 public:
  StoreCheck(const StorePort& store, const StorePort& fresh, const Meta& meta, const Tell& tell)
      : raw_(store), meta_(meta), tell_(tell), store_(store, ""), fresh_(fresh, ""), ledger_(store, tell) {}

  Result<StoreAudit> run() {
    for (const Rollup rollup : all_rollups) {
      if (auto read = read_reach(rollup); !read) return tl::unexpected(read.error());
    }
    for (;;) {
      const auto mine = store_.row();
      if (!mine) return tl::unexpected(mine.error());
      const auto wanted = fresh_.row();
      if (!wanted) return tl::unexpected(wanted.error());
      if (*mine == nullptr && *wanted == nullptr) break;
      if (*mine != nullptr && left_out((*mine)->key, true)) {
        ++rows_;
        store_.advance();
        continue;
      }
      if (*wanted != nullptr && left_out((*wanted)->key, false)) {
        fresh_.advance();
        continue;
      }
      const bool has = *wanted == nullptr || (*mine != nullptr && (*mine)->key <= (*wanted)->key);
      const bool should = *mine == nullptr || (*wanted != nullptr && (*wanted)->key <= (*mine)->key);
      if (has && !should) tell_(name_of((*mine)->key) + " is in the store, but does not come of the log");
      if (should && !has) tell_(name_of((*wanted)->key) + " is missing from the store");
      if (has && should && (*mine)->value != (*wanted)->value) {
        tell_(name_of((*mine)->key) + " is not what the log gives");
      }
      if (has) {
        if (auto taken = take(**mine); !taken) return tl::unexpected(taken.error());
        store_.advance();
      }
      if (should) fresh_.advance();
    }
    if (auto finished = ledger_.finish(); !finished) return tl::unexpected(finished.error());
    check_sums();
    return StoreAudit{rows_, ledger_.subscribers};
  }

 private:
  /// A store that an earlier version has made may lack a roll-up, or hold it in part while it is filled; that
  /// of rejects may begin where their topic does.
  Result<void> read_reach(Rollup rollup) {
    const auto row = raw_.get(rollup_begin_key(rollup));
    if (!row) return tl::unexpected(row.error());
    if (!*row) {
      lacking_ += static_cast<char>(rollup);
      return {};
    }
    const auto reach = rollup_reach(raw_, rollup);
    if (!reach || (*reach)->whole() || (*reach)->begin < 0 || (*reach)->begin > meta_.position) return {};
    if (rollup == Rollup::rejects || (*reach)->filling) late_ += static_cast<char>(rollup);
    return {};
  }

  bool left_out(std::string_view key, bool in_store) const {
    if (key.size() < 2 || (key.front() != rollup_prefix && key.front() != rollup_begin_prefix)) return false;
    if (late_.find(key[1]) != std::string::npos) return true;
    return !in_store && lacking_.find(key[1]) != std::string::npos;
  }

  Result<void> take(const RowCursor::Row& row) {
    ++rows_;
    const char kind = row.key.empty() ? '\0' : row.key.front();
    if (row.key == meta_key || kind == rollup_prefix || kind == rollup_begin_prefix) return {};
    sum_.add(hash_row(row.key, row.value));
    if (kind != event_prefix) return {};
    const auto subscriber = subscriber_of(row.key);
    const auto event = parse_event_row(row.value);
    if (subscriber && event) return ledger_.take(*subscriber, event->known);
    tell_(name_of(row.key) + " cannot be read");
    return {};
  }

  void check_sums() {
    if (trial_balance(meta_.postings) != 0) {
      tell_("the trial balance is " + format_wide_money(trial_balance(meta_.postings)) + ", not 0");
    }
    if (sum_.sum() != meta_.rows.sum()) tell_("the rows do not add up to the store's digest");
    const auto compare = [&](const char* name, Int128 kept, Int128 added) {
      if (kept == added) return;
      tell_(std::string(name) + " is kept as " + format_wide_money(kept) + ", but the charges add up to " +
            format_wide_money(added));
    };
    compare("receivable", meta_.postings.receivable, ledger_.receivable);
    compare("bonus", meta_.postings.bonus, ledger_.bonus);
    const Counts& counts = meta_.counts;
    if (counts.records != counts.accepted + counts.duplicates + counts.rejected) {
      tell_("the counts of records do not add up");
    }
    if (ledger_.charges != meta_.sequences.charges) {
      tell_("the store holds " + std::to_string(ledger_.charges) + " charges, but has emitted " +
            std::to_string(meta_.sequences.charges));
    }
  }

  const StorePort& raw_;
  const Meta& meta_;
  const Tell& tell_;
  std::string lacking_;  // roll-ups that the store does not have
  std::string late_;     // those that do not hold the whole history
  RowCursor store_;
  RowCursor fresh_;
  Ledger ledger_;
  SetHash sum_;
  uint64_t rows_ = 0;
};

}  // namespace

Result<StoreAudit> audit_store(const StorePort& store, const StorePort& fresh, const Meta& meta,
                               const Tell& tell) {
  return StoreCheck(store, fresh, meta, tell).run();
}

}  // namespace subledger
