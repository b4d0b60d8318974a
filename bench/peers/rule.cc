#include "bench/peers/rule.h"

#include <algorithm>

#include "events/codec.h"

namespace subledger::bench {
namespace {

constexpr uint64_t tier_bytes = 104'857'600;
constexpr uint64_t mebibyte = 1'048'576;
constexpr int64_t rounding_micros = 10'000;

uint64_t tier(uint64_t quantity, uint64_t increment, uint64_t price_micros) {
  return (quantity + increment - 1) / increment * increment * price_micros / mebibyte;
}

/// Price of a quantity that counts from 0, rounded to hundredths.
int64_t price_micros(uint64_t quantity) {
  const uint64_t low = std::min(quantity, tier_bytes);
  const auto exact =
      static_cast<int64_t>(tier(low, 1'024, 8'450'000) + tier(quantity - low, 102'400, 4'000'000));
  return (exact + rounding_micros / 2) / rounding_micros * rounding_micros;
}

void put(PeerChargeBytes& bytes, std::size_t at, uint64_t value) {
  for (std::size_t i = 0; i < 8; ++i) bytes[at + i] = static_cast<char>(value >> (56 - 8 * i));
}

}  // namespace

std::optional<PeerEvent> read_peer_event(const LogRecord& record, std::pmr::memory_resource& scratch) {
  const auto event = decode_event(record.value, false, scratch);
  if (!event) return std::nullopt;
  const auto subscriber = parse_msisdn(event->subscriber);
  if (!subscriber) return std::nullopt;
  PeerEvent read;
  read.id = event->id;
  read.subscriber = *subscriber;
  if (const auto* traffic = std::get_if<TrafficUsed>(&event->body)) {
    read.bytes = traffic->bytes_up + traffic->bytes_down;
  } else if (const auto* payment = std::get_if<PaymentReceived>(&event->body)) {
    read.amount_micros = -payment->money.micros;
  }
  return read;
}

std::optional<PeerCharge> apply_peer_event(PeerAccount& account, const PeerEvent& event) {
  if (account.sequence > 0 && account.last_event == event.id) return std::nullopt;
  const int64_t amount =
      event.amount_micros + price_micros(account.bytes + event.bytes) - price_micros(account.bytes);
  account.bytes += event.bytes;
  account.balance_micros += amount;
  account.last_event = event.id;
  return PeerCharge{event.id, event.subscriber,       ++account.sequence,
                    amount,   account.balance_micros, account.bytes};
}

PeerChargeBytes peer_charge_bytes(const PeerCharge& charge) {
  PeerChargeBytes bytes{};
  std::copy(charge.event.bytes.begin(), charge.event.bytes.end(), bytes.begin());
  put(bytes, 16, charge.subscriber.number);
  put(bytes, 24, charge.sequence);
  put(bytes, 32, static_cast<uint64_t>(charge.amount_micros));
  put(bytes, 40, static_cast<uint64_t>(charge.balance_micros));
  put(bytes, 48, charge.bytes);
  return bytes;
}

void PeerHash::add(std::string_view charge_bytes) {
  const std::string_view known = charge_bytes.substr(0, peer_charge_size);
  sum_.add(hash_row(known.substr(0, 16), known.substr(16)));
}

}  // namespace subledger::bench
