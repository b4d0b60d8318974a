// The events of domain section 3 as plain values. Strings are views into the bytes that were decoded and live
// as long as those. Nothing here says what follows from an event.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "events/money.h"
#include "events/time.h"
#include "events/uuid.h"

namespace subledger {

enum class Channel : uint8_t { ussd = 1, sms, web, network, operator_desk };
enum class PasswordMethod : uint8_t { issued = 1, chosen };
enum class LoginOutcome : uint8_t { correct = 1, wrong };

struct AssistantActivated {};
struct AssistantDeactivated {};

struct PasswordSet {
  PasswordMethod method{};
  std::string_view verifier;  ///< salted hash; 1 to 256 bytes
};

struct LoginAttempted {
  LoginOutcome outcome{};
  std::optional<Uuid> password_id;
};

struct OptionConnected {
  std::string_view option;
};

struct OptionDisconnected {
  std::string_view option;
};

struct TariffSwitched {
  std::string_view tariff;
};

struct TrafficUsed {
  uint64_t bytes_up = 0;
  uint64_t bytes_down = 0;
  std::optional<std::string_view> session;
  std::optional<bool> final;
  std::optional<std::string_view> zone;
  std::optional<uint32_t> rating_group;
};

struct ServiceUsed {
  std::string_view service;
  uint64_t units = 0;
  std::optional<std::string_view> session;
  std::optional<bool> final;
  std::optional<std::string_view> zone;
};

/// Either money or bytes, which the rules check (domain 8, step 8), not the form.
struct BonusGranted {
  std::optional<Money> money;
  std::optional<uint64_t> bytes;
  std::optional<Timestamp> expires_at;
  std::string_view reason;
};

struct PaymentReceived {
  Money money;
  std::string_view reference;
};

struct ChargeReversed {
  Uuid charge_id;
  std::string_view reason;
};

struct SubscriberClosed {};

struct CatalogPublished {
  std::string_view catalog;  ///< the JSON document's bytes
};

using EventBody =
    std::variant<AssistantActivated, AssistantDeactivated, PasswordSet, LoginAttempted, OptionConnected,
                 OptionDisconnected, TariffSwitched, TrafficUsed, ServiceUsed, BonusGranted, PaymentReceived,
                 ChargeReversed, SubscriberClosed, CatalogPublished>;

struct Event {
  Uuid id;
  std::string_view subscriber;  ///< as written; empty only in catalog_published
  Timestamp occurred_at;
  Channel channel{};
  EventBody body;
};

/// The key of catalog records (interfaces 1).
inline constexpr std::string_view catalog_key = "catalog";

inline constexpr std::size_t value_size_max = 64 * 1024;
inline constexpr std::size_t catalog_size_max = 1024 * 1024;
inline constexpr std::size_t string_size_max = 64;
/// Of `verifier`, `reason` and `reference`.
inline constexpr std::size_t text_size_max = 256;

/// The name of the event's type, e.g. "traffic_used".
std::string_view type_name(const EventBody& body);
/// The body of that type with nothing in it. nullopt: no such type in this build.
std::optional<EventBody> parse_type(std::string_view name);

std::string_view channel_name(Channel channel);
std::optional<Channel> parse_channel(std::string_view name);
std::string_view password_method_name(PasswordMethod method);
std::optional<PasswordMethod> parse_password_method(std::string_view name);
std::string_view login_outcome_name(LoginOutcome outcome);
std::optional<LoginOutcome> parse_login_outcome(std::string_view name);

}  // namespace subledger
