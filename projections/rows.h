// How state stands in a store: one row for each account, one for each accepted event, one for each catalog
// version. Keys sort by subscriber, so that all of a subscriber's rows lie together. Equal state has equal
// bytes.
//
//   a <msisdn>              account
//   e <msisdn> <charge id>  accepted event: what is known of it, its charge record and its access record
//   r <msisdn> <charge id>  this charge is reversed
//   c <number>              catalog version, numbered in order of publication
//   s, S                    roll-ups, which are no part of the state (engine/rollups.h)
//   m                       the partition's position, counts and sums (engine/meta.h)
//
// <msisdn> is 8 bytes and <number> 4 bytes, big-endian; <charge id> is 16 bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "events/msisdn.h"
#include "events/uuid.h"
#include "projections/account.h"
#include "projections/fold.h"

namespace subledger {

inline constexpr char account_prefix = 'a';
inline constexpr char event_prefix = 'e';
inline constexpr char reversed_prefix = 'r';
inline constexpr char catalog_prefix = 'c';
inline constexpr std::string_view meta_key = "m";

/// A key by value: made for each event, so it takes nothing from the heap.
class RowKey {
 public:
  static constexpr std::size_t size_max = 1 + 8 + 16;

  explicit RowKey(char prefix) { push(prefix); }
  void push(char byte) { bytes_[size_++] = byte; }
  // NOLINTNEXTLINE(google-explicit-constructor): a key is its bytes wherever they are wanted
  operator std::string_view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, size_max> bytes_{};
  std::size_t size_ = 0;
};

RowKey account_key(Msisdn subscriber);
/// nullopt: not the key of an account.
std::optional<Msisdn> subscriber_of_account_key(std::string_view key);
RowKey event_key(Msisdn subscriber, const Uuid& charge_id);
RowKey reversed_key(Msisdn subscriber, const Uuid& charge_id);
/// The beginning of all keys of a subscriber's events.
RowKey events_prefix(Msisdn subscriber);
RowKey catalog_key_of(uint32_t number);

void append_account(std::string& out, const Account& account);
/// nullopt: the row is damaged. `names` is the number of names known: a number beyond it is damage.
std::optional<Account> parse_account(std::string_view row, std::size_t names);

/// An accepted event (`known.reversed` is not part of the row: it never changes) with the bytes of the
/// records that it gave; empty: none of that type.
struct EventRow {
  KnownEvent known;
  std::string_view charge;
  std::string_view access;
};

void append_event_row(std::string& out, const EventRow& row);
/// nullopt: the row is damaged. The views are into `row`.
std::optional<EventRow> parse_event_row(std::string_view row);

}  // namespace subledger
