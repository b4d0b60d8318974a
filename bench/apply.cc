// The pure fold on one core: decode, examine, apply, with accounts and known events in plain maps. No log, no
// store, no outputs.
#include <chrono>
#include <cstring>
#include <unordered_map>

#include "bench/benches.h"
#include "bench/workload.h"
#include "engine/digest.h"
#include "events/partitioner.h"
#include "projections/fold.h"
#include "projections/rows.h"

namespace subledger {
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
  void apply(const WorkloadRecord& record, int64_t offset) {
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
    const auto known = known_.find(event.charge_id);
    const Outcome outcome = subledger::apply(
        state_, account, known == known_.end() ? nullptr : &known->second, nullptr, event, input);
    if (const auto* accepted = std::get_if<Accepted>(&outcome))
      known_.emplace(event.charge_id, accepted->known);
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
  static constexpr int64_t recorded_micros = 1'767'225'600'000'000;

  PartitionState state_;
  std::unordered_map<uint64_t, Account> accounts_;
  std::unordered_map<Uuid, KnownEvent, HashUuid> known_;
  std::byte bytes_[16 * 1024];
  std::pmr::monotonic_buffer_resource scratch_{bytes_, sizeof bytes_};
};

}  // namespace

BenchResult bench_apply(const BenchOptions& options) {
  Workload workload({options.seed, options.subscribers, options.zipf});
  std::vector<WorkloadRecord> records;
  records.push_back(workload.catalog());
  while (records.size() <= options.events) records.push_back(workload.next());
  Fold fold;
  const auto begun = std::chrono::steady_clock::now();
  int64_t offset = 0;
  for (const WorkloadRecord& record : records) fold.apply(record, offset++);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  return {records.size(), took.count(), fold.hash(), fold.counts()};
}

}  // namespace subledger
