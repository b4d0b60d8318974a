#include "engine/store_difference.h"

#include <memory_resource>
#include <optional>

#include "engine/row_cursor.h"
#include "events/codec.h"
#include "projections/rows.h"

namespace subledger {
namespace {

constexpr uint64_t progress_interval = 1'000;

/// What an event's row holds of one side, decoded. Views are into the row and the scratch.
struct Side {
  std::string_view charge_bytes;
  std::string_view access_bytes;
  std::optional<ChargeRecord> charge;
  std::optional<AccessRecord> access;
};

tl::unexpected<Fault> damaged() {
  return unreachable("an event row is damaged; remove the store to rebuild it from the log");
}

class StoreComparison {
 public:
  StoreComparison(const StorePair& stores, const StoreDifferenceOptions& options, Difference& difference)
      : options_(options),
        difference_(difference),
        left_(stores.left, prefix()),
        right_(stores.right, prefix()) {}

  Result<bool> run() {
    for (;;) {
      const auto left = left_.row();
      if (!left) return tl::unexpected(left.error());
      const auto right = right_.row();
      if (!right) return tl::unexpected(right.error());
      if (*left == nullptr && *right == nullptr) break;
      const bool has_left = *right == nullptr || (*left != nullptr && (*left)->key <= (*right)->key);
      const bool has_right = *left == nullptr || (*right != nullptr && (*right)->key <= (*left)->key);
      if (auto compared = compare(has_left ? *left : nullptr, has_right ? *right : nullptr); !compared) {
        return tl::unexpected(compared.error());
      }
      if (has_left) left_.advance();
      if (has_right) right_.advance();
      if (++events_ % progress_interval != 0) continue;
      if (options_.progress) options_.progress(progress_interval);
      if (options_.go_on && !options_.go_on()) return false;
    }
    finish_subscriber();
    if (options_.progress) options_.progress(events_ % progress_interval);
    return true;
  }

 private:
  std::string prefix() const {
    if (!options_.subscriber) return {event_prefix};
    return std::string(std::string_view(events_prefix(*options_.subscriber)));
  }

  Result<void> compare(const RowCursor::Row* left, const RowCursor::Row* right) {
    scratch_.release();
    const auto a = read(left);
    if (!a) return tl::unexpected(a.error());
    const auto b = read(right);
    if (!b) return tl::unexpected(b.error());
    const auto at = [](const auto& record) { return record ? &*record : nullptr; };
    if (a->charge || b->charge) {
      const Sides<ChargeRecord> sides{at(a->charge), at(b->charge)};
      if (auto added = add(sides, difference_.charges(sides, a->charge_bytes == b->charge_bytes)); !added) {
        return added;
      }
    }
    if (a->access || b->access) {
      const Sides<AccessRecord> sides{at(a->access), at(b->access)};
      if (auto added = add(sides, difference_.access(sides, a->access_bytes == b->access_bytes)); !added) {
        return added;
      }
    }
    return {};
  }

  /// Nothing, of an event beyond the end.
  Result<Side> read(const RowCursor::Row* row) {
    Side side;
    if (row == nullptr) return side;
    const auto parsed = parse_event_row(row->value);
    if (!parsed) return damaged();
    if (!parsed->charge.empty()) {
      const auto charge = decode_charge(parsed->charge, scratch_);
      if (!charge) return damaged();
      if (charge->source.offset >= options_.end) return side;
      side.charge = *charge;
      side.charge_bytes = parsed->charge;
    }
    if (!parsed->access.empty()) {
      const auto access = decode_access(parsed->access, scratch_);
      if (!access) return damaged();
      if (access->source.offset >= options_.end) return side;
      side.access = *access;
      side.access_bytes = parsed->access;
    }
    return side;
  }

  /// Rows come by subscriber.
  template <class Record>
  Result<void> add(const Sides<Record>& sides, const Result<DifferenceSum>& sum) {
    if (!sum) return tl::unexpected(sum.error());
    const Msisdn subscriber = sides.any().subscriber;
    if (subscriber_ && *subscriber_ != subscriber) finish_subscriber();
    subscriber_ = subscriber;
    sum_.add(*sum);
    return {};
  }

  void finish_subscriber() {
    if (subscriber_) difference_.totals().finish({*subscriber_, std::exchange(sum_, {})});
    subscriber_.reset();
  }

  const StoreDifferenceOptions& options_;
  Difference& difference_;
  RowCursor left_;
  RowCursor right_;
  uint64_t events_ = 0;
  std::optional<Msisdn> subscriber_;
  DifferenceSum sum_;
  std::array<std::byte, 16 * 1024> bytes_;
  std::pmr::monotonic_buffer_resource scratch_{bytes_.data(), bytes_.size()};
};

}  // namespace

Result<bool> compare_stores(const StorePair& stores, const StoreDifferenceOptions& options,
                            Difference& difference) {
  return StoreComparison(stores, options, difference).run();
}

}  // namespace subledger
