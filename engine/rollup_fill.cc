#include "engine/rollup_fill.h"

#include <algorithm>
#include <array>
#include <memory_resource>
#include <string>

#include "events/check.h"
#include "events/codec.h"
#include "projections/bytes.h"
#include "projections/rows.h"

namespace subledger {
namespace {

constexpr int poll_ms = 10;
constexpr const char* rebuild = " is damaged; remove the partition's store: it is rebuilt from the log";

/// Names as the table holds them, since additions tell them apart by place.
std::string_view kept(const NameTable& names, std::string_view name) {
  const std::optional<NameId> id = names.find(name);
  return id ? names.text(*id) : std::string_view();
}

/// Adds what the event gave below `end`. False: the row is damaged.
bool add_event(std::string_view value, Rollup rollup, int64_t end, const NameTable& names,
               RollupAdditions& additions) {
  std::array<std::byte, 4'096> bytes;
  std::pmr::monotonic_buffer_resource scratch(bytes.data(), bytes.size());
  const std::optional<EventRow> row = parse_event_row(value);
  if (!row) return false;
  if (rollup == Rollup::access) {
    if (row->access.empty()) return true;
    const auto access = decode_access(row->access, scratch);
    if (access && access->source.offset < end) additions.add(*access);
    return access.has_value();
  }
  if (row->charge.empty()) return true;
  auto charge = decode_charge(row->charge, scratch);
  if (!charge || charge->source.offset >= end) return charge.has_value();
  charge->tariff = kept(names, charge->tariff);
  charge->service = kept(names, charge->service);
  charge->option = kept(names, charge->option);
  charge->rule = kept(names, charge->rule);
  additions.add(*charge);
  return true;
}

/// Where the topic of rejects is to be read on, and what the first one in it came of: 0 where the topic is
/// whole, -1 while nothing of a topic without its beginning was seen.
struct RejectsPlace {
  int64_t offset = 0;
  int64_t first_source = 0;
};

std::optional<RejectsPlace> parse_place(std::string_view text) {
  ByteReader in(text);
  const RejectsPlace place{in.signed_number(), in.signed_number()};
  return in.finished() ? std::optional(place) : std::nullopt;
}

std::string place_text(const RejectsPlace& place) {
  std::string text;
  ByteWriter out(text);
  out.signed_number(place.offset);
  out.signed_number(place.first_source);
  return text;
}

}  // namespace

/// What one batch adds, and how far the roll-up is then.
struct RollupFill::Portion {
  RollupAdditions additions;
  RollupReach reach;
};

Result<RollupFill> RollupFill::open(StorePort& store, int32_t partition, const Meta& meta) {
  RollupFill fill(store, partition);
  if (meta.position == 0) return fill;
  std::map<std::string, std::string> rows;
  for (const Rollup rollup : all_rollups) {
    auto reach = rollup_reach(store, rollup);
    if (!reach) return tl::unexpected(reach.error());
    if (!*reach) {
      const uint64_t events = meta.counts.accepted - std::min<uint64_t>(meta.counts.accepted, meta.catalogs);
      const uint64_t total = rollup == Rollup::rejects ? meta.counts.rejected : events;
      *reach = RollupReach{meta.position, RollupFilling{0, total, ""}};
      rows.emplace(rollup_begin_key(rollup), rollup_begin_value(**reach));
    }
    if ((*reach)->filling) fill.missing_.emplace_back(rollup, **std::move(reach));
  }
  if (rows.empty()) return fill;
  if (auto noted = store.write(writes_of(rows)); !noted) return tl::unexpected(noted.error());
  return fill;
}

std::optional<Rollup> RollupFill::next() const {
  return missing_.empty() ? std::nullopt : std::optional(missing_.front().first);
}

Result<RollupProgress> RollupFill::portion(const NameTable& names, ReaderPort* rejects,
                                           std::size_t records_max) {
  CHECK(!missing_.empty());
  const auto& [rollup, reach] = missing_.front();
  Portion portion;
  portion.reach = reach;
  CHECK(rollup != Rollup::rejects || rejects != nullptr);
  Result<void> done = rollup == Rollup::rejects ? add_rejects(*rejects, records_max, portion)
                                                : add_events(rollup, names, records_max, portion);
  if (done) done = write(rollup, portion);
  if (!done) {
    sought_ = nullptr;
    return tl::unexpected(done.error());
  }
  // The portion is in the store: nothing fails from here on.
  RollupProgress progress{rollup, reach.filling->total, reach.filling->total, !portion.reach.filling};
  if (portion.reach.filling) {
    progress.done = portion.reach.filling->done;
    missing_.front().second = std::move(portion.reach);
  } else {
    missing_.pop_front();
  }
  return progress;
}

Result<void> RollupFill::add_events(Rollup rollup, const NameTable& names, std::size_t records_max,
                                    Portion& portion) {
  RollupFilling& filling = *portion.reach.filling;
  bool sound = true;
  std::size_t rows = 0;
  std::string last;
  const std::string prefix(1, event_prefix);
  const std::string first = filling.next.empty() ? prefix : filling.next + '\0';
  const auto scanned = store_->scan_from(prefix, first, [&](std::string_view key, std::string_view value) {
    sound = add_event(value, rollup, portion.reach.begin, names, portion.additions);
    ++rows;
    last.assign(key);
    return sound && rows < records_max;
  });
  if (!scanned) return scanned;
  if (!sound) return failed(std::string("an event row") + rebuild);
  if (rows < records_max) {
    portion.reach = {};
    return {};
  }
  filling.done = std::min(filling.total, filling.done + rows);
  filling.next = last;
  return {};
}

Result<void> RollupFill::add_rejects(ReaderPort& rejects, std::size_t records_max, Portion& portion) {
  RollupFilling& filling = *portion.reach.filling;
  RejectsPlace place;
  if (sought_ != &rejects) {
    const auto range = rejects.range(Topic::rejects, partition_);
    if (!range) return tl::unexpected(range.error());
    place = {range->first, range->first > 0 ? -1 : 0};
    rejects_end_ = range->end;
  }
  if (!filling.next.empty()) {
    const auto noted = parse_place(filling.next);
    if (!noted) return failed(std::string("a row of the roll-ups") + rebuild);
    place = *noted;
  }
  if (sought_ != &rejects) {
    if (auto sought = rejects.seek(Topic::rejects, partition_, place.offset); !sought) return sought;
    sought_ = &rejects;
  }
  const auto records = rejects.poll(poll_ms, records_max);
  if (!records) return tl::unexpected(records.error());
  bool reached = false;
  for (const LogRecord& record : *records) {
    std::pmr::monotonic_buffer_resource scratch;
    const auto reject = decode_reject(record.value.value_or(""), scratch);
    if (!reject) {
      return failed("partition " + std::to_string(partition_) + ": the reject at offset " +
                    std::to_string(record.offset) + " cannot be read; `subledger verify` says more");
    }
    reached = reject->source.offset >= portion.reach.begin;
    if (reached) break;
    if (place.first_source < 0) place.first_source = reject->source.offset;
    portion.additions.add(reject->reason, reject->recorded_at);
    place.offset = record.offset + 1;
    filling.done = std::min(filling.total, filling.done + 1);
  }
  filling.next = place_text(place);
  if (!reached && !rejects.passed(partition_, rejects_end_)) return {};
  if (place.first_source >= 0) portion.reach.begin = place.first_source;
  portion.reach.filling.reset();
  return {};
}

Result<void> RollupFill::write(Rollup rollup, const Portion& portion) {
  auto rows = rollup_rows_with(*store_, {&portion.additions});
  if (!rows) return tl::unexpected(rows.error());
  rows->emplace(rollup_begin_key(rollup), rollup_begin_value(portion.reach));
  return store_->write(writes_of(*rows));
}

}  // namespace subledger
