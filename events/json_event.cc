// The JSON form of events.
#include <variant>

#include "events/json.h"
#include "events/json_reader.h"
#include "events/json_writer.h"

namespace subledger {
namespace {

enum class Verifier : uint8_t { shown, left_out };

/// Writes the body's members after the envelope's. A catalog is not among them: it may have no JSON form.
class BodyWriter {
 public:
  BodyWriter(ObjectWriter& writer, Verifier verifier) : writer_(writer), verifier_(verifier) {}

  void operator()(const AssistantActivated&) const {}
  void operator()(const AssistantDeactivated&) const {}

  void operator()(const PasswordSet& body) const {
    writer_.text("method", password_method_name(body.method));
    if (verifier_ == Verifier::shown) writer_.text("verifier", body.verifier);
  }

  void operator()(const LoginAttempted& body) const {
    writer_.text("outcome", login_outcome_name(body.outcome));
    writer_.optional_uuid("password_id", body.password_id);
  }

  void operator()(const OptionConnected& body) const { writer_.text("option", body.option); }
  void operator()(const OptionDisconnected& body) const { writer_.text("option", body.option); }
  void operator()(const TariffSwitched& body) const { writer_.text("tariff", body.tariff); }

  void operator()(const TrafficUsed& body) const {
    writer_.integer("bytes_up", body.bytes_up);
    writer_.integer("bytes_down", body.bytes_down);
    writer_.optional_text("session", body.session);
    writer_.optional_boolean("final", body.final);
    writer_.optional_text("zone", body.zone);
    writer_.optional_integer("rating_group", body.rating_group);
  }

  void operator()(const ServiceUsed& body) const {
    writer_.text("service", body.service);
    writer_.integer("units", body.units);
    writer_.optional_text("session", body.session);
    writer_.optional_boolean("final", body.final);
    writer_.optional_text("zone", body.zone);
  }

  void operator()(const BonusGranted& body) const {
    if (body.money) writer_.money("money", *body.money);
    writer_.optional_integer("bytes", body.bytes);
    if (body.expires_at) writer_.time("expires_at", *body.expires_at);
    writer_.text("reason", body.reason);
  }

  void operator()(const PaymentReceived& body) const {
    writer_.money("money", body.money);
    writer_.text("reference", body.reference);
  }

  void operator()(const ChargeReversed& body) const {
    writer_.uuid("charge_id", body.charge_id);
    writer_.text("reason", body.reason);
  }

  void operator()(const SubscriberClosed&) const {}
  void operator()(const CatalogPublished&) const {}

 private:
  ObjectWriter& writer_;
  Verifier verifier_;
};

/// Appends the catalog's member. False: the document is no JSON object.
bool append_catalog(ObjectWriter& writer, std::string_view catalog) {
  std::string& out = writer.member("catalog");
  const std::size_t start = out.size();
  return append_json_verbatim(out, catalog) && out[start] == '{';
}

bool append_event(std::string& out, const Event& event, const StoredAt* stored) {
  const std::size_t start = out.size();
  ObjectWriter writer(out);
  writer.uuid("id", event.id);
  writer.text("type", type_name(event.body));
  writer.text_unless_empty("subscriber", event.subscriber);
  writer.time("occurred_at", event.occurred_at);
  writer.text("channel", channel_name(event.channel));
  std::visit(BodyWriter(writer, stored == nullptr ? Verifier::shown : Verifier::left_out), event.body);
  const auto* published = std::get_if<CatalogPublished>(&event.body);
  if (published != nullptr && !append_catalog(writer, published->catalog)) {
    out.resize(start);
    return false;
  }
  if (stored != nullptr) {
    writer.source("source", stored->source);
    writer.time("recorded_at", stored->recorded_at);
  }
  writer.close();
  return true;
}

/// Reads the members of the body whose type it is given.
class BodyReader {
 public:
  BodyReader(ObjectReader& reader, JsonOwner& owner) : reader_(reader), owner_(owner) {}

  EventBody operator()(const AssistantActivated&) const { return AssistantActivated{}; }
  EventBody operator()(const AssistantDeactivated&) const { return AssistantDeactivated{}; }

  EventBody operator()(const PasswordSet&) const {
    return PasswordSet{.method = reader_.named("method", parse_password_method),
                       .verifier = reader_.text("verifier")};
  }

  EventBody operator()(const LoginAttempted&) const {
    return LoginAttempted{.outcome = reader_.named("outcome", parse_login_outcome),
                          .password_id = reader_.optional_uuid("password_id")};
  }

  EventBody operator()(const OptionConnected&) const {
    return OptionConnected{.option = reader_.text("option")};
  }
  EventBody operator()(const OptionDisconnected&) const {
    return OptionDisconnected{.option = reader_.text("option")};
  }
  EventBody operator()(const TariffSwitched&) const {
    return TariffSwitched{.tariff = reader_.text("tariff")};
  }

  EventBody operator()(const TrafficUsed&) const {
    return TrafficUsed{.bytes_up = reader_.integer<uint64_t>("bytes_up"),
                       .bytes_down = reader_.integer<uint64_t>("bytes_down"),
                       .session = reader_.optional_text("session"),
                       .final = reader_.optional_boolean("final"),
                       .zone = reader_.optional_text("zone"),
                       .rating_group = reader_.optional_integer<uint32_t>("rating_group")};
  }

  EventBody operator()(const ServiceUsed&) const {
    return ServiceUsed{.service = reader_.text("service"),
                       .units = reader_.integer<uint64_t>("units"),
                       .session = reader_.optional_text("session"),
                       .final = reader_.optional_boolean("final"),
                       .zone = reader_.optional_text("zone")};
  }

  EventBody operator()(const BonusGranted&) const {
    return BonusGranted{.money = reader_.optional_money("money"),
                        .bytes = reader_.optional_integer<uint64_t>("bytes"),
                        .expires_at = reader_.optional_time("expires_at"),
                        .reason = reader_.text("reason")};
  }

  EventBody operator()(const PaymentReceived&) const {
    return PaymentReceived{.money = reader_.money("money"), .reference = reader_.text("reference")};
  }

  EventBody operator()(const ChargeReversed&) const {
    return ChargeReversed{.charge_id = reader_.uuid("charge_id"), .reason = reader_.text("reason")};
  }

  EventBody operator()(const SubscriberClosed&) const { return SubscriberClosed{}; }

  EventBody operator()(const CatalogPublished&) const {
    const JsonValue* catalog = reader_.required("catalog");
    if (catalog == nullptr) return CatalogPublished{};
    if (catalog->object() == nullptr) {
      reader_.fault("catalog", "an object is expected, not " + std::string(catalog->kind()));
      return CatalogPublished{};
    }
    append_json(owner_.catalog, *catalog);
    return CatalogPublished{.catalog = owner_.catalog};
  }

 private:
  ObjectReader& reader_;
  JsonOwner& owner_;
};

}  // namespace

Decoded<JsonEvent> parse_event_json(std::string_view line) {
  Decoded<JsonValue> document = parse_object(line);
  if (!document) return tl::unexpected<Refusal>(std::move(document.error()));
  auto owner = std::make_unique<JsonOwner>();
  owner->document = *std::move(document);
  ObjectReader reader(*owner->document.object());

  Event event;
  event.id = reader.uuid("id");
  const std::string_view type = reader.text("type");
  const std::optional<std::string_view> subscriber = reader.optional_text("subscriber");
  if (subscriber && subscriber->empty()) reader.fault("subscriber", "empty");
  event.subscriber = subscriber.value_or(std::string_view());
  event.occurred_at = reader.time("occurred_at");
  event.channel = reader.named("channel", parse_channel);
  const std::optional<EventBody> empty_body = parse_type(type);
  if (!empty_body && !reader.failed()) {
    return tl::unexpected<Refusal>(Refusal{Reason::unsupported, "type: not an event type of this build"});
  }
  if (empty_body) event.body = std::visit(BodyReader(reader, *owner), *empty_body);
  if (auto refusal = reader.finish(type)) return tl::unexpected<Refusal>(*std::move(refusal));
  if (auto refusal = check_form(event)) return tl::unexpected<Refusal>(*std::move(refusal));
  return JsonEvent{.value = event, .owner = std::move(owner)};
}

bool append_event_json(std::string& out, const Event& event) { return append_event(out, event, nullptr); }

bool append_stored_event_json(std::string& out, const Event& event, const StoredAt& stored) {
  return append_event(out, event, &stored);
}

}  // namespace subledger
