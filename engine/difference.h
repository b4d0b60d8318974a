// What differs between two accounts of the same events: charge and access records, one side against the
// other, and what the differences add up to (interfaces 3, diff). Where the records come from is not known
// here.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "events/records.h"
#include "events/result.h"
#include "projections/int128.h"

namespace subledger {

/// The two records of an event, of which at least one is there.
template <class Record>
struct Sides {
  const Record* left = nullptr;
  const Record* right = nullptr;

  const Record& any() const { return left != nullptr ? *left : *right; }
};

/// Millionths on both sides. `largest` is the difference of a single record that is furthest from 0.
struct DifferenceSum {
  Int128 left = 0;
  Int128 right = 0;
  int64_t largest = 0;
  uint64_t records = 0;  ///< that differ
  uint64_t amounts = 0;  ///< records whose amount differs

  Int128 difference() const { return right - left; }
  void add(const DifferenceSum& other);
};

struct SubscriberDifference {
  Msisdn subscriber;
  DifferenceSum sum;
};

/// How many subscribers' differences lie in which range: of millionths, from inclusive to exclusive.
inline constexpr std::array<int64_t, 10> histogram_bounds = {
    -1'000'000'000, -100'000'000, -10'000'000, -1'000'000,   0, 1,
    1'000'001,      10'000'001,   100'000'001, 1'000'000'001};

/// Which rate or fee a charge is of. All but `kind` are empty where it has none.
struct DifferenceGroup {
  ChargeKind kind{};
  std::string tariff;  ///< of a service: its name
  std::string rule;    ///< of an option: its name

  friend auto operator<=>(const DifferenceGroup&, const DifferenceGroup&) = default;
};

/// What it all adds up to. The sums over kinds, over groups and over subscribers are each that of `total`.
struct DifferenceTotals {
  DifferenceSum total;
  uint64_t access_records = 0;  ///< of `total.records`
  uint64_t subscribers = 0;     ///< with a record that differs
  uint64_t more = 0;            ///< subscribers who pay more on the right
  uint64_t less = 0;
  uint64_t same = 0;
  std::array<DifferenceSum, charge_kind_count + 1> kinds;  ///< by ChargeKind
  /// An amount counts where its own side has it. Bounded by what the catalogs name.
  std::map<DifferenceGroup, DifferenceSum> groups;
  static constexpr std::size_t largest_max = 10;
  std::vector<SubscriberDifference> largest_more;  ///< the largest changes, largest first
  std::vector<SubscriberDifference> largest_less;
  std::array<uint64_t, histogram_bounds.size() + 1> histogram{};  ///< of subscribers

  /// All records of the subscriber have been compared, and this is their sum.
  void finish(const SubscriberDifference& subscriber);
};

/// Told each record that differs.
class DifferenceSink {
 public:
  virtual ~DifferenceSink() = default;
  virtual Result<void> charge(const Sides<ChargeRecord>& sides) = 0;
  virtual Result<void> access(const Sides<AccessRecord>& sides) = 0;
};

/// right − left; a side without a record counts 0.
Money difference_of(const Sides<ChargeRecord>& sides);

/// Compares record by record, by all their content.
class Difference {
 public:
  explicit Difference(DifferenceSink& sink) : sink_(sink) {}

  /// The records of an event on both sides; null: none. Gives what they add to their subscriber's sum.
  Result<DifferenceSum> charges(const Sides<ChargeRecord>& sides, bool equal);
  Result<DifferenceSum> access(const Sides<AccessRecord>& sides, bool equal);

  DifferenceTotals& totals() { return totals_; }

 private:
  DifferenceSink& sink_;
  DifferenceTotals totals_;
};

/// Append one object without a newline (interfaces 3). `difference` of access records is 0.
void append_difference_json(std::string& out, const Sides<ChargeRecord>& sides);
void append_difference_json(std::string& out, const Sides<AccessRecord>& sides);
void append_difference_json(std::string& out, const DifferenceTotals& totals);

}  // namespace subledger
