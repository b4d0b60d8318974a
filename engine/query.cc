// Reading rows back and putting them in order.
#include "engine/query.h"

#include <algorithm>
#include <array>
#include <memory_resource>
#include <utility>

#include "events/codec.h"
#include "events/json_writer.h"
#include "projections/catalog_reader.h"
#include "projections/grants.h"
#include "projections/rows.h"
#include "projections/tariff_history.h"

namespace subledger {
namespace {

/// A record's bytes and its place in the order wanted.
struct Ordered {
  uint64_t place = 0;
  std::string bytes;
};

bool within(Timestamp time, const RecordRange& range) {
  return (!range.from || time >= *range.from) && (!range.to || time < *range.to);
}

std::vector<std::string> in_order(std::vector<Ordered> records, std::size_t latest) {
  std::ranges::sort(records, {}, &Ordered::place);
  const std::size_t skipped = records.size() - std::min(records.size(), latest);
  std::vector<std::string> bytes;
  bytes.reserve(records.size() - skipped);
  for (std::size_t i = skipped; i < records.size(); ++i) bytes.push_back(std::move(records[i].bytes));
  return bytes;
}

/// Hands the events of a subscriber to `take`, which gives false for a damaged one. False: one was.
template <class Take>
Result<bool> each_event(const StorePort& store, Msisdn subscriber, Take take) {
  bool sound = true;
  const auto scanned = store.scan(events_prefix(subscriber), [&](std::string_view, std::string_view value) {
    const std::optional<EventRow> row = parse_event_row(value);
    sound = row && take(*row);
    return sound;
  });
  if (!scanned) return tl::unexpected(scanned.error());
  return sound;
}

/// For decoding one record at a time: records are small and are aligned copies at most.
class Scratch {
 public:
  std::pmr::memory_resource& clean() {
    resource_.release();
    return resource_;
  }

 private:
  std::array<std::byte, 4'096> bytes_;
  std::pmr::monotonic_buffer_resource resource_{bytes_.data(), bytes_.size()};
};

}  // namespace

tl::unexpected<Fault> Query::damaged(const std::string& what) const {
  return unreachable("the store of partition " + std::to_string(partition_) + ": " + what +
                     " is damaged; remove the store to rebuild it from the log");
}

Result<Query> Query::open(const StorePort& store, int32_t partition) {
  Query query(store, partition);
  query.state_ = std::make_unique<PartitionState>();
  const auto row = store.get(meta_key);
  if (!row) return tl::unexpected(row.error());
  if (!*row) return query;
  const std::optional<Meta> meta = parse_meta(**row);
  if (!meta) return query.damaged("the row of its position");
  query.meta_ = *meta;
  if (auto loaded = query.load_catalogs(); !loaded) return tl::unexpected(loaded.error());
  return query;
}

Result<void> Query::load_catalogs() {
  for (uint32_t number = 0; number < meta_.catalogs; ++number) {
    const auto row = store_->get(catalog_key_of(number));
    if (!row) return tl::unexpected(row.error());
    const std::string what = "catalog " + std::to_string(number);
    if (!*row) return damaged(what);
    auto catalog = read_catalog(**row, state_->names);
    if (!catalog) return damaged(what);
    const LocalCalendar calendar(catalog->time_zone);
    state_->publish({*std::move(catalog), std::string(), calendar});
  }
  return {};
}

Result<std::optional<Account>> Query::find(Msisdn subscriber) const {
  const auto row = store_->get(account_key(subscriber));
  if (!row) return tl::unexpected(row.error());
  if (!*row) return std::nullopt;
  std::optional<Account> account = parse_account(**row, state_->names.size());
  if (!account) return damaged("an account");
  return account;
}

Result<std::optional<AccountView>> Query::account(Msisdn subscriber) const {
  const auto account = find(subscriber);
  if (!account) return tl::unexpected(account.error());
  if (!*account) return std::nullopt;
  return describe_account(*state_, subscriber, **account, as_of());
}

Result<std::optional<StoredEvent>> Query::event(Msisdn subscriber, const Uuid& charge_id) const {
  const auto value = store_->get(event_key(subscriber, charge_id));
  if (!value) return tl::unexpected(value.error());
  if (!*value) return std::nullopt;
  const std::optional<EventRow> row = parse_event_row(**value);
  if (!row) return damaged("an event");
  return StoredEvent{std::string(row->charge), std::string(row->access)};
}

Result<std::optional<StoredEvent>> Query::find_event(const Uuid& charge_id) const {
  std::optional<StoredEvent> found;
  bool sound = true;
  const std::string_view id(reinterpret_cast<const char*>(charge_id.bytes.data()), charge_id.bytes.size());
  const std::string prefix(1, event_prefix);
  const auto scanned = store_->scan(prefix, [&](std::string_view key, std::string_view value) {
    if (!key.ends_with(id)) return true;
    const std::optional<EventRow> row = parse_event_row(value);
    sound = row.has_value();
    if (sound) found = StoredEvent{std::string(row->charge), std::string(row->access)};
    return false;
  });
  if (!scanned) return tl::unexpected(scanned.error());
  if (!sound) return damaged("an event");
  return found;
}

Result<void> Query::each_account(const std::function<bool(const AccountView&)>& take) const {
  bool sound = true;
  const std::string prefix(1, account_prefix);
  const auto scanned = store_->scan(prefix, [&](std::string_view key, std::string_view value) {
    const std::optional<Msisdn> subscriber = subscriber_of_account_key(key);
    const std::optional<Account> account = parse_account(value, state_->names.size());
    sound = subscriber && account;
    return sound && take(describe_account(*state_, *subscriber, *account, as_of()));
  });
  if (!scanned) return scanned;
  if (!sound) return damaged("an account");
  return {};
}

AccountView describe_account(const PartitionState& state, Msisdn subscriber, const Account& account,
                             const AsOf& as_of) {
  const Timestamp at = as_of.recorded_at;
  AccountView view;
  view.subscriber = subscriber;
  view.access = account.access;
  const TariffSwitch* last = switch_before(account.switches, at);
  const PublishedCatalog* version = state.in_force(at);
  if (last != nullptr) {
    view.tariff = state.names.text(last->tariff);
  } else if (version != nullptr) {
    view.tariff = state.names.text(version->catalog.default_tariff);
  }
  for (const NameId option : account.options) view.options.emplace_back(state.names.text(option));
  std::ranges::sort(view.options);
  view.balance = account.balance;
  view.bonus_money = {available(account.grants, GrantKind::money, at)};
  view.bonus_bytes = available(account.grants, GrantKind::bytes, at);
  view.grants = account.grants;
  view.currency = state.currency();
  view.sequence = account.sequence;
  view.as_of = as_of;
  return view;
}

Result<std::optional<std::vector<std::string>>> Query::charges(Msisdn subscriber,
                                                               const RecordRange& range) const {
  const auto account = find(subscriber);
  if (!account) return tl::unexpected(account.error());
  if (!*account) return std::nullopt;
  std::vector<Ordered> records;
  Scratch scratch;
  const auto sound = each_event(*store_, subscriber, [&](const EventRow& row) {
    if (row.charge.empty()) return true;
    const auto charge = decode_charge(row.charge, scratch.clean());
    if (charge && within(charge->occurred_at, range)) {
      records.push_back({charge->sequence, std::string(row.charge)});
    }
    return charge.has_value();
  });
  if (!sound) return tl::unexpected(sound.error());
  if (!*sound) return damaged("a charge");
  return in_order(std::move(records), range.latest);
}

Result<std::optional<std::vector<std::string>>> Query::access(Msisdn subscriber,
                                                              const RecordRange& range) const {
  const auto account = find(subscriber);
  if (!account) return tl::unexpected(account.error());
  if (!*account) return std::nullopt;
  std::vector<Ordered> records;
  Scratch scratch;
  const auto sound = each_event(*store_, subscriber, [&](const EventRow& row) {
    if (row.access.empty()) return true;
    const auto access = decode_access(row.access, scratch.clean());
    if (access && within(access->occurred_at, range)) {
      records.push_back({static_cast<uint64_t>(access->source.offset), std::string(row.access)});
    }
    return access.has_value();
  });
  if (!sound) return tl::unexpected(sound.error());
  if (!*sound) return damaged("an access record");
  return in_order(std::move(records), range.latest);
}

Result<std::vector<RollupRow>> Query::rollups() const {
  std::vector<RollupRow> rows;
  bool sound = true;
  const auto scanned =
      store_->scan(std::string(1, rollup_prefix), [&](std::string_view key, std::string_view value) {
        std::optional<RollupRow> row = parse_rollup_row(key, value);
        sound = row.has_value();
        if (sound) rows.push_back(*std::move(row));
        return sound;
      });
  if (!scanned) return tl::unexpected(scanned.error());
  if (!sound) return damaged("a roll-up");
  return rows;
}

PartitionDigest Query::digest() const {
  PartitionDigest digest{partition_, std::nullopt, meta_.counts, digest_of(meta_)};
  if (meta_.counts.records > 0) digest.offset = meta_.position - 1;
  return digest;
}

void append_account_json(std::string& out, const AccountView& account) {
  ObjectWriter object(out);
  object.text("subscriber", format_msisdn(account.subscriber));
  ObjectWriter access(object.member("access"));
  access.boolean("active", account.access.active);
  access.boolean("locked", account.access.locked);
  access.integer("failures", account.access.failures);
  if (account.access.password) {
    access.uuid("password_id", account.access.password->id);
    access.time("password_set_at", account.access.password->set_at);
  }
  access.close();
  if (account.tariff) object.text("tariff", *account.tariff);
  std::string& options = object.member("options") += '[';
  for (std::size_t i = 0; i < account.options.size(); ++i) {
    if (i > 0) options += ',';
    append_json_string(options, account.options[i]);
  }
  options += ']';
  object.money("balance", account.balance);
  object.money("bonus_money", account.bonus_money);
  object.integer("bonus_bytes", account.bonus_bytes);
  object.text_unless_empty("currency", account.currency);
  object.integer("sequence", account.sequence);
  ObjectWriter as_of(object.member("as_of"));
  as_of.integer("partition", account.as_of.partition);
  as_of.integer("offset", account.as_of.offset);
  as_of.time("recorded_at", account.as_of.recorded_at);
  as_of.close();
  object.close();
}

void append_digest_json(std::string& out, const PartitionDigest& digest) {
  ObjectWriter object(out);
  object.integer("partition", digest.partition);
  object.optional_integer("offset", digest.offset);
  object.integer("records", digest.counts.records);
  object.integer("accepted", digest.counts.accepted);
  object.integer("duplicates", digest.counts.duplicates);
  object.integer("rejected", digest.counts.rejected);
  object.text("digest", format_hash(digest.digest));
  object.close();
}

}  // namespace subledger
