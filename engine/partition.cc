// Applying records: look up, fold, keep what follows.
#include "engine/partition.h"

#include <algorithm>

#include "events/check.h"
#include "projections/bytes.h"
#include "projections/catalog_reader.h"
#include "projections/rows.h"

namespace subledger {
namespace {

constexpr const char* rebuild_hint = "; remove the partition's store: it is rebuilt from the log";

/// The `ce_id` of a record that has no id of its own.
std::string source_id(const Source& source) {
  return std::to_string(source.partition) + '-' + std::to_string(source.offset);
}

std::string place(int32_t partition) { return "partition " + std::to_string(partition) + ": "; }

}  // namespace

Partition::Partition(StorePort& store, const Options& options)
    : store_(store),
      options_(options),
      accounts_(store, options.accounts_max),
      look_ahead_(store, accounts_, options.partitions) {
  state_.partition = options.partition;
  state_.partitions = options.partitions;
}

Result<std::unique_ptr<Partition>> Partition::load(StorePort& store, const Options& options) {
  std::unique_ptr<Partition> partition(new Partition(store, options));
  if (auto loaded = partition->load_state(); !loaded) return tl::unexpected(loaded.error());
  return partition;
}

Result<void> Partition::load_state() {
  const auto row = store_.get(meta_key);
  if (!row) return tl::unexpected(row.error());
  if (!*row) return {};
  const auto meta = parse_meta(**row);
  if (!meta) return failed(place(options_.partition) + "the store's meta row is damaged" + rebuild_hint);
  meta_ = sealed_ = *meta;
  state_.counts = meta->counts;
  state_.postings = meta->postings;
  persisted_position_ = meta->position;
  if (auto loaded = load_catalogs(meta->catalogs); !loaded) return loaded;
  auto fill = RollupFill::open(store_, options_.partition, *meta);
  if (!fill) return tl::unexpected(fill.error());
  fill_ = *std::move(fill);
  return {};
}

Result<void> Partition::load_catalogs(uint32_t count) {
  for (uint32_t number = 0; number < count; ++number) {
    const auto row = store_.get(catalog_key_of(number));
    if (!row) return tl::unexpected(row.error());
    auto catalog = *row ? read_catalog(**row, state_.names) : tl::unexpected(CatalogError{"", "missing"});
    if (!catalog) {
      return failed(place(options_.partition) + "catalog row " + std::to_string(number) + " is damaged (" +
                    catalog.error().text() + ")" + rebuild_hint);
    }
    const LocalCalendar calendar(catalog->time_zone);
    state_.publish({*std::move(catalog), canonical_catalog(**row), calendar});
  }
  return {};
}

std::optional<KnownEvent> Partition::find_recent(const KnownKey& key) const {
  const auto place = recent_known_.find(RecentEvents::tag_of(key), [&](RowPlace at) {
    const Chunk& chunk = chunk_of(at.chunk);
    return chunk.key(chunk.rows[at.row]) == event_key(key.subscriber, key.charge_id);
  });
  if (!place) return std::nullopt;
  const Chunk& chunk = chunk_of(place->chunk);
  return parse_event_row(chunk.value(chunk.rows[place->row]))->known;
}

/// What a row of the store says; nullopt: there is none.
Result<std::optional<KnownEvent>> Partition::stored(const std::optional<std::string>& row) const {
  if (!row) return std::nullopt;
  const auto parsed = parse_event_row(*row);
  if (!parsed) return failed(place(options_.partition) + "an event row is damaged" + rebuild_hint);
  return parsed->known;
}

Result<std::optional<KnownEvent>> Partition::find_known(const KnownKey& key, const CachedAccount& account,
                                                        const ExaminedRecord& record) const {
  if (auto recent = find_recent(key)) return recent;
  if (record.row) return stored(*record.row);
  // Who has an event in the store has an account there.
  if (!account.row) return std::nullopt;
  const auto row = store_.get(event_key(key.subscriber, key.charge_id));
  if (!row) return tl::unexpected(row.error());
  return stored(*row);
}

/// With its reversal.
Result<std::optional<KnownEvent>> Partition::find_target(const KnownKey& key) const {
  std::optional<KnownEvent> known = find_recent(key);
  if (!known) {
    const auto row = store_.get(event_key(key.subscriber, key.charge_id));
    if (!row) return tl::unexpected(row.error());
    auto parsed = stored(*row);
    if (!parsed || !*parsed) return parsed;
    known = **parsed;
  }
  const auto row = store_.get(reversed_key(key.subscriber, key.charge_id));
  if (!row) return tl::unexpected(row.error());
  known->reversed = row->has_value() || recent_reversed_.contains(key);
  return known;
}

void Partition::expect(std::span<const LogRecord> records) {
  look_ahead_.expect(records, state_.names.size(), recent_known_);
}

Result<void> Partition::apply(const LogRecord& record, const ReadHeaders& headers, Outputs* outputs) {
  CHECK(record.partition == options_.partition && record.offset >= meta_.position);
  const ExaminedRecord& examined = look_ahead_.take(record);
  if (const auto* rejection = std::get_if<Rejection>(&examined.outcome)) {
    count_rejected(state_);
    if (rejection->reason == Reason::wrong_partition) ++misplaced_;
    reject(*rejection, examined.input, headers, outputs);
  } else {
    const auto applied = apply_event(std::get<Examined>(examined.outcome), examined, headers, outputs);
    if (!applied) return applied;
  }
  meta_.position = record.offset + 1;
  meta_.recorded_at = record.recorded_at;
  return {};
}

void Partition::skip(const LogRecord& record) {
  CHECK(record.partition == options_.partition && record.offset >= meta_.position);
  meta_.position = record.offset + 1;
  meta_.recorded_at = record.recorded_at;
}

Result<void> Partition::apply_event(const Examined& examined, const ExaminedRecord& record,
                                    const ReadHeaders& headers, Outputs* outputs) {
  const InputRecord& input = record.input;
  if (std::holds_alternative<CatalogPublished>(examined.event.body)) {
    const Outcome outcome = apply_catalog(state_, examined);
    if (std::holds_alternative<Published>(outcome)) accept_catalog(examined);
    if (const auto* refused = std::get_if<Rejection>(&outcome)) reject(*refused, input, headers, outputs);
    return {};
  }
  const auto account = record.account != nullptr ? Result<CachedAccount*>(record.account)
                                                 : accounts_.find(examined.subscriber, state_.names.size());
  if (!account) return tl::unexpected(account.error());
  const auto known = find_known({examined.subscriber, examined.charge_id}, **account, record);
  if (!known) return tl::unexpected(known.error());
  std::optional<KnownEvent> target;
  const std::optional<Uuid> target_id = reversal_target(examined);
  if (target_id) {
    auto found = find_target({examined.subscriber, *target_id});
    if (!found) return tl::unexpected(found.error());
    target = *found;
  }
  const Outcome outcome = subledger::apply(state_, (*account)->account, *known ? &**known : nullptr,
                                           target ? &*target : nullptr, examined, input);
  if (const auto* accepted = std::get_if<Accepted>(&outcome)) {
    accept(*accepted, examined, **account, outputs);
    if (accepted->reverses_target) remember_reversal({examined.subscriber, *target_id});
  }
  if (const auto* refused = std::get_if<Rejection>(&outcome)) reject(*refused, input, headers, outputs);
  return {};
}

void Partition::accept(const Accepted& accepted, const Examined& examined, CachedAccount& account,
                       Outputs* outputs) {
  const std::string_view subscriber = examined.event.subscriber;
  const KnownKey key{examined.subscriber, examined.charge_id};
  std::string_view charge;
  std::string_view access;
  if (accepted.charge) {
    charge = encoder_.encode(*accepted.charge);
    if (accepted.access) charge = charge_bytes_.assign(charge);  // the encoder goes on to the next
    open_.rollups.add(*accepted.charge);
    ++meta_.sequences.charges;
    if (outputs != nullptr) {
      charge_id_text_.clear();
      append_uuid(charge_id_text_, key.charge_id);
      outputs->add({Topic::charges, options_.partition, accepted.charge->recorded_at, meta_.sequences.charges,
                    subscriber, charge, charge_id_text_, subscriber});
    }
  }
  if (accepted.access) {
    access = encoder_.encode(*accepted.access);
    open_.rollups.add(*accepted.access);
    ++meta_.sequences.access;
    if (outputs != nullptr) {
      outputs->add({Topic::access, options_.partition, accepted.access->recorded_at, meta_.sequences.access,
                    subscriber, access, source_id(accepted.access->source), subscriber});
    }
  }
  const auto row = static_cast<uint32_t>(open_.rows.size());
  append_event_row(begin_row(event_key(key.subscriber, key.charge_id)), {accepted.known, charge, access});
  end_row();
  const RecentEvents::Tag tag = RecentEvents::tag_of(key);
  recent_known_.add(tag, {open_.number, row});
  open_.known.emplace_back(tag, row);
  accounts_.mark(account, open_.number);
}

void Partition::accept_catalog(const Examined& examined) {
  begin_row(catalog_key_of(meta_.catalogs)) += std::get<CatalogPublished>(examined.event.body).catalog;
  end_row();
  ++meta_.catalogs;
}

void Partition::reject(const Rejection& rejection, const InputRecord& input, const ReadHeaders& headers,
                       Outputs* outputs) {
  ++meta_.sequences.rejects;
  open_.rollups.add(rejection.reason, input.recorded_at);
  if (outputs == nullptr) return;
  const std::vector<Header> original = headers();
  RejectRecord record;
  record.source = input.source;
  record.recorded_at = input.recorded_at;
  record.reason = rejection.reason;
  record.detail = rejection.detail;
  record.key = input.key;
  record.payload = input.value;
  record.headers = original;
  record.subscriber = rejection.subscriber;
  record.event_id = rejection.event_id;
  outputs->add({Topic::rejects, options_.partition, input.recorded_at, meta_.sequences.rejects, input.key,
                encoder_.encode(record), source_id(input.source), rejection.subscriber});
}

void Partition::remember_reversal(const KnownKey& target) {
  begin_row(reversed_key(target.subscriber, target.charge_id)) += '1';
  end_row();
  recent_reversed_.insert(target);
  open_.reversed.push_back(target);
}

std::string& Partition::begin_row(std::string_view key) {
  open_.rows.push_back({KeyPrefix(key), open_.bytes.size(), static_cast<uint32_t>(key.size()), 0});
  return open_.bytes += key;
}

RowHash Partition::end_row() {
  Row& row = open_.rows.back();
  row.value_size = static_cast<uint32_t>(open_.bytes.size() - row.begin - row.key_size);
  const RowHash hash = hash_row(open_.key(row), open_.value(row));
  meta_.rows.add(hash);
  return hash;
}

}  // namespace subledger
