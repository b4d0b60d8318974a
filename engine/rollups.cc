#include "engine/rollups.h"

#include <functional>
#include <memory_resource>

#include "events/codec.h"
#include "events/time.h"
#include "projections/bytes.h"
#include "projections/rows.h"

namespace subledger {
namespace {

constexpr Rollup all_rollups[] = {Rollup::access, Rollup::charges, Rollup::rejects};

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

std::string begin_key(Rollup rollup) { return {rollup_begin_prefix, static_cast<char>(rollup)}; }

std::string begin_value(int64_t offset) {
  std::string value;
  ByteWriter(value).signed_number(offset);
  return value;
}

/// Names as the table holds them, since additions tell them apart by place.
std::string_view kept(const NameTable& names, std::string_view name) {
  const std::optional<NameId> id = names.find(name);
  return id ? names.text(*id) : std::string_view();
}

/// Adds what the store's accepted events gave. False: one is damaged.
Result<bool> add_events(const StorePort& store, const NameTable& names, bool charges, bool access,
                        RollupAdditions& additions) {
  bool sound = true;
  const std::string prefix(1, event_prefix);
  const auto scanned = store.scan(prefix, [&](std::string_view, std::string_view value) {
    std::pmr::monotonic_buffer_resource scratch;
    const std::optional<EventRow> row = parse_event_row(value);
    sound = row.has_value();
    if (sound && charges && !row->charge.empty()) {
      auto charge = decode_charge(row->charge, scratch);
      if ((sound = charge.has_value())) {
        charge->tariff = kept(names, charge->tariff);
        charge->service = kept(names, charge->service);
        charge->option = kept(names, charge->option);
        charge->rule = kept(names, charge->rule);
        additions.add(*charge);
      }
    }
    if (sound && access && !row->access.empty()) {
      const auto record = decode_access(row->access, scratch);
      if ((sound = record.has_value())) additions.add(*record);
    }
    return sound;
  });
  if (!scanned) return tl::unexpected(scanned.error());
  return sound;
}

}  // namespace

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
      if (!known)
        return failed("a row of the roll-ups is damaged; remove the partition's store: it is rebuilt");
      added.add(*known);
    }
    rows.emplace(key, value_of(added));
    ++before;
  }
  return rows;
}

std::map<std::string, std::string> rollup_begins() {
  std::map<std::string, std::string> rows;
  for (const Rollup rollup : all_rollups) rows.emplace(begin_key(rollup), begin_value(0));
  return rows;
}

Result<void> fill_rollups(StorePort& store, int64_t position, const NameTable& names) {
  std::map<std::string, std::string> rows;
  bool missing[3] = {};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto begin = rollup_begin(store, all_rollups[i]);
    if (!begin) return tl::unexpected(begin.error());
    missing[i] = !*begin;
    const bool rejects = all_rollups[i] == Rollup::rejects;
    if (missing[i]) rows.emplace(begin_key(all_rollups[i]), begin_value(rejects ? position : 0));
  }
  if (rows.empty()) return {};
  RollupAdditions additions;
  if (position > 0 && (missing[0] || missing[1])) {
    const auto sound = add_events(store, names, missing[1], missing[0], additions);
    if (!sound) return tl::unexpected(sound.error());
    if (!*sound) return failed("an event row is damaged; remove the partition's store: it is rebuilt");
  }
  std::map<std::string, RollupSums> sums;
  additions.merge_into(sums);
  for (const auto& [key, each] : sums) rows.emplace(key, value_of(each));
  std::vector<RowWrite> writes;
  for (const auto& [key, value] : rows) writes.push_back({key, value});
  return store.write(writes);
}

Result<std::optional<int64_t>> rollup_begin(const StorePort& store, Rollup rollup) {
  const auto value = store.get(begin_key(rollup));
  if (!value) return tl::unexpected(value.error());
  if (!*value) return std::nullopt;
  ByteReader in(**value);
  const int64_t offset = in.signed_number();
  if (!in.finished())
    return failed("a row of the roll-ups is damaged; remove the partition's store: it is rebuilt");
  return offset;
}

}  // namespace subledger
