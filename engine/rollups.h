// What is added up while events are applied, so that questions about all subscribers need no scan: charges by
// day, kind and rule; decisions on access by day; rejects by day and reason. Days are those of the recorded
// time in UTC. Rows of their own beside a partition's state, written in the same batch as its position; no
// part of the state, so no part of its digest.
//
//   s c <day> <kind> <tariff> <what> <rule>   charges; what: the service or option
//   s a <day> <decision> <transition>         access records
//   s r <day> <reason>                        rejects
//   S <c, a or r>                             how far back it reaches
//
// <day> is 4 bytes, big-endian; kinds and reasons are one byte; names are length-prefixed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/store.h"
#include "events/records.h"
#include "projections/int128.h"
#include "projections/names.h"

namespace subledger {

inline constexpr char rollup_prefix = 's';
inline constexpr char rollup_begin_prefix = 'S';

enum class Rollup : char { charges = 'c', access = 'a', rejects = 'r' };
inline constexpr Rollup all_rollups[] = {Rollup::charges, Rollup::access, Rollup::rejects};

std::string_view rollup_name(Rollup rollup);

/// What one row holds.
struct RollupSums {
  uint64_t count = 0;
  Int128 quantity = 0;  ///< bytes or units
  Int128 covered = 0;   ///< bytes that bonuses covered
  Int128 amount = 0;    ///< millionths, as the two below
  Int128 from_bonus = 0;
  Int128 from_account = 0;

  void add(const RollupSums& other);
};

/// The additions of one chunk, a hash-map add each. Names are those of the partition's table, told apart by
/// where they stand in it.
class RollupAdditions {
 public:
  void add(const ChargeRecord& charge);
  void add(const AccessRecord& access);
  void add(Reason reason, Timestamp recorded_at);
  void clear() { sums_.clear(); }
  /// By row key.
  void merge_into(std::map<std::string, RollupSums>& rows) const;

 private:
  struct Key {
    Rollup rollup{};
    int32_t day = 0;
    uint16_t code = 0;  ///< kind; decision and transition; reason
    std::string_view tariff;
    std::string_view what;
    std::string_view rule;

    friend bool operator==(const Key& one, const Key& other) {
      return one.rollup == other.rollup && one.day == other.day && one.code == other.code &&
             one.tariff.data() == other.tariff.data() && one.what.data() == other.what.data() &&
             one.rule.data() == other.rule.data();
    }
  };
  struct HashKey {
    std::size_t operator()(const Key& key) const;
  };

  std::unordered_map<Key, RollupSums, HashKey> sums_;  // ordered by its key when it is merged
};

/// A row in words, for queries.
struct RollupRow {
  Rollup rollup{};
  int32_t day = 0;  ///< since 1970
  ChargeKind kind{};
  std::string tariff;
  std::string service;
  std::string option;
  std::string rule;
  AccessDecision decision{};
  AccessTransition transition{};
  Reason reason{};
  RollupSums sums;
};
/// nullopt: the row is damaged.
std::optional<RollupRow> parse_rollup_row(std::string_view key, std::string_view value);

/// The rows that change with the additions, as they will be; keys ascending.
Result<std::map<std::string, std::string>> rollup_rows_with(
    const StorePort& store, const std::vector<const RollupAdditions*>& additions);

/// The rows by which a new store says that its roll-ups hold the whole history.
std::map<std::string, std::string> rollup_begins();

/// Of what lies before a roll-up's begin and is being added.
struct RollupFilling {
  uint64_t done = 0;
  uint64_t total = 0;  ///< roughly, and not below `done`
  std::string next;    ///< where to go on, in the words of RollupFill
};

/// How far back a roll-up reaches in a store.
struct RollupReach {
  int64_t begin = 0;                     ///< every offset from here on is in it; 0: the whole history
  std::optional<RollupFilling> filling;  ///< nullopt: nothing is being added

  bool whole() const { return begin == 0 && !filling; }
};
/// nullopt: the store does not have it.
Result<std::optional<RollupReach>> rollup_reach(const StorePort& store, Rollup rollup);

std::string rollup_begin_key(Rollup rollup);
std::string rollup_begin_value(const RollupReach& reach);

/// Rows to be written, in the order of their keys. The views are into `rows`.
std::vector<RowWrite> writes_of(const std::map<std::string, std::string>& rows);

}  // namespace subledger
