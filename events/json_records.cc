// The JSON forms of charge, access and reject records, and of records as they are stored.
#include "events/form.h"
#include "events/json.h"
#include "events/json_reader.h"
#include "events/json_writer.h"

namespace subledger {
namespace {

/// A string that may be absent, but not empty or malformed: the empty view stands for an absent one.
std::string_view record_text(ObjectReader& reader, std::string_view name) {
  const std::optional<std::string_view> text = reader.optional_text(name);
  if (!text) return {};
  reader.take(check_text({.name = name, .text = *text, .size_max = text_size_max}));
  return *text;
}

Msisdn record_subscriber(ObjectReader& reader) {
  const std::optional<Msisdn> subscriber = parse_msisdn(reader.text("subscriber"));
  if (!subscriber) reader.fault("subscriber", "not an MSISDN");
  return subscriber.value_or(Msisdn{});
}

/// Bytes in base64, kept by the owner.
std::optional<std::string_view> record_bytes(ObjectReader& reader, std::string_view name, JsonOwner& owner) {
  std::optional<std::string> bytes = reader.optional_base64(name);
  if (!bytes) return std::nullopt;
  return owner.bytes.emplace_back(*std::move(bytes));
}

/// The unit follows from the kind, so it is compared, not kept.
void check_unit(ObjectReader& reader, const ChargeRecord& charge) {
  const std::string_view unit = reader.optional_text("unit").value_or(std::string_view());
  if (unit != unit_name(charge)) reader.fault("unit", "not the unit of this kind and quantity");
}

ChargeRecord read_charge(ObjectReader& reader) {
  ChargeRecord charge;
  charge.charge_id = reader.uuid("charge_id");
  charge.sequence = reader.integer<uint64_t>("sequence");
  if (charge.sequence == 0) reader.fault("sequence", "counts from 1");
  charge.subscriber = record_subscriber(reader);
  charge.event_id = reader.uuid("event_id");
  charge.kind = reader.named("kind", parse_kind);
  charge.source = reader.source("source");
  charge.occurred_at = reader.time("occurred_at");
  charge.recorded_at = reader.time("recorded_at");
  charge.catalog_version = record_text(reader, "catalog_version");
  charge.tariff = record_text(reader, "tariff");
  charge.rule = record_text(reader, "rule");
  charge.option = record_text(reader, "option");
  charge.service = record_text(reader, "service");
  charge.session = record_text(reader, "session");
  charge.reason = record_text(reader, "reason");
  charge.reference = record_text(reader, "reference");
  charge.quantity = reader.optional_integer<uint64_t>("quantity");
  check_unit(reader, charge);
  charge.covered_quantity = reader.optional_integer<int64_t>("covered_quantity");
  charge.accumulated_quantity = reader.optional_integer<uint64_t>("accumulated_quantity");
  charge.amount = reader.money("amount");
  charge.from_bonus = reader.money("from_bonus");
  charge.from_account = reader.money("from_account");
  charge.balance = reader.money("balance");
  charge.currency = record_text(reader, "currency");
  charge.reverses = reader.optional_uuid("reverses");
  return charge;
}

AccessRecord read_access(ObjectReader& reader) {
  AccessRecord access;
  access.subscriber = record_subscriber(reader);
  access.event_id = reader.uuid("event_id");
  access.type = reader.named("type", parse_access_type);
  access.source = reader.source("source");
  access.occurred_at = reader.time("occurred_at");
  access.recorded_at = reader.time("recorded_at");
  access.decision = reader.named("decision", parse_decision);
  access.reason = reader.optional_named("reason", parse_access_reason).value_or(AccessReason::none);
  access.failures = reader.integer<uint32_t>("failures");
  access.locked = reader.boolean("locked");
  access.active = reader.boolean("active");
  access.transition = reader.optional_named("transition", parse_transition).value_or(AccessTransition::none);
  return access;
}

void read_headers(ObjectReader& reader, JsonOwner& owner) {
  const JsonValue* value = reader.required("headers");
  if (value == nullptr) return;
  if (value->array() == nullptr) return reader.fault("headers", "an array is expected");
  for (std::size_t i = 0; i < value->array()->size(); ++i) {
    const JsonObject* members = (*value->array())[i].object();
    if (members == nullptr) return reader.fault("headers", "an array of objects is expected");
    ObjectReader inner(*members, "headers." + std::to_string(i) + '.');
    Header header;
    header.name = inner.text("name");
    header.value = record_bytes(inner, "value_base64", owner);
    reader.take(inner.finish("a header"));
    owner.headers.push_back(header);
  }
}

RejectRecord read_reject(ObjectReader& reader, JsonOwner& owner) {
  RejectRecord reject;
  reject.source = reader.source("source");
  reject.recorded_at = reader.time("recorded_at");
  reject.reason = reader.named("reason", parse_reason);
  reject.detail = reader.text("detail");
  reject.key = record_bytes(reader, "key_base64", owner);
  reject.payload = record_bytes(reader, "payload_base64", owner);
  read_headers(reader, owner);
  reject.headers = owner.headers;
  reject.subscriber = record_text(reader, "subscriber");
  reject.event_id = reader.optional_uuid("event_id");
  return reject;
}

}  // namespace

Decoded<JsonCharge> parse_charge_json(std::string_view line) {
  Decoded<JsonValue> document = parse_object(line);
  if (!document) return tl::unexpected<Refusal>(std::move(document.error()));
  auto owner = std::make_unique<JsonOwner>();
  owner->document = *std::move(document);
  ObjectReader reader(*owner->document.object());
  const ChargeRecord charge = read_charge(reader);
  if (auto refusal = reader.finish("a charge record")) return tl::unexpected<Refusal>(*std::move(refusal));
  return JsonCharge{.value = charge, .owner = std::move(owner)};
}

Decoded<JsonAccess> parse_access_json(std::string_view line) {
  Decoded<JsonValue> document = parse_object(line);
  if (!document) return tl::unexpected<Refusal>(std::move(document.error()));
  auto owner = std::make_unique<JsonOwner>();
  owner->document = *std::move(document);
  ObjectReader reader(*owner->document.object());
  const AccessRecord access = read_access(reader);
  if (auto refusal = reader.finish("an access record")) return tl::unexpected<Refusal>(*std::move(refusal));
  return JsonAccess{.value = access, .owner = std::move(owner)};
}

Decoded<JsonReject> parse_reject_json(std::string_view line) {
  Decoded<JsonValue> document = parse_object(line);
  if (!document) return tl::unexpected<Refusal>(std::move(document.error()));
  auto owner = std::make_unique<JsonOwner>();
  owner->document = *std::move(document);
  ObjectReader reader(*owner->document.object());
  const RejectRecord reject = read_reject(reader, *owner);
  if (auto refusal = reader.finish("a reject record")) return tl::unexpected<Refusal>(*std::move(refusal));
  return JsonReject{.value = reject, .owner = std::move(owner)};
}

void append_charge_json(std::string& out, const ChargeRecord& charge) {
  ObjectWriter writer(out);
  writer.uuid("charge_id", charge.charge_id);
  writer.integer("sequence", charge.sequence);
  writer.text("subscriber", format_msisdn(charge.subscriber));
  writer.uuid("event_id", charge.event_id);
  writer.text("kind", kind_name(charge.kind));
  writer.source("source", charge.source);
  writer.time("occurred_at", charge.occurred_at);
  writer.time("recorded_at", charge.recorded_at);
  writer.text_unless_empty("catalog_version", charge.catalog_version);
  writer.text_unless_empty("tariff", charge.tariff);
  writer.text_unless_empty("rule", charge.rule);
  writer.text_unless_empty("option", charge.option);
  writer.text_unless_empty("service", charge.service);
  writer.text_unless_empty("session", charge.session);
  writer.text_unless_empty("reason", charge.reason);
  writer.text_unless_empty("reference", charge.reference);
  writer.optional_integer("quantity", charge.quantity);
  writer.text_unless_empty("unit", unit_name(charge));
  writer.optional_integer("covered_quantity", charge.covered_quantity);
  writer.optional_integer("accumulated_quantity", charge.accumulated_quantity);
  writer.money("amount", charge.amount);
  writer.money("from_bonus", charge.from_bonus);
  writer.money("from_account", charge.from_account);
  writer.money("balance", charge.balance);
  writer.text_unless_empty("currency", charge.currency);
  writer.optional_uuid("reverses", charge.reverses);
  writer.close();
}

void append_access_json(std::string& out, const AccessRecord& access) {
  ObjectWriter writer(out);
  writer.text("subscriber", format_msisdn(access.subscriber));
  writer.uuid("event_id", access.event_id);
  writer.text("type", access_type_name(access.type));
  writer.source("source", access.source);
  writer.time("occurred_at", access.occurred_at);
  writer.time("recorded_at", access.recorded_at);
  writer.text("decision", decision_name(access.decision));
  writer.text_unless_empty("reason", access_reason_name(access.reason));
  writer.integer("failures", access.failures);
  writer.boolean("locked", access.locked);
  writer.boolean("active", access.active);
  writer.text_unless_empty("transition", transition_name(access.transition));
  writer.close();
}

void append_reject_json(std::string& out, const RejectRecord& reject) {
  ObjectWriter writer(out);
  writer.source("source", reject.source);
  writer.time("recorded_at", reject.recorded_at);
  writer.text("reason", reason_name(reject.reason));
  writer.text("detail", reject.detail);
  writer.optional_base64("key_base64", reject.key);
  writer.optional_base64("payload_base64", reject.payload);
  writer.headers("headers", reject.headers);
  writer.text_unless_empty("subscriber", reject.subscriber);
  writer.optional_uuid("event_id", reject.event_id);
  writer.close();
}

void append_undecodable_json(std::string& out, const RawRecord& record) {
  ObjectWriter writer(out);
  writer.source("source", record.source);
  writer.time("recorded_at", record.timestamp);
  writer.optional_base64("key_base64", record.key);
  writer.optional_base64("payload_base64", record.payload);
  writer.close();
}

void append_raw_json(std::string& out, const RawRecord& record) {
  ObjectWriter writer(out);
  writer.integer("partition", record.source.partition);
  writer.integer("offset", record.source.offset);
  writer.time("timestamp", record.timestamp);
  writer.optional_base64("key_base64", record.key);
  writer.optional_base64("payload_base64", record.payload);
  writer.headers("headers", record.headers);
  writer.close();
}

}  // namespace subledger
