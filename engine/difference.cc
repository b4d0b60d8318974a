#include "engine/difference.h"

#include <algorithm>
#include <cstdlib>

#include "engine/wide_money.h"
#include "events/json.h"
#include "events/json_writer.h"

namespace subledger {
namespace {

DifferenceGroup group_of(const ChargeRecord& charge) {
  DifferenceGroup group{charge.kind, std::string(charge.tariff), std::string(charge.rule)};
  if (!charge.service.empty()) group.tariff = charge.service;
  if (!charge.option.empty()) group.rule = charge.option;
  return group;
}

/// Keeps the first of the order, by how far a difference is from 0, then by subscriber.
void keep_largest(std::vector<SubscriberDifference>& largest, const SubscriberDifference& subscriber) {
  const auto further = [](const SubscriberDifference& a, const SubscriberDifference& b) {
    const auto distance = [](const DifferenceSum& sum) {
      return sum.difference() < 0 ? -sum.difference() : sum.difference();
    };
    if (distance(a.sum) != distance(b.sum)) return distance(a.sum) > distance(b.sum);
    return a.subscriber < b.subscriber;
  };
  largest.insert(std::upper_bound(largest.begin(), largest.end(), subscriber, further), subscriber);
  if (largest.size() > DifferenceTotals::largest_max) largest.pop_back();
}

template <class Record>
void append_side(ObjectWriter& out, std::string_view name, const Record* record) {
  if (record == nullptr) return;
  if constexpr (std::is_same_v<Record, ChargeRecord>) {
    append_charge_json(out.member(name), *record);
  } else {
    append_access_json(out.member(name), *record);
  }
}

template <class Record>
void append_sides(std::string& line, const Sides<Record>& sides, std::string_view kind, Money difference) {
  ObjectWriter out(line);
  out.text("subscriber", format_msisdn(sides.any().subscriber));
  out.uuid("event_id", sides.any().event_id);
  out.text("kind", kind);
  append_side(out, "left", sides.left);
  append_side(out, "right", sides.right);
  out.money("difference", difference);
  out.close();
}

}  // namespace

void DifferenceSum::add(const DifferenceSum& other) {
  records += other.records;
  amounts += other.amounts;
  left += other.left;
  right += other.right;
  if (std::abs(other.largest) > std::abs(largest)) largest = other.largest;
}

void DifferenceTotals::finish(const SubscriberDifference& subscriber) {
  const Int128 difference = subscriber.sum.difference();
  if (subscriber.sum.records > 0) ++subscribers;
  if (difference > 0) keep_largest(largest_more, subscriber);
  if (difference < 0) keep_largest(largest_less, subscriber);
  ++(difference > 0 ? more : difference < 0 ? less : same);
  const auto range = std::upper_bound(histogram_bounds.begin(), histogram_bounds.end(), difference);
  ++histogram[static_cast<std::size_t>(range - histogram_bounds.begin())];
}

Money difference_of(const Sides<ChargeRecord>& sides) {
  const Money left = sides.left != nullptr ? sides.left->amount : Money{};
  return (sides.right != nullptr ? sides.right->amount : Money{}) - left;
}

Result<DifferenceSum> Difference::charges(const Sides<ChargeRecord>& sides, bool equal) {
  const uint64_t differing = equal ? 0 : 1;
  DifferenceSum sum;
  sum.largest = difference_of(sides).micros;
  sum.records = differing;
  sum.amounts = sum.largest != 0 ? 1 : 0;
  const auto count = [&](const ChargeRecord& charge, Int128 DifferenceSum::*side) {
    sum.*side = charge.amount.micros;
    DifferenceSum one;
    one.*side = charge.amount.micros;
    return one;
  };
  if (sides.left != nullptr && sides.right != nullptr && group_of(*sides.left) == group_of(*sides.right)) {
    (void)count(*sides.left, &DifferenceSum::left);
    (void)count(*sides.right, &DifferenceSum::right);
    totals_.groups[group_of(*sides.left)].add(sum);
  } else {
    for (const auto& [charge, side] :
         {std::pair(sides.left, &DifferenceSum::left), std::pair(sides.right, &DifferenceSum::right)}) {
      if (charge == nullptr) continue;
      DifferenceSum one = count(*charge, side);
      one.records = differing;
      one.amounts = sum.amounts;
      one.largest = static_cast<int64_t>(one.difference());
      totals_.groups[group_of(*charge)].add(one);
    }
  }
  totals_.kinds[static_cast<std::size_t>(sides.any().kind)].add(sum);
  totals_.total.add(sum);
  if (equal) return sum;
  if (auto told = sink_.charge(sides); !told) return tl::unexpected(told.error());
  return sum;
}

Result<DifferenceSum> Difference::access(const Sides<AccessRecord>& sides, bool equal) {
  DifferenceSum sum;
  if (equal) return sum;
  sum.records = 1;
  ++totals_.access_records;
  ++totals_.total.records;
  if (auto told = sink_.access(sides); !told) return tl::unexpected(told.error());
  return sum;
}

void append_difference_json(std::string& out, const Sides<ChargeRecord>& sides) {
  append_sides(out, sides, kind_name(sides.any().kind), difference_of(sides));
}

void append_difference_json(std::string& out, const Sides<AccessRecord>& sides) {
  append_sides(out, sides, access_type_name(sides.any().type), Money{});
}

void append_difference_json(std::string& line, const DifferenceTotals& totals) {
  ObjectWriter out(line);
  ObjectWriter inner(out.member("totals"));
  inner.text("left", format_wide_money(totals.total.left));
  inner.text("right", format_wide_money(totals.total.right));
  inner.text("difference", format_wide_money(totals.total.difference()));
  inner.integer("records", totals.total.records);
  inner.integer("subscribers", totals.subscribers);
  inner.close();
  out.close();
}

}  // namespace subledger
