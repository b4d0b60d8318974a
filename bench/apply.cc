// The pure fold on one core: decode, examine, apply, with accounts and known events in maps. No log, no
// store, no outputs.
#include <tsl/robin_map.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "bench/benches.h"
#include "engine/digest.h"
#include "engine/partition.h"
#include "events/codec.h"
#include "projections/fold.h"
#include "projections/rows.h"

namespace subledger::bench {
namespace {

struct HashUuid {
  std::size_t operator()(const Uuid& id) const {
    std::size_t hash = 0;
    std::memcpy(&hash, id.bytes.data(), sizeof hash);
    return hash;
  }
};

/// Looks ahead as the engine does: a batch is decoded and its accounts and ids are looked up together, so
/// that the processor waits for memory once a batch and not once an event.
class Fold {
 public:
  static constexpr std::size_t batch_max = Partition::look_ahead;

  /// `charges`: nullptr, or what takes the charge records.
  void apply(std::span<const WorkloadRecord> batch, int64_t offset, ChargeHash* charges) {
    scratch_.release();
    examined_.clear();
    for (const WorkloadRecord& record : batch) {
      inputs_[examined_.size()] = {{0, offset++}, Timestamp{recorded_micros}, record.key, record.value};
      examined_.push_back(examine(inputs_[examined_.size()], 1, scratch_));
    }
    for (std::size_t i = 0; i < batch.size(); ++i) look_ahead(i);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (found_[i] != nullptr) touch(*found_[i]);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) apply(i, charges);
  }

  /// Over all accounts, whatever their order.
  std::string hash() const {
    SetHash sum;
    for (const auto& [subscriber, account] : accounts_) {
      std::string row;
      append_account(row, *account);
      sum.add(hash_row(account_key(subscriber), row));
    }
    return format_hash(sum.sum());
  }
  const Counts& counts() const { return state_.counts; }

 private:
  void look_ahead(std::size_t i) {
    const auto* event = std::get_if<Examined>(&examined_[i]);
    found_[i] = nullptr;
    if (event == nullptr || std::holds_alternative<CatalogPublished>(event->event.body)) return;
    auto& account = accounts_[event->subscriber];
    if (!account) account = std::make_unique<Account>();
    found_[i] = account.get();
    for (std::size_t at = 0; at < sizeof(Account); at += 64) {
      __builtin_prefetch(reinterpret_cast<const char*>(found_[i]) + at);
    }
    __builtin_prefetch(find(event->charge_id));
  }
  static void touch(const Account& account) {
    __builtin_prefetch(account.accumulators.data());
    __builtin_prefetch(account.accumulators.data() + 1);
    __builtin_prefetch(account.grants.data());
    __builtin_prefetch(account.switches.data());
  }
  void apply(std::size_t i, ChargeHash* charges) {
    if (std::holds_alternative<Rejection>(examined_[i])) return count_rejected(state_);
    const auto& event = std::get<Examined>(examined_[i]);
    if (found_[i] == nullptr) {
      apply_catalog(state_, event);
      return;
    }
    KnownEvent* const target = find_target(event);
    const Outcome outcome =
        subledger::apply(state_, *found_[i], find(event.charge_id), target, event, inputs_[i]);
    const auto* accepted = std::get_if<Accepted>(&outcome);
    if (accepted == nullptr) return;
    known_.push_back(accepted->known);
    ids_.emplace(event.charge_id, &known_.back());
    if (target != nullptr && accepted->reverses_target) target->reversed = true;
    if (charges != nullptr && accepted->charge) charges->add(encoder_.encode(*accepted->charge));
  }
  KnownEvent* find(const Uuid& charge_id) {
    const auto found = ids_.find(charge_id);
    return found == ids_.end() ? nullptr : found->second;
  }
  KnownEvent* find_target(const Examined& event) {
    const auto id = reversal_target(event);
    return id ? find(*id) : nullptr;
  }

  static constexpr int64_t recorded_micros = 1'767'225'600'000'000;

  PartitionState state_;
  tsl::robin_map<Msisdn, std::unique_ptr<Account>, HashMsisdn> accounts_;
  tsl::robin_map<Uuid, KnownEvent*, HashUuid> ids_;
  std::deque<KnownEvent> known_;
  Encoder encoder_;
  std::array<InputRecord, batch_max> inputs_;
  std::array<Account*, batch_max> found_{};
  std::vector<std::variant<Examined, Rejection>> examined_;
  std::byte bytes_[64 * 1024];
  std::pmr::monotonic_buffer_resource scratch_{bytes_, sizeof bytes_};
};

void fold_all(Fold& fold, const std::vector<WorkloadRecord>& records, ChargeHash* charges) {
  const std::span<const WorkloadRecord> all(records);
  for (std::size_t at = 0; at < all.size(); at += Fold::batch_max) {
    fold.apply(all.subspan(at, std::min(Fold::batch_max, all.size() - at)), static_cast<int64_t>(at),
               charges);
  }
}

}  // namespace

Report measure_apply(const PureOptions& options) {
  Workload workload(options.workload);
  std::vector<WorkloadRecord> records;
  records.push_back(workload.catalog());
  while (records.size() <= options.events) records.push_back(workload.next());
  Fold fold;
  const auto begun = Clock::now();
  fold_all(fold, records, nullptr);
  const double seconds = seconds_between(begun, Clock::now());
  Report report;
  report["records"] = records.size();
  report["seconds"] = seconds;
  report["events_per_second"] = static_cast<double>(records.size()) / seconds;
  add_state(report, {fold.counts(), ""});
  report["accounts_hash"] = fold.hash();
  // Again, outside the clock, for a hash that an engine's charges on a log must have as well.
  Fold again;
  ChargeHash charges;
  fold_all(again, records, &charges);
  report["hash"] = charges.text();
  report["peak_memory"] = peak_memory();
  return report;
}

}  // namespace subledger::bench
