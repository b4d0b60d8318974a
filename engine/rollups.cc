#include "engine/rollups.h"

#include <functional>

#include "events/time.h"
#include "projections/bytes.h"

namespace subledger {
namespace {

int32_t day_of(Timestamp time) {
  const int64_t day = time.micros / micros_per_day;
  return static_cast<int32_t>(time.micros < 0 && time.micros % micros_per_day != 0 ? day - 1 : day);
}

uint16_t code_of(AccessDecision decision, AccessTransition transition) {
  return static_cast<uint16_t>(static_cast<unsigned>(decision) << 8 | static_cast<unsigned>(transition));
}

std::string value_of(const RollupSums& sums) {
  std::string value;
  ByteWriter out(value);
  out.number(sums.count);
  for (const Int128 sum : {sums.quantity, sums.covered, sums.amount, sums.from_bonus, sums.from_account}) {
    out.wide(sum);
  }
  return value;
}

std::optional<RollupSums> parse_sums(std::string_view value) {
  ByteReader in(value);
  RollupSums sums;
  sums.count = in.number();
  for (Int128* sum : {&sums.quantity, &sums.covered, &sums.amount, &sums.from_bonus, &sums.from_account}) {
    *sum = in.wide();
  }
  return in.finished() ? std::optional(sums) : std::nullopt;
}

constexpr const char* damaged_row =
    "a row of the roll-ups is damaged; remove the partition's store: it is rebuilt";

}  // namespace

std::string_view rollup_name(Rollup rollup) {
  if (rollup == Rollup::rejects) return "rejects";
  return rollup == Rollup::charges ? "charges" : "access";
}

void RollupSums::add(const RollupSums& other) {
  count += other.count;
  quantity += other.quantity;
  covered += other.covered;
  amount += other.amount;
  from_bonus += other.from_bonus;
  from_account += other.from_account;
}

std::size_t RollupAdditions::HashKey::operator()(const Key& key) const {
  const auto place = [](std::string_view name) { return reinterpret_cast<std::size_t>(name.data()); };
  std::size_t hash = static_cast<std::size_t>(key.day) << 24 ^ static_cast<std::size_t>(key.code) << 8 ^
                     static_cast<std::size_t>(key.rollup);
  for (const std::size_t part : {place(key.tariff), place(key.what), place(key.rule)}) {
    hash = (hash ^ part) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32;
  }
  return hash;
}

void RollupAdditions::add(const ChargeRecord& charge) {
  const std::string_view what = charge.service.empty() ? charge.option : charge.service;
  RollupSums& sums = sums_[{Rollup::charges, day_of(charge.recorded_at), static_cast<uint16_t>(charge.kind),
                            charge.tariff, what, charge.rule}];
  ++sums.count;
  sums.quantity += static_cast<Int128>(charge.quantity.value_or(0));
  sums.covered += charge.covered_quantity.value_or(0);
  sums.amount += charge.amount.micros;
  sums.from_bonus += charge.from_bonus.micros;
  sums.from_account += charge.from_account.micros;
}

void RollupAdditions::add(const AccessRecord& access) {
  const uint16_t code = code_of(access.decision, access.transition);
  ++sums_[{Rollup::access, day_of(access.recorded_at), code, {}, {}, {}}].count;
}

void RollupAdditions::add(Reason reason, Timestamp recorded_at) {
  ++sums_[{Rollup::rejects, day_of(recorded_at), static_cast<uint16_t>(reason), {}, {}, {}}].count;
}

void RollupAdditions::merge_into(std::map<std::string, RollupSums>& rows) const {
  for (const auto& [key, sums] : sums_) {
    std::string row = {rollup_prefix, static_cast<char>(key.rollup)};
    // Days before 1970, which only a log with a broken clock has, sort last.
    for (int shift = 24; shift >= 0; shift -= 8) {
      row += static_cast<char>(static_cast<uint32_t>(key.day) >> shift);
    }
    if (key.rollup == Rollup::access) row += static_cast<char>(key.code >> 8);
    row += static_cast<char>(key.code);
    ByteWriter out(row);
    if (key.rollup == Rollup::charges) {
      for (const std::string_view name : {key.tariff, key.what, key.rule}) out.text(name);
    }
    rows[row].add(sums);
  }
}

std::optional<RollupRow> parse_rollup_row(std::string_view key, std::string_view value) {
  const std::optional<RollupSums> sums = parse_sums(value);
  if (!sums || key.size() < 7 || key[0] != rollup_prefix) return std::nullopt;
  RollupRow row;
  row.rollup = static_cast<Rollup>(key[1]);
  row.sums = *sums;
  uint32_t day = 0;
  for (const char byte : key.substr(2, 4)) day = day << 8 | static_cast<uint8_t>(byte);
  row.day = static_cast<int32_t>(day);
  ByteReader in(key.substr(6));
  if (row.rollup == Rollup::charges) {
    row.kind = static_cast<ChargeKind>(in.number_up_to(charge_kind_count));
    row.tariff = in.text();
    const std::string what(in.text());
    (row.kind == ChargeKind::service ? row.service : row.option) = what;
    row.rule = in.text();
  } else if (row.rollup == Rollup::access) {
    row.decision =
        static_cast<AccessDecision>(in.number_up_to(static_cast<uint64_t>(AccessDecision::refused)));
    row.transition =
        static_cast<AccessTransition>(in.number_up_to(static_cast<uint64_t>(AccessTransition::unlocked)));
  } else {
    row.reason = static_cast<Reason>(in.number_up_to(static_cast<uint64_t>(Reason::invalid_catalog)));
  }
  return in.finished() ? std::optional(row) : std::nullopt;
}

Result<std::map<std::string, std::string>> rollup_rows_with(
    const StorePort& store, const std::vector<const RollupAdditions*>& additions) {
  std::map<std::string, RollupSums> sums;
  for (const RollupAdditions* each : additions) each->merge_into(sums);
  std::vector<std::string_view> keys;
  for (const auto& [key, added] : sums) keys.push_back(key);
  const auto stored = store.get_many(keys);
  if (!stored) return tl::unexpected(stored.error());
  std::map<std::string, std::string> rows;
  auto before = stored->begin();
  for (auto& [key, added] : sums) {
    if (*before) {
      const std::optional<RollupSums> known = parse_sums(**before);
      if (!known) return failed(damaged_row);
      added.add(*known);
    }
    rows.emplace(key, value_of(added));
    ++before;
  }
  return rows;
}

std::map<std::string, std::string> rollup_begins() {
  std::map<std::string, std::string> rows;
  for (const Rollup rollup : all_rollups) rows.emplace(rollup_begin_key(rollup), rollup_begin_value({}));
  return rows;
}

Result<std::optional<RollupReach>> rollup_reach(const StorePort& store, Rollup rollup) {
  const auto value = store.get(rollup_begin_key(rollup));
  if (!value) return tl::unexpected(value.error());
  if (!*value) return std::nullopt;
  ByteReader in(**value);
  RollupReach reach;
  reach.begin = in.signed_number();
  if (in.finished()) return reach;
  RollupFilling& filling = reach.filling.emplace();
  filling.done = in.number();
  filling.total = in.number();
  filling.next = in.text();
  if (!in.finished()) return failed(damaged_row);
  return reach;
}

std::string rollup_begin_key(Rollup rollup) { return {rollup_begin_prefix, static_cast<char>(rollup)}; }

std::string rollup_begin_value(const RollupReach& reach) {
  std::string value;
  ByteWriter out(value);
  out.signed_number(reach.begin);
  if (!reach.filling) return value;
  out.number(reach.filling->done);
  out.number(reach.filling->total);
  out.text(reach.filling->next);
  return value;
}

std::vector<RowWrite> writes_of(const std::map<std::string, std::string>& rows) {
  std::vector<RowWrite> writes;
  for (const auto& [key, value] : rows) writes.push_back({key, value});
  return writes;
}

}  // namespace subledger
