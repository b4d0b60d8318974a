// Where the rows stand of events that the store does not have yet: what a duplicate is known by until a
// persist. Knows an event by bits of its charge id; whether a row is really its own, the caller says.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "events/msisdn.h"
#include "events/uuid.h"

namespace subledger {

/// By this an accepted event is known again (domain 2).
struct KnownKey {
  Msisdn subscriber;
  Uuid charge_id;
  friend bool operator==(const KnownKey&, const KnownKey&) = default;
};

struct HashKnownKey {
  std::size_t operator()(const KnownKey& key) const {
    std::size_t hash = 0;
    std::memcpy(&hash, key.charge_id.bytes.data(), sizeof hash);  // bits of a SHA-1
    return hash;
  }
};

/// A row of a chunk, by their numbers.
struct RowPlace {
  uint64_t chunk = 0;
  uint32_t row = 0;
};

/// Sixteen bytes an event, two slots for each: every event is looked up here, and what a look-up touches has
/// to be fetched from memory.
class RecentEvents {
 public:
  /// What an event is remembered by: bits of its charge id, which others may share.
  using Tag = uint32_t;
  static Tag tag_of(const KnownKey& key) { return static_cast<Tag>(HashKnownKey()(key)); }

  RecentEvents();

  void add(Tag tag, RowPlace place);
  void clear();
  /// A hint that this tag is looked for soon.
  void prefetch(Tag tag) const { __builtin_prefetch(&slots_[home_of(tag)]); }

  /// Of the places added with this tag the first for which `is_wanted(place)` holds.
  template <class IsWanted>
  std::optional<RowPlace> find(Tag tag, const IsWanted& is_wanted) const {
    for (std::size_t at = home_of(tag); slots_[at].row != no_row; at = next(at)) {
      const RowPlace place{slots_[at].chunk, slots_[at].row};
      if (slots_[at].tag == tag && is_wanted(place)) return place;
    }
    return std::nullopt;
  }

 private:
  static constexpr uint32_t no_row = ~uint32_t{0};
  struct Slot {
    uint64_t chunk = 0;
    uint32_t row = no_row;
    Tag tag = 0;
  };

  std::size_t home_of(Tag tag) const { return tag & (slots_.size() - 1); }
  std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
  void put(const Slot& slot);
  void grow();

  std::vector<Slot> slots_;  // a power of two of them, at most half of them taken
  std::size_t taken_ = 0;
};

}  // namespace subledger
