// What the peers compute of an event: much less than the ledger's rules, the same in each of them. State by
// subscriber is read, priced by a tiered tariff with an accumulator, and written; each event that is new
// gives one record. A duplicate is known only where it follows its original at once, which the workload's do.
#pragma once

#include <array>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string_view>

#include "engine/digest.h"
#include "engine/ports.h"
#include "events/msisdn.h"
#include "events/uuid.h"

namespace subledger::bench {

struct PeerAccount {
  uint64_t sequence = 0;
  int64_t balance_micros = 0;
  uint64_t bytes = 0;  ///< of traffic so far
  Uuid last_event;
};

struct PeerCharge {
  Uuid event;
  Msisdn subscriber;
  uint64_t sequence = 0;
  int64_t amount_micros = 0;
  int64_t balance_micros = 0;
  uint64_t bytes = 0;
};

/// What an event adds, before its subscriber's state is known.
struct PeerEvent {
  Uuid id;
  Msisdn subscriber;
  uint64_t bytes = 0;
  int64_t amount_micros = 0;  ///< of what is not traffic
};

/// nullopt: not an event of a subscriber.
std::optional<PeerEvent> read_peer_event(const LogRecord& record, std::pmr::memory_resource& scratch);

/// nullopt: a duplicate, which changes nothing.
std::optional<PeerCharge> apply_peer_event(PeerAccount& account, const PeerEvent& event);

/// The wire form of a charge begins with event, subscriber, sequence, amount, balance and bytes, big-endian.
inline constexpr std::size_t peer_charge_size = 16 + 5 * 8;
using PeerChargeBytes = std::array<char, peer_charge_size>;
PeerChargeBytes peer_charge_bytes(const PeerCharge& charge);

/// Over charges in any order.
class PeerHash {
 public:
  void add(std::string_view charge_bytes);
  std::string text() const { return format_hash(sum_.sum()); }

 private:
  SetHash sum_;
};

}  // namespace subledger::bench
