#include "connectors/kafka/source.h"

#include <librdkafka/rdkafka.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace subledger::kafka {
namespace {

constexpr int pause_max_ms = 200;

}  // namespace

Source::Source(const KafkaLogOptions& options, const LaneOptions& lane, OwnMembers& own)
    : options_(options), topic_(topic_of(options, Topic::events)), membership_(options, lane, own) {}

Result<std::unique_ptr<Source>> Source::open(const KafkaLogOptions& options, const LaneOptions& lane,
                                             OwnMembers& own) {
  std::unique_ptr<Source> source(new Source(options, lane, own));
  if (auto renewed = source->renew(); !renewed) return tl::unexpected(renewed.error());
  if (source->membership_.returns()) return source;
  if (auto joined = source->join(); !joined) return tl::unexpected(joined.error());
  return source;
}

Result<void> Source::renew() {
  auto client = Client::make(ClientKind::consumer, member_settings(options_, membership_.names()), *this);
  if (!client) return tl::unexpected(client.error());
  const auto partitions = count_partitions(options_, **client, topic_);
  if (!partitions) return tl::unexpected(partitions.error());
  if (*partitions < 0)
    return unreachable("kafka: there is no topic " + topic_ + "; 'topics create' makes it");
  feed_.reset();  // it holds records of the earlier consumer
  membership_.take(std::move(*client));
  feed_.emplace(options_, membership_.consumer(), topic_);
  fresh_ = true;
  return {};
}

Result<void> Source::join() {
  if (!fresh_) {
    if (auto renewed = renew(); !renewed) return renewed;
  }
  fresh_ = false;
  assignment_lost_ = false;
  another_for_certain_ = false;
  name_held_since_.reset();
  return membership_.join(topic_);
}

Result<std::span<const LogRecord>> Source::poll(int timeout_ms, std::size_t records_max,
                                                OwnershipListener& listener) {
  if (!membership_.joined()) return wait_for_name(timeout_ms);
  listener_ = &listener;
  auto records = feed_->poll(timeout_ms, records_max);
  listener_ = nullptr;
  if (!records && feed_->faulty()) {
    listener.unreadable(*feed_->faulty(), records.error());
    records = std::span<const LogRecord>();
  }
  const bool turned_away = membership_.turned_away();
  if (turned_away || assignment_lost_) {
    if (!owned_.empty()) listener.lost(std::exchange(owned_, {}));
    another_for_certain_ = membership_.undisturbed();
    membership_.leave();
    if (turned_away && another_for_certain_ && membership_.decides())
      return tl::unexpected(membership_.superseded_fault());
    return std::span<const LogRecord>();
  }
  if (rebalance_fault_) return tl::unexpected(std::exchange(rebalance_fault_, std::nullopt).value());
  return records;
}

/// A name once had is taken back from nobody or from this process itself. Whoever else has it may be this
/// process's own earlier attempt to join, which nobody answers for: that one ends with its session. Another
/// process goes on, and its member stays. Lane 0 finds that out for all lanes.
Result<std::span<const LogRecord>> Source::wait_for_name(int timeout_ms) {
  const auto holder = membership_.holder();
  if (holder == Holder::nobody || holder == Holder::this_process) {
    spdlog::warn("kafka member joins again member={}", membership_.names().group_instance);
    if (auto joined = join(); !joined) return tl::unexpected(joined.error());
    return std::span<const LogRecord>();
  }
  const auto now = std::chrono::steady_clock::now();
  if (holder == Holder::unknown) name_held_since_.reset();
  if (holder == Holder::another) {
    if (!name_held_since_) {
      name_held_since_ = now;
      spdlog::warn("kafka member waits, another has its name member={}", membership_.names().group_instance);
    }
    const auto patience = std::chrono::milliseconds(2 * session_timeout_ms(options_));
    if (membership_.decides() && (another_for_certain_ || now - *name_held_since_ > patience))
      return tl::unexpected(membership_.superseded_fault());
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(std::clamp(timeout_ms, 1, pause_max_ms)));
  return std::span<const LogRecord>();
}

void Source::rebalance(int error, rd_kafka_topic_partition_list_s* partitions) {
  if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    std::vector<int32_t> given;
    for (int i = 0; i < partitions->cnt; ++i) given.push_back(partitions->elems[i].partition);
    return give(std::move(given));
  }
  if (error != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
    rebalance_fault_ = Fault{Fault::Kind::failed, "kafka: group " + membership_.names().group +
                                                      " cannot share out the partitions: " + describe(error)};
  }
  take();
}

void Source::give(std::vector<int32_t> partitions) {
  // Where the metadata changes while an assignment is still being made, the library joins again without
  // having taken the partitions back. What is under way for them belongs to a generation that is over: as
  // after a loss, it must not be committed with the new one.
  if (!owned_.empty()) {
    spdlog::warn("kafka partitions assigned anew before they were revoked member={}",
                 membership_.names().group_instance);
    feed_->forget();
    assignment_lost_ = true;
    return;
  }
  std::ranges::sort(partitions);
  owned_ = std::move(partitions);
  membership_.capture();
  feed_->forget();
  spdlog::info("kafka partitions assigned member={} count={}", membership_.names().group_instance,
               owned_.size());
  if (listener_ != nullptr) listener_->assigned(owned_);
  // Also with nothing sought yet: the group goes on only once it is told that the assignment was seen.
  if (auto assigned = feed_->assign(); !assigned) rebalance_fault_ = assigned.error();
}

void Source::take() {
  const auto* consumer = &membership_.consumer();
  const bool lost = assignment_lost_ || rd_kafka_assignment_lost(consumer->get()) != 0;
  spdlog::info("kafka partitions {} member={} count={}", lost ? "lost" : "revoked",
               membership_.names().group_instance, owned_.size());
  if (listener_ != nullptr) {
    if (lost) {
      listener_->lost(owned_);
    } else {
      listener_->revoked(owned_);
    }
  }
  owned_.clear();
  feed_->forget();
  assignment_lost_ = lost;
  // Told that the loss was seen, the library would join again, and turn away whoever has the name by now.
  if (!lost) rd_kafka_assign(consumer->get(), nullptr);
}

Result<void> Source::seek(int32_t partition, int64_t offset) {
  if (!std::ranges::binary_search(owned_, partition)) {
    return failed("kafka: partition " + std::to_string(partition) + " of " + topic_ +
                  " is not assigned to member " + membership_.names().group_instance);
  }
  return feed_->seek(partition, offset);
}

Result<OffsetRange> Source::range(int32_t partition) {
  return query_range(options_, membership_.consumer(), topic_, partition);
}

std::vector<Header> Source::headers(const LogRecord& record) { return headers_of(record); }

bool Source::passed(int32_t partition, int64_t end) { return feed_->passed(partition, end); }

}  // namespace subledger::kafka
