#include "ops/record_rows.h"

#include <initializer_list>
#include <variant>

#include "events/overloaded.h"

namespace subledger::ops {
namespace {

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    if (part.empty()) continue;
    if (!text.empty()) text += ' ';
    text += part;
  }
  return text;
}

std::string number(uint64_t value) { return std::to_string(value); }

std::string session_text(const std::optional<std::string_view>& session) {
  return session ? "session " + std::string(*session) : std::string();
}

std::string details_of(const TrafficUsed& used) {
  std::string text = number(used.bytes_up) + " up, " + number(used.bytes_down) + " down";
  return joined(
      {text, used.zone.value_or(""), session_text(used.session), used.final.value_or(false) ? "final" : ""});
}

std::string details_of(const ServiceUsed& used) {
  return joined({used.service, number(used.units), used.zone.value_or(""), session_text(used.session),
                 used.final.value_or(false) ? "final" : ""});
}

std::string details_of(const BonusGranted& granted) {
  return joined({granted.money ? format_money(*granted.money) : "",
                 granted.bytes ? number(*granted.bytes) + " bytes" : "",
                 granted.expires_at ? "until " + format_time(*granted.expires_at) : "", granted.reason});
}

std::string details_of(const EventBody& body) {
  return std::visit(
      Overloaded{
          [](const AssistantActivated&) { return std::string(); },
          [](const AssistantDeactivated&) { return std::string(); },
          [](const PasswordSet& set) { return std::string(password_method_name(set.method)); },
          [](const LoginAttempted& login) { return std::string(login_outcome_name(login.outcome)); },
          [](const OptionConnected& option) { return std::string(option.option); },
          [](const OptionDisconnected& option) { return std::string(option.option); },
          [](const TariffSwitched& tariff) { return std::string(tariff.tariff); },
          [](const TrafficUsed& used) { return details_of(used); },
          [](const ServiceUsed& used) { return details_of(used); },
          [](const BonusGranted& granted) { return details_of(granted); },
          [](const PaymentReceived& paid) {
            return joined({format_money(paid.money), paid.reference});
          },
          [](const ChargeReversed& reversed) {
            return joined({format_uuid(reversed.charge_id), reversed.reason});
          },
          [](const SubscriberClosed&) { return std::string(); },
          [](const CatalogPublished& published) { return number(published.catalog.size()) + " bytes"; },
      },
      body);
}

}  // namespace

std::string source_text(Source source) {
  return std::to_string(source.partition) + ":" + std::to_string(source.offset);
}

std::vector<Column> charge_columns() {
  return {{"source"},
          {"subscriber"},
          {"seq", Align::right},
          {"occurred at"},
          {"kind"},
          {"what"},
          {"quantity", Align::right},
          {"amount", Align::right},
          {"from bonus", Align::right},
          {"balance", Align::right}};
}

std::vector<std::string> charge_cells(const ChargeRecord& charge) {
  return {
      source_text(charge.source),
      format_msisdn(charge.subscriber),
      number(charge.sequence),
      format_time(charge.occurred_at),
      std::string(kind_name(charge.kind)),
      joined({charge.tariff, charge.rule, charge.option, charge.service, charge.reason, charge.reference}),
      charge.quantity ? number(*charge.quantity) : "",
      format_money(charge.amount),
      format_money(charge.from_bonus),
      format_money(charge.balance)};
}

std::vector<Column> access_columns() {
  return {{"source"},
          {"subscriber"},
          {"occurred at"},
          {"type"},
          {"decision"},
          {"reason"},
          {"failures", Align::right},
          {"transition"}};
}

std::vector<std::string> access_cells(const AccessRecord& access) {
  return {source_text(access.source),
          format_msisdn(access.subscriber),
          format_time(access.occurred_at),
          std::string(access_type_name(access.type)),
          std::string(decision_name(access.decision)),
          std::string(access_reason_name(access.reason)),
          number(access.failures),
          std::string(transition_name(access.transition))};
}

std::vector<Column> reject_columns() {
  return {{"source"}, {"recorded at"}, {"reason"}, {"subscriber"}, {"detail"}};
}

std::vector<std::string> reject_cells(const RejectRecord& reject) {
  return {source_text(reject.source), format_time(reject.recorded_at),
          std::string(reason_name(reject.reason)), std::string(reject.subscriber),
          std::string(reject.detail)};
}

std::vector<Column> event_columns() {
  return {{"source"}, {"recorded at"}, {"subscriber"}, {"occurred at"}, {"channel"}, {"type"}, {"what"}};
}

std::vector<std::string> event_cells(const Event& event, Source source, Timestamp recorded_at) {
  return {source_text(source),
          format_time(recorded_at),
          std::string(event.subscriber),
          format_time(event.occurred_at),
          std::string(channel_name(event.channel)),
          std::string(type_name(event.body)),
          details_of(event.body)};
}

}  // namespace subledger::ops
