// Encodes events and records. Fields are written in one fixed order, so equal values give equal bytes.
#include <vector>

#include "events/check.h"
#include "events/schema/access_generated.h"
#include "events/schema/charge_generated.h"
#include "events/schema/event_generated.h"
#include "events/schema/reject_generated.h"
#include "events/wire.h"

namespace subledger {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
using Text = Offset<flatbuffers::String>;
using Bytes = Offset<flatbuffers::Vector<uint8_t>>;

wire::Uuid wire_uuid(const Uuid& uuid) {
  return wire::Uuid(flatbuffers::span<const uint8_t, 16>(uuid.bytes.data(), uuid.bytes.size()));
}

Text text_of(FlatBufferBuilder& builder, std::string_view text) {
  return builder.CreateString(text.data(), text.size());
}

Text optional_text(FlatBufferBuilder& builder, const std::optional<std::string_view>& text) {
  return text ? text_of(builder, *text) : Text();
}

/// An empty view stands for an absent string.
Text text_unless_empty(FlatBufferBuilder& builder, std::string_view text) {
  return text.empty() ? Text() : text_of(builder, text);
}

Bytes bytes_of(FlatBufferBuilder& builder, std::string_view bytes) {
  return builder.CreateVector(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

Bytes optional_bytes(FlatBufferBuilder& builder, const std::optional<std::string_view>& bytes) {
  return bytes ? bytes_of(builder, *bytes) : Bytes();
}

std::string_view finished(const FlatBufferBuilder& builder) {
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

struct WireBody {
  wire::Body type{};
  Offset<void> value;
};

/// Writes a body's table. Strings come before the table that refers to them, as the builder demands.
class BodyWriter {
 public:
  explicit BodyWriter(FlatBufferBuilder& builder) : builder_(builder) {}

  WireBody operator()(const AssistantActivated&) const {
    return {wire::Body::AssistantActivated, wire::CreateAssistantActivated(builder_).Union()};
  }

  WireBody operator()(const AssistantDeactivated&) const {
    return {wire::Body::AssistantDeactivated, wire::CreateAssistantDeactivated(builder_).Union()};
  }

  WireBody operator()(const PasswordSet& body) const {
    const Text verifier = text_of(builder_, body.verifier);
    const auto method = static_cast<wire::PasswordMethod>(body.method);
    return {wire::Body::PasswordSet, wire::CreatePasswordSet(builder_, method, verifier).Union()};
  }

  WireBody operator()(const LoginAttempted& body) const {
    const wire::Uuid password_id = body.password_id ? wire_uuid(*body.password_id) : wire::Uuid();
    const auto outcome = static_cast<wire::LoginOutcome>(body.outcome);
    return {wire::Body::LoginAttempted,
            wire::CreateLoginAttempted(builder_, outcome, body.password_id ? &password_id : nullptr).Union()};
  }

  WireBody operator()(const OptionConnected& body) const {
    const Text option = text_of(builder_, body.option);
    return {wire::Body::OptionConnected, wire::CreateOptionConnected(builder_, option).Union()};
  }

  WireBody operator()(const OptionDisconnected& body) const {
    const Text option = text_of(builder_, body.option);
    return {wire::Body::OptionDisconnected, wire::CreateOptionDisconnected(builder_, option).Union()};
  }

  WireBody operator()(const TariffSwitched& body) const {
    const Text tariff = text_of(builder_, body.tariff);
    return {wire::Body::TariffSwitched, wire::CreateTariffSwitched(builder_, tariff).Union()};
  }

  WireBody operator()(const TrafficUsed& body) const {
    const Text session = optional_text(builder_, body.session);
    const Text zone = optional_text(builder_, body.zone);
    return {wire::Body::TrafficUsed, wire::CreateTrafficUsed(builder_, body.bytes_up, body.bytes_down,
                                                             session, body.final, zone, body.rating_group)
                                         .Union()};
  }

  WireBody operator()(const ServiceUsed& body) const {
    const Text service = text_of(builder_, body.service);
    const Text session = optional_text(builder_, body.session);
    const Text zone = optional_text(builder_, body.zone);
    return {wire::Body::ServiceUsed,
            wire::CreateServiceUsed(builder_, service, body.units, session, body.final, zone).Union()};
  }

  WireBody operator()(const BonusGranted& body) const {
    const Text reason = text_of(builder_, body.reason);
    wire::BonusGrantedBuilder table(builder_);
    if (body.money) table.add_money(body.money->micros);
    if (body.bytes) table.add_bytes(*body.bytes);
    if (body.expires_at) table.add_expires_at(body.expires_at->micros);
    table.add_reason(reason);
    return {wire::Body::BonusGranted, table.Finish().Union()};
  }

  WireBody operator()(const PaymentReceived& body) const {
    const Text reference = text_of(builder_, body.reference);
    return {wire::Body::PaymentReceived,
            wire::CreatePaymentReceived(builder_, body.money.micros, reference).Union()};
  }

  WireBody operator()(const ChargeReversed& body) const {
    const Text reason = text_of(builder_, body.reason);
    const wire::Uuid charge_id = wire_uuid(body.charge_id);
    return {wire::Body::ChargeReversed, wire::CreateChargeReversed(builder_, &charge_id, reason).Union()};
  }

  WireBody operator()(const SubscriberClosed&) const {
    return {wire::Body::SubscriberClosed, wire::CreateSubscriberClosed(builder_).Union()};
  }

  WireBody operator()(const CatalogPublished& body) const {
    const Bytes catalog = bytes_of(builder_, body.catalog);
    return {wire::Body::CatalogPublished, wire::CreateCatalogPublished(builder_, catalog).Union()};
  }

 private:
  FlatBufferBuilder& builder_;
};

/// A bound of the bytes that a reject takes for what it carries of its input.
std::size_t carried_size(const RejectRecord& reject) {
  std::size_t size = reject.detail.size();
  if (reject.key) size += reject.key->size();
  if (reject.payload) size += reject.payload->size();
  for (const Header& header : reject.headers) {
    constexpr std::size_t table_size = 64;  // with offsets and padding, rather less
    size += table_size + header.name.size() + (header.value ? header.value->size() : 0);
  }
  return size;
}

}  // namespace

struct Encoder::Buffer {
  FlatBufferBuilder builder{1024};
  std::vector<Offset<wire::Header>> headers;  ///< kept for its capacity
};

Encoder::Encoder() : buffer_(std::make_unique<Buffer>()) {}
Encoder::~Encoder() = default;
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder& Encoder::operator=(Encoder&&) noexcept = default;

std::string_view Encoder::encode(const Event& event) {
  FlatBufferBuilder& builder = buffer_->builder;
  builder.Clear();
  const WireBody body = std::visit(BodyWriter(builder), event.body);
  const Text subscriber = text_unless_empty(builder, event.subscriber);
  const wire::Uuid id = wire_uuid(event.id);
  builder.Finish(wire::CreateEvent(builder, codec::schema_major, &id, subscriber, event.occurred_at.micros,
                                   static_cast<wire::Channel>(event.channel), body.type, body.value),
                 wire::EventIdentifier());
  return finished(builder);
}

std::string_view Encoder::encode(const ChargeRecord& charge) {
  FlatBufferBuilder& builder = buffer_->builder;
  builder.Clear();
  const Text catalog_version = text_unless_empty(builder, charge.catalog_version);
  const Text tariff = text_unless_empty(builder, charge.tariff);
  const Text rule = text_unless_empty(builder, charge.rule);
  const Text option = text_unless_empty(builder, charge.option);
  const Text service = text_unless_empty(builder, charge.service);
  const Text session = text_unless_empty(builder, charge.session);
  const Text reason = text_unless_empty(builder, charge.reason);
  const Text reference = text_unless_empty(builder, charge.reference);
  const Text currency = text_unless_empty(builder, charge.currency);
  const wire::Uuid charge_id = wire_uuid(charge.charge_id);
  const wire::Uuid event_id = wire_uuid(charge.event_id);
  const wire::Uuid reverses = charge.reverses ? wire_uuid(*charge.reverses) : wire::Uuid();
  const wire::Source source(charge.source.offset, charge.source.partition);
  builder.Finish(
      wire::CreateCharge(builder, codec::schema_major, &charge_id, charge.sequence, charge.subscriber.number,
                         &event_id, static_cast<wire::ChargeKind>(charge.kind), &source,
                         charge.occurred_at.micros, charge.recorded_at.micros, catalog_version, tariff, rule,
                         option, service, session, reason, reference, charge.quantity,
                         charge.covered_quantity, charge.accumulated_quantity, charge.amount.micros,
                         charge.from_bonus.micros, charge.from_account.micros, charge.balance.micros,
                         currency, charge.reverses ? &reverses : nullptr),
      wire::ChargeIdentifier());
  return finished(builder);
}

std::string_view Encoder::encode(const AccessRecord& access) {
  FlatBufferBuilder& builder = buffer_->builder;
  builder.Clear();
  const wire::Uuid event_id = wire_uuid(access.event_id);
  const wire::Source source(access.source.offset, access.source.partition);
  builder.Finish(
      wire::CreateAccess(builder, codec::schema_major, access.subscriber.number, &event_id,
                         static_cast<wire::AccessType>(access.type), &source, access.occurred_at.micros,
                         access.recorded_at.micros, static_cast<wire::AccessDecision>(access.decision),
                         static_cast<wire::AccessReason>(access.reason), access.failures, access.locked,
                         access.active, static_cast<wire::AccessTransition>(access.transition)),
      wire::AccessIdentifier());
  return finished(builder);
}

std::string_view Encoder::encode(const RejectRecord& reject) {
  CHECK(carried_size(reject) < std::size_t{1} << 30);  // the builder's offsets end at 2 GiB
  FlatBufferBuilder& builder = buffer_->builder;
  builder.Clear();
  std::vector<Offset<wire::Header>>& headers = buffer_->headers;
  headers.clear();
  for (const Header& header : reject.headers) {
    const Text name = text_of(builder, header.name);
    const Bytes value = optional_bytes(builder, header.value);
    headers.push_back(wire::CreateHeader(builder, name, value));
  }
  const auto wire_headers = builder.CreateVector(headers);
  const Text detail = text_of(builder, reject.detail);
  const Bytes key = optional_bytes(builder, reject.key);
  const Bytes payload = optional_bytes(builder, reject.payload);
  const Text subscriber = text_unless_empty(builder, reject.subscriber);
  const wire::Uuid event_id = reject.event_id ? wire_uuid(*reject.event_id) : wire::Uuid();
  const wire::Source source(reject.source.offset, reject.source.partition);
  builder.Finish(wire::CreateReject(builder, codec::schema_major, &source, reject.recorded_at.micros,
                                    static_cast<wire::Reason>(reject.reason), detail, key, payload,
                                    wire_headers, subscriber, reject.event_id ? &event_id : nullptr),
                 wire::RejectIdentifier());
  return finished(builder);
}

}  // namespace subledger
