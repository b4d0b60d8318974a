// The records that the ledger emits, as plain values (domain 7 and 8, interfaces 2). Strings are views whose
// owner the maker names; an empty view means an absent field, since no field that is present is empty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "events/money.h"
#include "events/msisdn.h"
#include "events/time.h"
#include "events/uuid.h"

namespace subledger {

/// Where in the events topic the input of a record stands.
struct Source {
  int32_t partition = 0;
  int64_t offset = 0;

  friend constexpr bool operator==(Source, Source) = default;
};

enum class ChargeKind : uint8_t {
  activation = 1,
  deactivation,
  option_connect,
  option_disconnect,
  tariff_switch,
  traffic,
  service,
  bonus,
  payment,
  reversal,
  closing,
};
inline constexpr std::size_t charge_kind_count = 11;

struct ChargeRecord {
  Uuid charge_id;
  uint64_t sequence = 0;  ///< per subscriber, from 1
  Msisdn subscriber;
  Uuid event_id;
  ChargeKind kind{};
  Source source;
  Timestamp occurred_at;
  Timestamp recorded_at;
  std::string_view catalog_version;
  std::string_view tariff;
  std::string_view rule;
  std::string_view option;
  std::string_view service;
  std::string_view session;
  std::string_view reason;
  std::string_view reference;
  std::optional<uint64_t> quantity;              ///< bytes, or units of a service
  std::optional<int64_t> covered_quantity;       ///< bytes that bonuses covered
  std::optional<uint64_t> accumulated_quantity;  ///< a of domain 6, Accumulators
  Money amount;                                  ///< from_bonus + from_account
  Money from_bonus;
  Money from_account;
  Money balance;              ///< what the subscriber owes after this record
  std::string_view currency;  ///< absent until a catalog is published
  std::optional<Uuid> reverses;
};

enum class AccessType : uint8_t {
  assistant_activated = 1,
  assistant_deactivated,
  password_set,
  login_attempted,
  subscriber_closed,
};
enum class AccessDecision : uint8_t { accepted = 1, granted, refused };
enum class AccessReason : uint8_t {
  none,
  not_activated,
  locked,
  no_password,
  stale_password,
  wrong_password
};
enum class AccessTransition : uint8_t { none, locked, unlocked };

/// `failures`, `locked` and `active` are those after the event.
struct AccessRecord {
  Msisdn subscriber;
  Uuid event_id;
  AccessType type{};
  Source source;
  Timestamp occurred_at;
  Timestamp recorded_at;
  AccessDecision decision{};
  AccessReason reason{};
  uint32_t failures = 0;
  bool locked = false;
  bool active = false;
  AccessTransition transition{};
};

/// Why a record was rejected, in the order of precedence of domain 8.
enum class Reason : uint8_t {
  oversize = 1,
  malformed,
  unsupported,
  invalid_subscriber,
  key_mismatch,
  wrong_partition,
  time_out_of_range,
  invalid_value,
  id_conflict,
  before_closing,
  no_catalog,
  access_denied,
  unknown_option,
  unknown_tariff,
  unknown_service,
  unknown_charge,
  option_already_connected,
  option_not_connected,
  option_excluded,
  same_tariff,
  option_required,
  already_reversed,
  too_many_grants,
  no_rate,
  amount_overflow,
  invalid_catalog,
};

/// `value` is nullopt for a null header value.
struct Header {
  std::string_view name;
  std::optional<std::string_view> value;
};

struct RejectRecord {
  Source source;
  Timestamp recorded_at;
  Reason reason{};
  std::string_view detail;
  std::optional<std::string_view> key;
  std::optional<std::string_view> payload;
  std::span<const Header> headers;
  std::string_view subscriber;
  std::optional<Uuid> event_id;
};

std::string_view kind_name(ChargeKind kind);
std::optional<ChargeKind> parse_kind(std::string_view name);
std::string_view access_type_name(AccessType type);
std::optional<AccessType> parse_access_type(std::string_view name);
std::string_view decision_name(AccessDecision decision);
std::optional<AccessDecision> parse_decision(std::string_view name);
/// Empty for `none`, which no text names.
std::string_view access_reason_name(AccessReason reason);
std::optional<AccessReason> parse_access_reason(std::string_view name);
/// Empty for `none`, which no text names.
std::string_view transition_name(AccessTransition transition);
std::optional<AccessTransition> parse_transition(std::string_view name);
std::string_view reason_name(Reason reason);
std::optional<Reason> parse_reason(std::string_view name);
/// "byte", "each", or empty where the record has no quantity.
std::string_view unit_name(const ChargeRecord& charge);

}  // namespace subledger
