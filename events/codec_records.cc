// Decodes the records that an engine wrote: charge, access, reject. They come from a log all the same, so
// nothing is taken on trust.
#include <array>
#include <memory>

#include "events/form.h"
#include "events/schema/access_generated.h"
#include "events/schema/charge_generated.h"
#include "events/schema/reject_generated.h"
#include "events/text.h"
#include "events/wire.h"

namespace subledger {
namespace {

using codec::optional_view;
using codec::refuse;
using codec::view_of;

constexpr flatbuffers::uoffset_t depth_max = 8;

/// Each table of an honest buffer takes at least 16 bytes: the reference to it, its own head, a string. The
/// bound grows with the value, so that a reject may carry any number of headers, but bytes that refer to one
/// table over and over are refused in good time.
flatbuffers::Verifier::Options limits_for(std::string_view value) {
  flatbuffers::Verifier::Options limits;
  limits.max_depth = depth_max;
  limits.max_tables = static_cast<flatbuffers::uoffset_t>(value.size() / 16 + 2);
  return limits;
}

std::optional<Msisdn> msisdn_of(uint64_t number) {
  constexpr uint64_t least = 1'000'000;  // 7 digits
  constexpr uint64_t greatest = 999'999'999'999'999;
  if (number < least || number > greatest) return std::nullopt;
  return Msisdn{number};
}

Source source_of(const wire::Source& source) {
  return {.partition = source.partition(), .offset = source.offset()};
}

/// An empty view stands for an absent string; a string that is there must not be empty.
std::string_view text_of(const flatbuffers::String* text) {
  return optional_view(text).value_or(std::string_view());
}

/// The strings of a charge in the order of the schema; an absent one is null.
struct ChargeText {
  std::string_view name;
  const flatbuffers::String* text;
};

std::array<ChargeText, 9> texts_of(const wire::Charge& charge) {
  return {{{"catalog_version", charge.catalog_version()},
           {"tariff", charge.tariff()},
           {"rule", charge.rule()},
           {"option", charge.option()},
           {"service", charge.service()},
           {"session", charge.session()},
           {"reason", charge.reason()},
           {"reference", charge.reference()},
           {"currency", charge.currency()}}};
}

std::optional<Refusal> check_present(const ChargeText& field) {
  if (field.text == nullptr) return std::nullopt;
  return check_text({.name = field.name, .text = view_of(*field.text), .size_max = text_size_max});
}

Decoded<ChargeRecord> read_charge(const wire::Charge& charge) {
  if (charge.schema_major() != codec::schema_major) return codec::refuse_schema(charge.schema_major());
  const std::optional<Msisdn> subscriber = msisdn_of(charge.subscriber());
  if (!subscriber) return refuse("subscriber", "missing, or not an MSISDN");
  if (charge.sequence() == 0) return refuse("sequence", "missing");
  if (charge.kind() == wire::ChargeKind::unknown || charge.kind() > wire::ChargeKind::MAX) {
    return refuse("kind", "missing or unknown");
  }
  for (const ChargeText& field : texts_of(charge)) {
    if (auto refusal = check_present(field)) return tl::unexpected<Refusal>(*std::move(refusal));
  }
  return ChargeRecord{.charge_id = codec::uuid_of(*charge.charge_id()),
                      .sequence = charge.sequence(),
                      .subscriber = *subscriber,
                      .event_id = codec::uuid_of(*charge.event_id()),
                      .kind = static_cast<ChargeKind>(charge.kind()),
                      .source = source_of(*charge.source()),
                      .occurred_at = Timestamp{charge.occurred_at()},
                      .recorded_at = Timestamp{charge.recorded_at()},
                      .catalog_version = text_of(charge.catalog_version()),
                      .tariff = text_of(charge.tariff()),
                      .rule = text_of(charge.rule()),
                      .option = text_of(charge.option()),
                      .service = text_of(charge.service()),
                      .session = text_of(charge.session()),
                      .reason = text_of(charge.reason()),
                      .reference = text_of(charge.reference()),
                      .quantity = charge.quantity(),
                      .covered_quantity = charge.covered_quantity(),
                      .accumulated_quantity = charge.accumulated_quantity(),
                      .amount = Money{charge.amount()},
                      .from_bonus = Money{charge.from_bonus()},
                      .from_account = Money{charge.from_account()},
                      .balance = Money{charge.balance()},
                      .currency = text_of(charge.currency()),
                      .reverses = codec::optional_uuid(charge.reverses())};
}

Decoded<AccessRecord> read_access(const wire::Access& access) {
  if (access.schema_major() != codec::schema_major) return codec::refuse_schema(access.schema_major());
  const std::optional<Msisdn> subscriber = msisdn_of(access.subscriber());
  if (!subscriber) return refuse("subscriber", "missing, or not an MSISDN");
  if (access.type() == wire::AccessType::unknown || access.type() > wire::AccessType::MAX) {
    return refuse("type", "missing or unknown");
  }
  if (access.decision() == wire::AccessDecision::unknown || access.decision() > wire::AccessDecision::MAX) {
    return refuse("decision", "missing or unknown");
  }
  if (access.reason() > wire::AccessReason::MAX) return refuse("reason", "unknown");
  if (access.transition() > wire::AccessTransition::MAX) return refuse("transition", "unknown");
  return AccessRecord{.subscriber = *subscriber,
                      .event_id = codec::uuid_of(*access.event_id()),
                      .type = static_cast<AccessType>(access.type()),
                      .source = source_of(*access.source()),
                      .occurred_at = Timestamp{access.occurred_at()},
                      .recorded_at = Timestamp{access.recorded_at()},
                      .decision = static_cast<AccessDecision>(access.decision()),
                      .reason = static_cast<AccessReason>(access.reason()),
                      .failures = access.failures(),
                      .locked = access.locked(),
                      .active = access.active(),
                      .transition = static_cast<AccessTransition>(access.transition())};
}

/// The names of headers are the producer's bytes, and are kept whatever they are.
std::span<const Header> read_headers(
    const flatbuffers::Vector<flatbuffers::Offset<wire::Header>>& wire_headers,
    std::pmr::memory_resource& scratch) {
  const std::size_t count = wire_headers.size();
  if (count == 0) return {};
  static_assert(std::is_trivially_destructible_v<Header>);  // scratch is given back without destructors
  auto* headers = static_cast<Header*>(scratch.allocate(count * sizeof(Header), alignof(Header)));
  Header* next = headers;
  for (const wire::Header* header : wire_headers) {
    std::construct_at(next++,
                      Header{.name = view_of(*header->name()), .value = optional_view(header->value())});
  }
  return {headers, count};
}

Decoded<RejectRecord> read_reject(const wire::Reject& reject, std::pmr::memory_resource& scratch) {
  if (reject.schema_major() != codec::schema_major) return codec::refuse_schema(reject.schema_major());
  if (reject.reason() == wire::Reason::unknown || reject.reason() > wire::Reason::MAX) {
    return refuse("reason", "missing or unknown");
  }
  // The detail may be empty, long, or hold a control character: a JSON Pointer has the names that its
  // document has.
  if (text_fault(view_of(*reject.detail())) == TextFault::invalid_utf8) return refuse("detail", "not UTF-8");
  if (auto refusal = check_present({.name = "subscriber", .text = reject.subscriber()})) {
    return tl::unexpected<Refusal>(*std::move(refusal));
  }
  return RejectRecord{.source = source_of(*reject.source()),
                      .recorded_at = Timestamp{reject.recorded_at()},
                      .reason = static_cast<Reason>(reject.reason()),
                      .detail = view_of(*reject.detail()),
                      .key = optional_view(reject.key()),
                      .payload = optional_view(reject.payload()),
                      .headers = read_headers(*reject.headers(), scratch),
                      .subscriber = text_of(reject.subscriber()),
                      .event_id = codec::optional_uuid(reject.event_id())};
}

bool is_whole(std::string_view bytes, const wire::Charge& charge) {
  codec::Extent extent(bytes);
  for (const ChargeText& field : texts_of(charge)) extent.add_string(text_of(field.text));
  return extent.whole();
}

bool is_whole(std::string_view bytes, const RejectRecord& reject) {
  codec::Extent extent(bytes);
  extent.add_string(reject.detail);
  extent.add_string(reject.subscriber);
  extent.add_bytes(reject.key.value_or(std::string_view()));
  extent.add_bytes(reject.payload.value_or(std::string_view()));
  for (const Header& header : reject.headers) {
    extent.add_string(header.name);
    extent.add_bytes(header.value.value_or(std::string_view()));
  }
  return extent.whole();
}

}  // namespace

Decoded<ChargeRecord> decode_charge(std::string_view value, std::pmr::memory_resource& scratch) {
  const std::string_view bytes = codec::aligned(value, scratch);
  if (auto refusal = codec::verify<wire::Charge>(bytes, wire::ChargeIdentifier(), limits_for(bytes))) {
    return tl::unexpected<Refusal>(*std::move(refusal));
  }
  const wire::Charge& charge = *wire::GetCharge(bytes.data());
  Decoded<ChargeRecord> record = read_charge(charge);
  if (record && !is_whole(bytes, charge)) return refuse("value", "truncated");
  return record;
}

Decoded<AccessRecord> decode_access(std::string_view value, std::pmr::memory_resource& scratch) {
  const std::string_view bytes = codec::aligned(value, scratch);
  if (auto refusal = codec::verify<wire::Access>(bytes, wire::AccessIdentifier(), limits_for(bytes))) {
    return tl::unexpected<Refusal>(*std::move(refusal));
  }
  return read_access(*wire::GetAccess(bytes.data()));
}

Decoded<RejectRecord> decode_reject(std::string_view value, std::pmr::memory_resource& scratch) {
  const std::string_view bytes = codec::aligned(value, scratch);
  if (auto refusal = codec::verify<wire::Reject>(bytes, wire::RejectIdentifier(), limits_for(bytes))) {
    return tl::unexpected<Refusal>(*std::move(refusal));
  }
  Decoded<RejectRecord> record = read_reject(*wire::GetReject(bytes.data()), scratch);
  if (record && !is_whole(bytes, *record)) return refuse("value", "truncated");
  return record;
}

}  // namespace subledger
