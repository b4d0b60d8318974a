// What the ledger knows of one subscriber: the state that events of this subscriber change (domain 4 to 7).
// Plain data; the folds that change it stand in access.h, accumulators.h, grants.h and tariff_history.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "events/money.h"
#include "events/time.h"
#include "events/uuid.h"
#include "projections/catalog.h"
#include "projections/names.h"

namespace subledger {

struct Password {
  Uuid id;  ///< of its password_set event
  Timestamp set_at;
  std::string verifier;
};

/// Rule: domain 4.
struct Access {
  bool active = false;
  bool locked = false;
  uint32_t failures = 0;
  std::optional<Password> password;
};

struct TariffSwitch {
  Timestamp at;
  NameId tariff;
};

enum class UsageKind : uint8_t { traffic, service };

/// Rule: domain 6, Accumulators. The quantity already paid for in a scope.
struct Accumulator {
  UsageKind usage{};
  Scope scope{};  ///< never Scope::event
  NameId owner;   ///< the tariff of traffic, or the service
  NameId rule;
  int32_t period = 0;   ///< local day or month number; 0 for a session
  std::string session;  ///< empty but for a session
  uint64_t quantity = 0;
};

enum class GrantKind : uint8_t { money, bytes };

/// Rule: domain 6, Bonuses. What is left of one bonus.
struct Grant {
  GrantKind kind{};
  std::optional<Timestamp> expires_at;
  int64_t remaining = 0;  ///< millionths or bytes, > 0
};

inline constexpr std::size_t tariff_switches_max = 32;
inline constexpr std::size_t accumulators_max = 32;
inline constexpr std::size_t grants_max = 64;

struct Account {
  uint64_t sequence = 0;  ///< of the last charge record
  Money balance;          ///< what the subscriber owes since the last closing
  Access access;
  std::vector<TariffSwitch> switches;     ///< by time, then log order; at most tariff_switches_max
  std::vector<NameId> options;            ///< connected, ascending
  std::vector<Accumulator> accumulators;  ///< longest unused first; at most accumulators_max
  std::vector<Grant> grants;              ///< by expiry (none last), then log order; at most grants_max
  std::optional<Timestamp> closed_at;     ///< of the last closing
  uint64_t closed_sequence = 0;           ///< sequence of the last closing's record; 0: never closed
};

}  // namespace subledger
