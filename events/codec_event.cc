// Decodes events: size, identifier, verifier, schema version, then meaning.
#include <array>

#include "events/form.h"
#include "events/schema/event_generated.h"
#include "events/wire.h"

namespace subledger {
namespace {

using codec::optional_view;
using codec::refuse;
using codec::view_of;

using DecodedBody = Decoded<EventBody>;

// An event is a root and a body, two tables deep. What is left is room for later minor versions.
constexpr flatbuffers::uoffset_t depth_max = 8;
constexpr flatbuffers::uoffset_t tables_max = 16;

/// True where a wire enumeration, whose 0 means "unknown", has a value that its schema names.
template <class Wire>
bool known(Wire value) {
  return value != Wire::unknown && value <= Wire::MAX;
}

/// The enumerations of event.h have the values of the schema's.
template <class Value, class Wire>
Value same_value(Wire value) {
  static_assert(sizeof(Value) == sizeof(Wire));
  return static_cast<Value>(value);
}

template <class Wire>
std::optional<Money> optional_money(const Wire& micros) {
  if (!micros) return std::nullopt;
  return Money{*micros};
}

struct BodyReader {
  DecodedBody operator()(const wire::AssistantActivated&) const { return AssistantActivated{}; }
  DecodedBody operator()(const wire::AssistantDeactivated&) const { return AssistantDeactivated{}; }

  DecodedBody operator()(const wire::PasswordSet& body) const {
    if (!known(body.method())) return refuse("method", "missing or unknown");
    return PasswordSet{.method = same_value<PasswordMethod>(body.method()),
                       .verifier = view_of(*body.password_verifier())};
  }

  DecodedBody operator()(const wire::LoginAttempted& body) const {
    if (!known(body.outcome())) return refuse("outcome", "missing or unknown");
    return LoginAttempted{.outcome = same_value<LoginOutcome>(body.outcome()),
                          .password_id = codec::optional_uuid(body.password_id())};
  }

  DecodedBody operator()(const wire::OptionConnected& body) const {
    return OptionConnected{.option = view_of(*body.option())};
  }

  DecodedBody operator()(const wire::OptionDisconnected& body) const {
    return OptionDisconnected{.option = view_of(*body.option())};
  }

  DecodedBody operator()(const wire::TariffSwitched& body) const {
    return TariffSwitched{.tariff = view_of(*body.tariff())};
  }

  DecodedBody operator()(const wire::TrafficUsed& body) const {
    const auto bytes_up = body.bytes_up();
    const auto bytes_down = body.bytes_down();
    if (!bytes_up) return refuse("bytes_up", "missing");
    if (!bytes_down) return refuse("bytes_down", "missing");
    return TrafficUsed{.bytes_up = *bytes_up,
                       .bytes_down = *bytes_down,
                       .session = optional_view(body.session()),
                       .final = body.final(),
                       .zone = optional_view(body.zone()),
                       .rating_group = body.rating_group()};
  }

  DecodedBody operator()(const wire::ServiceUsed& body) const {
    const auto units = body.units();
    if (!units) return refuse("units", "missing");
    return ServiceUsed{.service = view_of(*body.service()),
                       .units = *units,
                       .session = optional_view(body.session()),
                       .final = body.final(),
                       .zone = optional_view(body.zone())};
  }

  DecodedBody operator()(const wire::BonusGranted& body) const {
    std::optional<Timestamp> expires_at;
    if (const auto micros = body.expires_at()) expires_at = Timestamp{*micros};
    return BonusGranted{.money = optional_money(body.money()),
                        .bytes = body.bytes(),
                        .expires_at = expires_at,
                        .reason = view_of(*body.reason())};
  }

  DecodedBody operator()(const wire::PaymentReceived& body) const {
    const std::optional<Money> money = optional_money(body.money());
    if (!money) return refuse("money", "missing");
    return PaymentReceived{.money = *money, .reference = view_of(*body.reference())};
  }

  DecodedBody operator()(const wire::ChargeReversed& body) const {
    return ChargeReversed{.charge_id = codec::uuid_of(*body.charge_id()), .reason = view_of(*body.reason())};
  }

  DecodedBody operator()(const wire::SubscriberClosed&) const { return SubscriberClosed{}; }

  DecodedBody operator()(const wire::CatalogPublished& body) const {
    return CatalogPublished{.catalog = view_of(*body.catalog())};
  }
};

/// `value` is the union's value, verified as the table that `type` names.
template <class Table>
DecodedBody read_as(const void* value) {
  return BodyReader{}(*static_cast<const Table*>(value));
}

DecodedBody read_body(wire::Body type, const void* value) {
  using enum wire::Body;
  switch (type) {
    case NONE:
      break;
    case AssistantActivated:
      return read_as<wire::AssistantActivated>(value);
    case AssistantDeactivated:
      return read_as<wire::AssistantDeactivated>(value);
    case PasswordSet:
      return read_as<wire::PasswordSet>(value);
    case LoginAttempted:
      return read_as<wire::LoginAttempted>(value);
    case OptionConnected:
      return read_as<wire::OptionConnected>(value);
    case OptionDisconnected:
      return read_as<wire::OptionDisconnected>(value);
    case TariffSwitched:
      return read_as<wire::TariffSwitched>(value);
    case TrafficUsed:
      return read_as<wire::TrafficUsed>(value);
    case ServiceUsed:
      return read_as<wire::ServiceUsed>(value);
    case BonusGranted:
      return read_as<wire::BonusGranted>(value);
    case PaymentReceived:
      return read_as<wire::PaymentReceived>(value);
    case ChargeReversed:
      return read_as<wire::ChargeReversed>(value);
    case SubscriberClosed:
      return read_as<wire::SubscriberClosed>(value);
    case CatalogPublished:
      return read_as<wire::CatalogPublished>(value);
  }
  return refuse("type", "missing");
}

/// The verifier lets an unknown type pass without a look at its value. Its envelope can still be malformed.
tl::unexpected<Refusal> refuse_type(const wire::Event& event) {
  if (event.subscriber() != nullptr) {
    if (auto refusal = check_subscriber_text(view_of(*event.subscriber()))) {
      return tl::unexpected<Refusal>(*std::move(refusal));
    }
  }
  const auto number = static_cast<unsigned>(event.body_type());
  return tl::unexpected<Refusal>(Refusal{Reason::unsupported, "type: number " + std::to_string(number)});
}

/// Meaning, for bytes that the verifier has passed: the envelope, then the body, then the form of the
/// strings.
Decoded<Event> read_event(const wire::Event& event) {
  // Before anything else of the root: fields of another major version cannot be judged by this one.
  if (event.schema_major() != codec::schema_major) return codec::refuse_schema(event.schema_major());
  const auto occurred_at = event.occurred_at();
  if (!occurred_at) return refuse("occurred_at", "missing");
  if (!known(event.channel())) return refuse("channel", "missing or unknown");
  if (event.body_type() == wire::Body::NONE) return refuse("type", "missing");
  // Rule: domain 8. A missing body (step 2) comes before an unknown type (step 3).
  if (event.body() == nullptr) return refuse("body", "missing");
  if (event.body_type() > wire::Body::MAX) return refuse_type(event);
  const DecodedBody body = read_body(event.body_type(), event.body());
  if (!body) return tl::unexpected<Refusal>(body.error());
  const Event decoded{.id = codec::uuid_of(*event.id()),
                      .subscriber = optional_view(event.subscriber()).value_or(std::string_view()),
                      .occurred_at = Timestamp{*occurred_at},
                      .channel = same_value<Channel>(event.channel()),
                      .body = *body};
  // An empty subscriber that is there is not an absent one.
  if (event.subscriber() != nullptr && decoded.subscriber.empty()) return refuse("subscriber", "empty");
  if (auto refusal = check_form(decoded)) return tl::unexpected<Refusal>(*std::move(refusal));
  return decoded;
}

bool is_whole(std::string_view bytes, const Event& event) {
  codec::Extent extent(bytes);
  extent.add_string(event.subscriber);
  for (const TextField& field : texts_of(event.body)) extent.add_string(field.text);
  const auto* published = std::get_if<CatalogPublished>(&event.body);
  if (published != nullptr) extent.add_bytes(published->catalog);
  return extent.whole();
}

tl::unexpected<Refusal> oversize(std::size_t size) {
  return tl::unexpected<Refusal>(Refusal{Reason::oversize, "value: " + std::to_string(size) + " bytes"});
}

}  // namespace

Decoded<Event> decode_event(std::optional<std::string_view> value, bool catalog_record,
                            std::pmr::memory_resource& scratch) {
  if (!value) return refuse("value", "null");
  if (value->size() > (catalog_record ? catalog_size_max : value_size_max)) return oversize(value->size());
  const std::string_view bytes = codec::aligned(*value, scratch);
  flatbuffers::Verifier::Options limits;
  limits.max_depth = depth_max;
  limits.max_tables = tables_max;
  if (auto refusal = codec::verify<wire::Event>(bytes, wire::EventIdentifier(), limits)) {
    return tl::unexpected<Refusal>(*std::move(refusal));
  }
  const wire::Event& root = *wire::GetEvent(bytes.data());
  // The larger limit is the catalogs' alone, whatever key an event came with. Rule: domain 8, step 1
  // before 2.
  if (value->size() > value_size_max && root.schema_major() == codec::schema_major &&
      root.body_type() != wire::Body::CatalogPublished) {
    return oversize(value->size());
  }
  Decoded<Event> event = read_event(root);
  if (event && !is_whole(bytes, *event)) return refuse("value", "truncated");
  return event;
}

}  // namespace subledger
