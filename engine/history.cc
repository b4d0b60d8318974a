#include "engine/history.h"

#include <algorithm>
#include <utility>

namespace subledger {
namespace {

constexpr int poll_ms = 100;
constexpr std::size_t poll_records = 10'000;

struct GrantGroup {
  GrantKind kind{};
  std::optional<Timestamp> expires_at;

  bool holds(const Grant& grant) const { return grant.kind == kind && grant.expires_at == expires_at; }
};

/// What an accepted event gave, if it gave any grants.
std::vector<GrantGroup> given_by(const EventBody& body, const KnownEvent* target) {
  std::vector<GrantGroup> given;
  if (const auto* bonus = std::get_if<BonusGranted>(&body)) {
    given.push_back({bonus->bytes ? GrantKind::bytes : GrantKind::money, bonus->expires_at});
  } else if (std::holds_alternative<ChargeReversed>(body) && target != nullptr) {
    if (target->from_bonus > Money{}) given.push_back({GrantKind::money, target->money_expires_at});
    if (target->covered_quantity > 0) given.push_back({GrantKind::bytes, target->bytes_expires_at});
  }
  return given;
}

/// Of the grants of one kind and expiry those that went, used up or to make room, were the first of them, and
/// a new one is the last.
std::vector<GrantOrigin> origins_after(const std::vector<Grant>& before,
                                       const std::vector<GrantOrigin>& origins,
                                       const std::vector<Grant>& after, const std::vector<GrantGroup>& given,
                                       const GrantOrigin& fresh) {
  std::vector<GrantOrigin> result;
  for (std::size_t i = 0; i < after.size(); ++i) {
    const GrantGroup group{after[i].kind, after[i].expires_at};
    const auto in_group = [&](const Grant& grant) { return group.holds(grant); };
    const bool gave =
        std::ranges::any_of(given, [&](const GrantGroup& each) { return each.holds(after[i]); });
    const auto left =
        std::count_if(after.begin() + static_cast<std::ptrdiff_t>(i), after.end(), in_group) - (gave ? 1 : 0);
    if (left == 0) {
      result.push_back(fresh);
      continue;
    }
    // The left-th of its group from behind.
    auto wanted = left;
    std::size_t at = before.size();
    while (wanted > 0 && at > 0) wanted -= in_group(before[--at]) ? 1 : 0;
    result.push_back(origins[at]);
  }
  return result;
}

}  // namespace

History::History(Msisdn subscriber, int32_t partition, int32_t partitions)
    : subscriber_(subscriber), key_(format_msisdn(subscriber)) {
  state_.partition = as_of_.partition = partition;
  state_.partitions = partitions;
}

void History::take(const InputRecord& record, const Visitor& visit) {
  as_of_.offset = record.source.offset;
  as_of_.recorded_at = record.recorded_at;
  const bool catalog = record.key == catalog_key;
  if (!catalog && record.key != key_) return;
  scratch_.release();
  const auto examined = examine(record, state_.partitions, scratch_);
  if (const auto* rejection = std::get_if<Rejection>(&examined)) {
    if (!catalog) visit({record, nullptr, account_, origins_, nullptr, account_, Outcome(*rejection)});
    return;
  }
  const Examined& event = std::get<Examined>(examined);
  if (!std::holds_alternative<CatalogPublished>(event.event.body)) return take_event(event, record, visit);
  if (std::holds_alternative<Published>(apply_catalog(state_, event))) {
    publications_.push_back({record.source, record.recorded_at});
  }
}

void History::take_event(const Examined& examined, const InputRecord& record, const Visitor& visit) {
  const auto find = [this](const Uuid& id) -> const KnownEvent* {
    const auto found = events_.find(id);
    return found == events_.end() ? nullptr : &found->second;
  };
  const std::optional<Uuid> target_id = reversal_target(examined);
  const KnownEvent* target = target_id ? find(*target_id) : nullptr;
  const Account before = account_;
  const std::vector<GrantOrigin> origins = origins_;
  const Outcome outcome = apply(state_, account_, find(examined.charge_id), target, examined, record);
  if (const auto* accepted = std::get_if<Accepted>(&outcome)) {
    known_ = true;
    const Event& event = examined.event;
    const GrantOrigin fresh{event.id, accepted->known.kind.value_or(ChargeKind::bonus),
                            accepted->charge ? std::string(accepted->charge->reason) : std::string(),
                            event.occurred_at};
    origins_ = origins_after(before.grants, origins, account_.grants, given_by(event.body, target), fresh);
    if (accepted->access) access_.push_back(*accepted->access);
  }
  visit({record, &examined, before, origins, target, account_, outcome});
  if (const auto* accepted = std::get_if<Accepted>(&outcome)) {
    if (accepted->reverses_target) events_.at(*target_id).reversed = true;
    events_.emplace(examined.charge_id, accepted->known);
  }
}

std::optional<AccountView> History::account() const {
  if (!known_) return std::nullopt;
  return describe_account(state_, subscriber_, account_, as_of_);
}

Result<void> read_history(ReaderPort& events, int32_t partition, const HistoryEnd& end, History& history,
                          const History::Visitor& visit, const std::function<bool(std::size_t)>& go_on) {
  const auto range = events.range(Topic::events, partition);
  if (!range) return tl::unexpected(range.error());
  if (range->first > 0) {
    return unreachable("partition " + std::to_string(partition) + ": the log begins at offset " +
                       std::to_string(range->first) + ": a history needs the whole of it");
  }
  if (range->end == 0) return {};
  if (auto sought = events.seek(Topic::events, partition, 0); !sought) return sought;
  while (!events.passed(partition, range->end)) {
    const auto records = events.poll(poll_ms, poll_records);
    if (!records) return tl::unexpected(records.error());
    for (const LogRecord& record : *records) {
      if (record.offset >= range->end || (end.offset && record.offset > *end.offset) ||
          (end.recorded_at && record.recorded_at > *end.recorded_at)) {
        return {};
      }
      history.take({{partition, record.offset}, record.recorded_at, record.key, record.value}, visit);
    }
    if (!go_on(records->size())) return {};
  }
  return {};
}

}  // namespace subledger
