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

Source::Source(const KafkaLogOptions& options, MemberNames names)
    : options_(options), topic_(topic_of(options, Topic::events)), membership_(options, std::move(names)) {}

Result<std::unique_ptr<Source>> Source::open(const KafkaLogOptions& options, const LaneOptions& lane) {
  std::unique_ptr<Source> source(new Source(options, member_names(lane)));
  if (auto joined = source->join(); !joined) return tl::unexpected(joined.error());
  return source;
}

Result<void> Source::join() {
  auto client = Client::make(ClientKind::consumer, member_settings(options_, membership_.names()), *this);
  if (!client) return tl::unexpected(client.error());
  const auto partitions = count_partitions(options_, **client, topic_);
  if (!partitions) return tl::unexpected(partitions.error());
  if (*partitions < 0)
    return unreachable("kafka: there is no topic " + topic_ + "; 'topics create' makes it");
  feed_.reset();  // it holds records of the earlier consumer
  auto joined = membership_.join(std::move(*client), topic_);
  if (joined) feed_.emplace(options_, membership_.consumer(), topic_);
  return joined;
}

Result<std::span<const LogRecord>> Source::poll(int timeout_ms, std::size_t records_max,
                                                OwnershipListener& listener) {
  if (membership_.turned_away()) return turned_away(timeout_ms, listener);
  listener_ = &listener;
  auto records = feed_->poll(timeout_ms, records_max);
  listener_ = nullptr;
  if (membership_.turned_away()) return turned_away(timeout_ms, listener);
  if (rebalance_fault_) return tl::unexpected(std::exchange(rebalance_fault_, std::nullopt).value());
  return records;
}

/// librdkafka gives up for good when the broker turns a static member away. After an outage the newer member
/// may be this one's own earlier attempt to join, which nobody answers for: that one ends with its session,
/// and then the name is free. Another process goes on, and its member stays.
Result<std::span<const LogRecord>> Source::turned_away(int timeout_ms, OwnershipListener& listener) {
  if (!owned_.empty()) listener.lost(std::exchange(owned_, {}));
  if (membership_.undisturbed()) return tl::unexpected(membership_.superseded_fault());
  const auto held = membership_.name_is_held();
  if (held && !*held) {
    spdlog::warn("kafka member joins again after an outage member={}", membership_.names().group_instance);
    name_held_since_.reset();
    if (auto joined = join(); !joined) return tl::unexpected(joined.error());
    return std::span<const LogRecord>();
  }
  const auto now = std::chrono::steady_clock::now();
  if (!held) name_held_since_.reset();
  if (held && !name_held_since_) name_held_since_ = now;
  const auto patience = std::chrono::milliseconds(2 * session_timeout_ms(options_));
  if (held && now - *name_held_since_ > patience) return tl::unexpected(membership_.superseded_fault());
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
  const bool lost = rd_kafka_assignment_lost(consumer->get()) != 0;
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
  rd_kafka_assign(consumer->get(), nullptr);
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
