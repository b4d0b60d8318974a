// Store rows, written and read field by field in one order.
#include "projections/rows.h"

#include "projections/bytes.h"

namespace subledger {
namespace {

void push_big_endian(RowKey& key, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) key.push(static_cast<char>(value >> 8 * i));
}

RowKey subscriber_key(char prefix, Msisdn subscriber) {
  RowKey key(prefix);
  push_big_endian(key, subscriber.number, 8);
  return key;
}

RowKey charge_key(char prefix, Msisdn subscriber, const Uuid& charge_id) {
  RowKey key = subscriber_key(prefix, subscriber);
  for (const uint8_t byte : charge_id.bytes) key.push(static_cast<char>(byte));
  return key;
}

void write_time(ByteWriter& out, const std::optional<Timestamp>& time) {
  out.flag(time.has_value());
  if (time) out.signed_number(time->micros);
}

std::optional<Timestamp> read_time(ByteReader& in) {
  return in.flag() ? std::optional(Timestamp{in.signed_number()}) : std::nullopt;
}

void write_access(ByteWriter& out, const Access& access) {
  out.flag(access.active);
  out.flag(access.locked);
  out.number(access.failures);
  out.flag(access.password.has_value());
  if (!access.password) return;
  out.fixed(access.password->id.bytes);
  out.signed_number(access.password->set_at.micros);
  out.text(access.password->verifier);
}

Access read_access(ByteReader& in) {
  Access access;
  access.active = in.flag();
  access.locked = in.flag();
  access.failures = static_cast<uint32_t>(in.number_up_to(UINT32_MAX));
  if (!in.flag()) return access;
  Password password;
  password.id.bytes = in.fixed<16>();
  password.set_at.micros = in.signed_number();
  password.verifier = in.text();
  access.password = std::move(password);
  return access;
}

void write_accumulator(ByteWriter& out, const Accumulator& open) {
  out.number(static_cast<uint64_t>(open.usage));
  out.number(static_cast<uint64_t>(open.scope));
  out.number(open.owner.value);
  out.number(open.rule.value);
  out.signed_number(open.period);
  out.text(open.session);
  out.number(open.quantity);
}

NameId read_name(ByteReader& in, std::size_t names) {
  return {static_cast<uint32_t>(names == 0 ? in.number_up_to(0) : in.number_up_to(names - 1))};
}

Accumulator read_accumulator(ByteReader& in, std::size_t names) {
  Accumulator open;
  open.usage = static_cast<UsageKind>(in.number_up_to(static_cast<uint64_t>(UsageKind::service)));
  open.scope = static_cast<Scope>(in.number_up_to(static_cast<uint64_t>(Scope::month)));
  open.owner = read_name(in, names);
  open.rule = read_name(in, names);
  open.period = static_cast<int32_t>(in.signed_number());
  open.session = in.text();
  open.quantity = in.number();
  return open;
}

void write_grant(ByteWriter& out, const Grant& grant) {
  out.number(static_cast<uint64_t>(grant.kind));
  write_time(out, grant.expires_at);
  out.signed_number(grant.remaining);
}

Grant read_grant(ByteReader& in) {
  Grant grant;
  grant.kind = static_cast<GrantKind>(in.number_up_to(static_cast<uint64_t>(GrantKind::bytes)));
  grant.expires_at = read_time(in);
  grant.remaining = in.signed_number();
  return grant;
}

}  // namespace

RowKey account_key(Msisdn subscriber) { return subscriber_key(account_prefix, subscriber); }
RowKey events_prefix(Msisdn subscriber) { return subscriber_key(event_prefix, subscriber); }

std::optional<Msisdn> subscriber_of_account_key(std::string_view key) {
  if (key.size() != 1 + 8 || key.front() != account_prefix) return std::nullopt;
  Msisdn subscriber;
  for (const char byte : key.substr(1))
    subscriber.number = subscriber.number << 8 | static_cast<uint8_t>(byte);
  return subscriber;
}

RowKey event_key(Msisdn subscriber, const Uuid& charge_id) {
  return charge_key(event_prefix, subscriber, charge_id);
}

RowKey reversed_key(Msisdn subscriber, const Uuid& charge_id) {
  return charge_key(reversed_prefix, subscriber, charge_id);
}

RowKey catalog_key_of(uint32_t number) {
  RowKey key(catalog_prefix);
  push_big_endian(key, number, 4);
  return key;
}

void append_account(std::string& bytes, const Account& account) {
  ByteWriter out(bytes);
  out.number(account.sequence);
  out.signed_number(account.balance.micros);
  write_access(out, account.access);
  out.number(account.switches.size());
  for (const TariffSwitch& made : account.switches) {
    out.signed_number(made.at.micros);
    out.number(made.tariff.value);
  }
  out.number(account.options.size());
  for (const NameId option : account.options) out.number(option.value);
  out.number(account.accumulators.size());
  for (const Accumulator& open : account.accumulators) write_accumulator(out, open);
  out.number(account.grants.size());
  for (const Grant& grant : account.grants) write_grant(out, grant);
  write_time(out, account.closed_at);
  out.number(account.closed_sequence);
}

std::optional<Account> parse_account(std::string_view row, std::size_t names) {
  ByteReader in(row);
  Account account;
  account.sequence = in.number();
  account.balance.micros = in.signed_number();
  account.access = read_access(in);
  for (uint64_t left = in.number_up_to(tariff_switches_max); left > 0; --left) {
    const Timestamp at{in.signed_number()};
    account.switches.push_back({at, read_name(in, names)});
  }
  for (uint64_t left = in.number_up_to(names); left > 0; --left)
    account.options.push_back(read_name(in, names));
  for (uint64_t left = in.number_up_to(accumulators_max); left > 0; --left) {
    account.accumulators.push_back(read_accumulator(in, names));
  }
  for (uint64_t left = in.number_up_to(grants_max); left > 0; --left)
    account.grants.push_back(read_grant(in));
  account.closed_at = read_time(in);
  account.closed_sequence = in.number();
  return in.finished() ? std::optional(std::move(account)) : std::nullopt;
}

void append_event_row(std::string& bytes, const EventRow& row) {
  ByteWriter out(bytes);
  const KnownEvent& known = row.known;
  out.fixed(known.content);
  out.number(known.kind ? static_cast<uint64_t>(*known.kind) : 0);
  out.number(known.sequence);
  out.signed_number(known.from_bonus.micros);
  out.signed_number(known.from_account.micros);
  out.signed_number(known.covered_quantity);
  write_time(out, known.money_expires_at);
  write_time(out, known.bytes_expires_at);
  out.text(row.charge);
  out.text(row.access);
}

std::optional<EventRow> parse_event_row(std::string_view bytes) {
  ByteReader in(bytes);
  EventRow row;
  row.known.content = in.fixed<16>();
  const uint64_t kind = in.number_up_to(charge_kind_count);
  if (kind != 0) row.known.kind = static_cast<ChargeKind>(kind);
  row.known.sequence = in.number();
  row.known.from_bonus.micros = in.signed_number();
  row.known.from_account.micros = in.signed_number();
  row.known.covered_quantity = in.signed_number();
  row.known.money_expires_at = read_time(in);
  row.known.bytes_expires_at = read_time(in);
  row.charge = in.text();
  row.access = in.text();
  return in.finished() ? std::optional(row) : std::nullopt;
}

}  // namespace subledger
