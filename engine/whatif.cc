#include "engine/whatif.h"

#include <algorithm>
#include <memory_resource>
#include <unordered_map>

#include "engine/topic_cursor.h"
#include "events/codec.h"

namespace subledger {
namespace {

Decoded<ChargeRecord> decode(std::string_view value, std::pmr::memory_resource& scratch,
                             const ChargeRecord*) {
  return decode_charge(value, scratch);
}

Decoded<AccessRecord> decode(std::string_view value, std::pmr::memory_resource& scratch,
                             const AccessRecord*) {
  return decode_access(value, scratch);
}

Result<DifferenceSum> compare(Difference& difference, const Sides<ChargeRecord>& sides, bool equal) {
  return difference.charges(sides, equal);
}

Result<DifferenceSum> compare(Difference& difference, const Sides<AccessRecord>& sides, bool equal) {
  return difference.access(sides, equal);
}

/// What subscribers' records add up to. Looked up by number; in order only at the end.
class Subscribers {
 public:
  void add(Msisdn subscriber, const DifferenceSum& sum) { sums_[subscriber.number].add(sum); }

  void finish(DifferenceTotals& totals) {
    std::vector<uint64_t> numbers;
    numbers.reserve(sums_.size());
    for (const auto& each : sums_) numbers.push_back(each.first);
    std::ranges::sort(numbers);
    for (const uint64_t number : numbers) totals.finish({Msisdn{number}, sums_.at(number)});
  }

 private:
  std::unordered_map<uint64_t, DifferenceSum> sums_;
};

/// One topic of the log beside the same topic as the replay would have it.
template <class Record>
class TopicComparison {
 public:
  TopicComparison(TopicCursor log, const WhatIf& what_if, Difference& difference, Subscribers& subscribers)
      : log_(std::move(log)), what_if_(what_if), difference_(difference), subscribers_(subscribers) {}

  /// What the replay has next.
  Result<void> take(std::string_view value) {
    right_scratch_.release();
    const auto right = decode(value, right_scratch_, static_cast<const Record*>(nullptr));
    if (!right) return failed("a replayed record cannot be read: " + right.error().detail);
    if (auto passed = pass(right->source.offset); !passed) return passed;
    if (!left_ || left_->source.offset != right->source.offset) return compare_both(nullptr, &*right, false);
    const bool equal = left_bytes_ == value;
    if (auto compared = compare_both(&*left_, &*right, equal); !compared) return compared;
    drop();
    return {};
  }

  /// Compares what the log has of events before this one, which the replay has not.
  Result<void> pass(int64_t offset) {
    for (;;) {
      if (auto filled = fill(); !filled) return filled;
      if (!left_ || left_->source.offset >= offset) return {};
      if (auto compared = compare_both(&*left_, nullptr, false); !compared) return compared;
      drop();
    }
  }

 private:
  Result<void> fill() {
    if (left_) return {};
    const auto record = log_.record();
    if (!record) return tl::unexpected(record.error());
    if (*record == nullptr) return {};
    left_bytes_ = (*record)->value.value_or("");
    left_scratch_.release();
    const auto left = decode(left_bytes_, left_scratch_, static_cast<const Record*>(nullptr));
    if (!left) {
      return failed("the record at offset " + std::to_string((*record)->offset) + " of " +
                    std::string(topic_name(log_.topic())) + ", partition " +
                    std::to_string((*record)->partition) + ", cannot be read: " + left.error().detail);
    }
    left_ = *left;
    return {};
  }

  void drop() {
    left_.reset();
    log_.advance();
  }

  Result<void> compare_both(const Record* left, const Record* right, bool equal) {
    const Sides<Record> sides{left, right};
    const Timestamp at = sides.any().occurred_at;
    if ((what_if_.from && at < *what_if_.from) || (what_if_.to && at >= *what_if_.to)) return {};
    const auto sum = compare(difference_, sides, equal);
    if (!sum) return tl::unexpected(sum.error());
    subscribers_.add(sides.any().subscriber, *sum);
    return {};
  }

  TopicCursor log_;
  const WhatIf& what_if_;
  Difference& difference_;
  Subscribers& subscribers_;
  std::string_view left_bytes_;
  std::optional<Record> left_;
  std::pmr::monotonic_buffer_resource left_scratch_;
  std::pmr::monotonic_buffer_resource right_scratch_;
};

}  // namespace

Result<bool> compare_with_log(Log& log, StorePort& scratch, const WhatIf& what_if, const ReplayHooks& hooks,
                              Difference& difference) {
  auto charge_log = TopicCursor::open(log, Topic::charges, what_if.partition);
  if (!charge_log) return tl::unexpected(charge_log.error());
  auto access_log = TopicCursor::open(log, Topic::access, what_if.partition);
  if (!access_log) return tl::unexpected(access_log.error());
  const auto reader = log.open_reader(Topic::events);
  if (!reader) return tl::unexpected(reader.error());
  Subscribers subscribers;
  TopicComparison<ChargeRecord> charges(*std::move(charge_log), what_if, difference, subscribers);
  TopicComparison<AccessRecord> access(*std::move(access_log), what_if, difference, subscribers);
  ReplayHooks comparing = hooks;
  comparing.outputs = [&](const Outputs& outputs) -> Result<void> {
    std::array<Header, Outputs::headers_max> headers;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const NewRecord record = outputs.record(i, headers);
      Result<void> taken;
      if (record.topic == Topic::charges) taken = charges.take(*record.value);
      if (record.topic == Topic::access) taken = access.take(*record.value);
      if (!taken) return taken;
    }
    return {};
  };
  Replay::Options options;
  options.partition = {what_if.partition, what_if.partitions, what_if.accounts_max};
  options.variation.catalogs = what_if.catalogs;
  auto replay = Replay::open(**reader, scratch, std::move(options));
  if (!replay) return tl::unexpected(replay.error());
  const auto ran = replay->run({what_if.end, {}}, comparing);
  if (!ran || !*ran) return ran;
  if (auto passed = charges.pass(what_if.end); !passed) return tl::unexpected(passed.error());
  if (auto passed = access.pass(what_if.end); !passed) return tl::unexpected(passed.error());
  subscribers.finish(difference.totals());
  return true;
}

}  // namespace subledger
