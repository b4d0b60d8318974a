// Form checks of domain 8, step 2, over events as values.
#include "events/form.h"

#include <variant>

#include "events/text.h"

namespace subledger {
namespace {

using Check = std::optional<Refusal>;

BodyTexts one(std::string_view name, std::string_view text, std::size_t size_max = string_size_max) {
  return {.fields = {TextField{.name = name, .text = text, .size_max = size_max}}, .count = 1};
}

BodyTexts with(BodyTexts texts, std::string_view name, const std::optional<std::string_view>& text) {
  if (text) texts.fields[texts.count++] = {.name = name, .text = *text};
  return texts;
}

struct TextsOf {
  BodyTexts operator()(const AssistantActivated&) const { return {}; }
  BodyTexts operator()(const AssistantDeactivated&) const { return {}; }
  BodyTexts operator()(const PasswordSet& body) const {
    return one("verifier", body.verifier, text_size_max);
  }
  BodyTexts operator()(const LoginAttempted&) const { return {}; }
  BodyTexts operator()(const OptionConnected& body) const { return one("option", body.option); }
  BodyTexts operator()(const OptionDisconnected& body) const { return one("option", body.option); }
  BodyTexts operator()(const TariffSwitched& body) const { return one("tariff", body.tariff); }
  BodyTexts operator()(const TrafficUsed& body) const {
    return with(with({}, "session", body.session), "zone", body.zone);
  }
  BodyTexts operator()(const ServiceUsed& body) const {
    return with(with(one("service", body.service), "session", body.session), "zone", body.zone);
  }
  BodyTexts operator()(const BonusGranted& body) const { return one("reason", body.reason, text_size_max); }
  BodyTexts operator()(const PaymentReceived& body) const {
    return one("reference", body.reference, text_size_max);
  }
  BodyTexts operator()(const ChargeReversed& body) const { return one("reason", body.reason, text_size_max); }
  BodyTexts operator()(const SubscriberClosed&) const { return {}; }
  BodyTexts operator()(const CatalogPublished&) const { return {}; }
};

}  // namespace

Refusal malformed(std::string_view field, std::string_view fault) {
  std::string detail(field);
  detail += ": ";
  detail += fault;
  return {Reason::malformed, std::move(detail)};
}

Check check_text(const TextField& field) {
  if (field.text.empty()) return malformed(field.name, "empty");
  if (field.text.size() > field.size_max) {
    return malformed(field.name, "longer than " + std::to_string(field.size_max) + " bytes");
  }
  switch (text_fault(field.text)) {
    case TextFault::none:
      return std::nullopt;
    case TextFault::invalid_utf8:
      return malformed(field.name, "not UTF-8");
    case TextFault::control_character:
      return malformed(field.name, "control character");
  }
  return std::nullopt;
}

BodyTexts texts_of(const EventBody& body) { return std::visit(TextsOf{}, body); }

Check check_subscriber_text(std::string_view subscriber) {
  return check_text({.name = "subscriber", .text = subscriber});
}

Check check_form(const Event& event) {
  if (const auto* published = std::get_if<CatalogPublished>(&event.body)) {
    if (!event.subscriber.empty()) return malformed("subscriber", "not a field of catalog_published");
    // What the document says, also that it is JSON in UTF-8, is judged as a catalog (domain 8,
    // `invalid_catalog`).
    if (published->catalog.empty()) return malformed("catalog", "empty");
    return std::nullopt;
  }
  if (event.subscriber.empty()) return malformed("subscriber", "missing");
  if (Check refusal = check_subscriber_text(event.subscriber)) return refusal;
  for (const TextField& field : texts_of(event.body)) {
    if (Check refusal = check_text(field)) return refusal;
  }
  return std::nullopt;
}

}  // namespace subledger
