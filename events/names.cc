// The names of domain.md and interfaces.md for each enumeration, in the order of its values.
#include <array>
#include <utility>

#include "events/check.h"
#include "events/event.h"
#include "events/records.h"

namespace subledger {
namespace {

using Name = std::string_view;

// A value stands at its own index, so names[0] belongs to "unknown" or "none" and is empty.
constexpr std::array<Name, 6> channels{"", "ussd", "sms", "web", "network", "operator"};
constexpr std::array<Name, 3> password_methods{"", "issued", "chosen"};
constexpr std::array<Name, 3> login_outcomes{"", "correct", "wrong"};
constexpr std::array<Name, charge_kind_count + 1> kinds{
    "",        "activation", "deactivation", "option_connect", "option_disconnect", "tariff_switch",
    "traffic", "service",    "bonus",        "payment",        "reversal",          "closing"};
constexpr std::array<Name, 6> access_types{"",
                                           "assistant_activated",
                                           "assistant_deactivated",
                                           "password_set",
                                           "login_attempted",
                                           "subscriber_closed"};
constexpr std::array<Name, 4> decisions{"", "accepted", "granted", "refused"};
constexpr std::array<Name, 6> access_reasons{
    "", "not_activated", "locked", "no_password", "stale_password", "wrong_password"};
constexpr std::array<Name, 3> transitions{"", "locked", "unlocked"};
constexpr std::array<Name, 27> reasons{"",
                                       "oversize",
                                       "malformed",
                                       "unsupported",
                                       "invalid_subscriber",
                                       "key_mismatch",
                                       "wrong_partition",
                                       "time_out_of_range",
                                       "invalid_value",
                                       "id_conflict",
                                       "before_closing",
                                       "no_catalog",
                                       "access_denied",
                                       "unknown_option",
                                       "unknown_tariff",
                                       "unknown_service",
                                       "unknown_charge",
                                       "option_already_connected",
                                       "option_not_connected",
                                       "option_excluded",
                                       "same_tariff",
                                       "option_required",
                                       "already_reversed",
                                       "too_many_grants",
                                       "no_rate",
                                       "amount_overflow",
                                       "invalid_catalog"};
static_assert(reasons.size() == static_cast<std::size_t>(Reason::invalid_catalog) + 1);

// In the order of EventBody's alternatives.
constexpr std::array<Name, 14> types{"assistant_activated", "assistant_deactivated", "password_set",
                                     "login_attempted",     "option_connected",      "option_disconnected",
                                     "tariff_switched",     "traffic_used",          "service_used",
                                     "bonus_granted",       "payment_received",      "charge_reversed",
                                     "subscriber_closed",   "catalog_published"};
static_assert(types.size() == std::variant_size_v<EventBody>);

template <std::size_t size, class Value>
Name name_of(const std::array<Name, size>& names, Value value) {
  const auto index = static_cast<std::size_t>(value);
  CHECK(index < size);
  return names[index];
}

template <class Value, std::size_t size>
std::optional<Value> value_of(const std::array<Name, size>& names, Name name) {
  for (std::size_t i = 1; i < size; ++i) {
    if (names[i] == name) return static_cast<Value>(i);
  }
  return std::nullopt;
}

template <std::size_t... index>
constexpr auto empty_bodies(std::index_sequence<index...>) {
  return std::array{EventBody(std::in_place_index<index>)...};
}

}  // namespace

Name type_name(const EventBody& body) { return types[body.index()]; }

std::optional<EventBody> parse_type(Name name) {
  static constexpr auto bodies = empty_bodies(std::make_index_sequence<types.size()>());
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] == name) return bodies[i];
  }
  return std::nullopt;
}

Name channel_name(Channel channel) { return name_of(channels, channel); }
std::optional<Channel> parse_channel(Name name) { return value_of<Channel>(channels, name); }
Name password_method_name(PasswordMethod method) { return name_of(password_methods, method); }
std::optional<PasswordMethod> parse_password_method(Name name) {
  return value_of<PasswordMethod>(password_methods, name);
}
Name login_outcome_name(LoginOutcome outcome) { return name_of(login_outcomes, outcome); }
std::optional<LoginOutcome> parse_login_outcome(Name name) {
  return value_of<LoginOutcome>(login_outcomes, name);
}

Name kind_name(ChargeKind kind) { return name_of(kinds, kind); }
std::optional<ChargeKind> parse_kind(Name name) { return value_of<ChargeKind>(kinds, name); }
Name access_type_name(AccessType type) { return name_of(access_types, type); }
std::optional<AccessType> parse_access_type(Name name) { return value_of<AccessType>(access_types, name); }
Name decision_name(AccessDecision decision) { return name_of(decisions, decision); }
std::optional<AccessDecision> parse_decision(Name name) { return value_of<AccessDecision>(decisions, name); }
Name access_reason_name(AccessReason reason) { return name_of(access_reasons, reason); }
std::optional<AccessReason> parse_access_reason(Name name) {
  return value_of<AccessReason>(access_reasons, name);
}
Name transition_name(AccessTransition transition) { return name_of(transitions, transition); }
std::optional<AccessTransition> parse_transition(Name name) {
  return value_of<AccessTransition>(transitions, name);
}
Name reason_name(Reason reason) { return name_of(reasons, reason); }
std::optional<Reason> parse_reason(Name name) { return value_of<Reason>(reasons, name); }

Name unit_name(const ChargeRecord& charge) {
  if (!charge.quantity) return {};
  return charge.kind == ChargeKind::service ? "each" : "byte";
}

}  // namespace subledger
