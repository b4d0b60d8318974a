// Random values, field by field.
#include "tests/events/generate.h"

#include <algorithm>
#include <array>

namespace subledger {

uint64_t Generator::number() {
  switch (below(6)) {
    case 0:
      return 0;
    case 1:
      return UINT64_MAX;
    case 2:
      return static_cast<uint64_t>(INT64_MAX) + below(2);
    default:
      return random_() >> below(64);
  }
}

Timestamp Generator::time() {
  // The years 0000 to 9999, which have a text that is read again.
  constexpr int64_t first = -62'167'219'200;
  constexpr uint64_t seconds = 315'569'520'000;
  const int64_t second = first + static_cast<int64_t>(below(seconds));
  return {second * micros_per_second + (coin() ? 0 : static_cast<int64_t>(below(1'000'000)))};
}

Uuid Generator::uuid() {
  Uuid made;
  for (uint8_t& byte : made.bytes) byte = static_cast<uint8_t>(random_());
  return made;
}

Msisdn Generator::msisdn() { return {1'000'000 + below(999'999'999'000'000)}; }

std::string_view Generator::text(std::size_t size_max) {
  constexpr std::array<std::string_view, 12> parts{
      "a", "Z", "0", " ", "\"", "\\", "/", "~", "ж", "日", "\xF0\x9F\x93\x9E", "\xC2\xA0"};
  std::string made;
  const std::size_t size = 1 + below(coin() ? 8 : size_max);
  while (made.size() < size) {
    const std::string_view part = parts[below(parts.size())];
    if (made.size() + part.size() > size_max) break;
    made += part;
  }
  return keep(made);
}

std::string_view Generator::bytes() {
  std::string made(below(40), '\0');
  for (char& c : made) c = static_cast<char>(random_());
  return keep(made);
}

EventBody Generator::body(std::size_t type) {
  const auto short_text = [this] { return text(string_size_max); };
  const auto any_number = [this] { return number(); };
  const auto any_flag = [this] { return coin(); };
  const auto any_time = [this] { return time(); };
  const auto any_money = [this] { return money(); };
  switch (type) {
    case 0:
      return AssistantActivated{};
    case 1:
      return AssistantDeactivated{};
    case 2:
      return PasswordSet{.method = coin() ? PasswordMethod::issued : PasswordMethod::chosen,
                         .verifier = text(text_size_max)};
    case 3:
      return LoginAttempted{.outcome = coin() ? LoginOutcome::correct : LoginOutcome::wrong,
                            .password_id = maybe([this] { return uuid(); })};
    case 4:
      return OptionConnected{.option = short_text()};
    case 5:
      return OptionDisconnected{.option = short_text()};
    case 6:
      return TariffSwitched{.tariff = short_text()};
    case 7:
      return TrafficUsed{.bytes_up = number(),
                         .bytes_down = number(),
                         .session = maybe(short_text),
                         .final = maybe(any_flag),
                         .zone = maybe(short_text),
                         .rating_group = maybe([this] { return static_cast<uint32_t>(number()); })};
    case 8:
      return ServiceUsed{.service = short_text(),
                         .units = number(),
                         .session = maybe(short_text),
                         .final = maybe(any_flag),
                         .zone = maybe(short_text)};
    case 9:
      return BonusGranted{.money = maybe(any_money),
                          .bytes = maybe(any_number),
                          .expires_at = maybe(any_time),
                          .reason = text(text_size_max)};
    case 10:
      return PaymentReceived{.money = money(), .reference = text(text_size_max)};
    case 11:
      return ChargeReversed{.charge_id = uuid(), .reason = text(text_size_max)};
    case 12:
      return SubscriberClosed{};
    default:
      return CatalogPublished{.catalog = keep("{\"n\":" + std::to_string(number()) + ",\"a\":[1.50,\"ж\"]}")};
  }
}

Event Generator::event() {
  kept_.clear();
  const std::size_t type = below(std::variant_size_v<EventBody>);
  Event made;
  made.id = uuid();
  made.body = body(type);
  if (!std::holds_alternative<CatalogPublished>(made.body)) made.subscriber = text(string_size_max);
  made.occurred_at = time();
  made.channel = static_cast<Channel>(1 + below(5));
  return made;
}

ChargeRecord Generator::charge() {
  kept_.clear();
  ChargeRecord made;
  made.charge_id = uuid();
  made.sequence = std::max<uint64_t>(1, number());
  made.subscriber = msisdn();
  made.event_id = uuid();
  made.kind = static_cast<ChargeKind>(1 + below(charge_kind_count));
  made.source = source();
  made.occurred_at = time();
  made.recorded_at = time();
  for (std::string_view* field :
       {&made.catalog_version, &made.tariff, &made.rule, &made.option, &made.service, &made.session,
        &made.reason, &made.reference, &made.currency}) {
    *field = text_or_absent(text_size_max);
  }
  made.quantity = maybe([this] { return number(); });
  made.covered_quantity = maybe([this] { return signed_number(); });
  made.accumulated_quantity = maybe([this] { return number(); });
  made.amount = money();
  made.from_bonus = money();
  made.from_account = money();
  made.balance = money();
  made.reverses = maybe([this] { return uuid(); });
  return made;
}

AccessRecord Generator::access() {
  AccessRecord made;
  made.subscriber = msisdn();
  made.event_id = uuid();
  made.type = static_cast<AccessType>(1 + below(5));
  made.source = source();
  made.occurred_at = time();
  made.recorded_at = time();
  made.decision = static_cast<AccessDecision>(1 + below(3));
  made.reason = static_cast<AccessReason>(below(6));
  made.failures = static_cast<uint32_t>(number());
  made.locked = coin();
  made.active = coin();
  made.transition = static_cast<AccessTransition>(below(3));
  return made;
}

RejectRecord Generator::reject() {
  kept_.clear();
  headers_.clear();
  for (uint64_t count = below(5); count > 0; --count) {
    headers_.push_back({.name = text_or_absent(20), .value = maybe([this] { return bytes(); })});
  }
  RejectRecord made;
  made.source = source();
  made.recorded_at = time();
  made.reason = static_cast<Reason>(1 + below(26));
  made.detail = coin() ? text(500) : keep("/a\n\x7F\x01");
  made.key = maybe([this] { return bytes(); });
  made.payload = maybe([this] { return bytes(); });
  made.headers = headers_;
  made.subscriber = text_or_absent(string_size_max);
  made.event_id = maybe([this] { return uuid(); });
  return made;
}

void Generator::damage(std::string& text) {
  constexpr std::string_view pieces = "{}[]\",:\\0-1eEtn\x01\xFF\xC3";
  for (uint64_t count = 1 + below(3); count > 0 && !text.empty(); --count) {
    const std::size_t at = below(text.size());
    switch (below(3)) {
      case 0:
        text[at] = pieces[below(pieces.size())];
        break;
      case 1:
        text.erase(at, 1 + below(10));
        break;
      default:
        text.insert(at, text.substr(below(text.size()), below(20)));
    }
  }
}

}  // namespace subledger
