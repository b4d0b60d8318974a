// The pure fold on one core: decode, examine, apply, with accounts and known events in plain maps. No log, no
// store, no outputs.
#include <cstring>
#include <unordered_map>

#include "bench/benches.h"
#include "engine/digest.h"
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

class Fold {
 public:
  /// `charges`: nullptr, or what takes the charge records.
  void apply(const WorkloadRecord& record, int64_t offset, ChargeHash* charges) {
    scratch_.release();
    const InputRecord input{{0, offset}, Timestamp{recorded_micros}, record.key, record.value};
    const auto examined = examine(input, 1, scratch_);
    if (std::holds_alternative<Rejection>(examined)) return count_rejected(state_);
    const auto& event = std::get<Examined>(examined);
    if (std::holds_alternative<CatalogPublished>(event.event.body)) {
      apply_catalog(state_, event);
      return;
    }
    Account& account = accounts_[event.subscriber.number];
    KnownEvent* const target = find_target(event);
    const Outcome outcome = subledger::apply(state_, account, find(event.charge_id), target, event, input);
    const auto* accepted = std::get_if<Accepted>(&outcome);
    if (accepted == nullptr) return;
    known_.emplace(event.charge_id, accepted->known);
    if (target != nullptr && accepted->reverses_target) target->reversed = true;
    if (charges != nullptr && accepted->charge) charges->add(encoder_.encode(*accepted->charge));
  }

  /// Over all accounts, whatever their order.
  std::string hash() const {
    SetHash sum;
    for (const auto& [number, account] : accounts_) {
      std::string row;
      append_account(row, account);
      sum.add(hash_row(account_key(Msisdn{number}), row));
    }
    return format_hash(sum.sum());
  }
  const Counts& counts() const { return state_.counts; }

 private:
  KnownEvent* find(const Uuid& charge_id) {
    const auto found = known_.find(charge_id);
    return found == known_.end() ? nullptr : &found->second;
  }
  KnownEvent* find_target(const Examined& event) {
    const auto id = reversal_target(event);
    return id ? find(*id) : nullptr;
  }

  static constexpr int64_t recorded_micros = 1'767'225'600'000'000;

  PartitionState state_;
  std::unordered_map<uint64_t, Account> accounts_;
  std::unordered_map<Uuid, KnownEvent, HashUuid> known_;
  Encoder encoder_;
  std::byte bytes_[16 * 1024];
  std::pmr::monotonic_buffer_resource scratch_{bytes_, sizeof bytes_};
};

}  // namespace

Report measure_apply(const PureOptions& options) {
  Workload workload(options.workload);
  std::vector<WorkloadRecord> records;
  records.push_back(workload.catalog());
  while (records.size() <= options.events) records.push_back(workload.next());
  Fold fold;
  const auto begun = Clock::now();
  int64_t offset = 0;
  for (const WorkloadRecord& record : records) fold.apply(record, offset++, nullptr);
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
  offset = 0;
  for (const WorkloadRecord& record : records) again.apply(record, offset++, &charges);
  report["hash"] = charges.text();
  report["peak_memory"] = peak_memory();
  return report;
}

}  // namespace subledger::bench
