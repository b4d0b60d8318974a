#include "connectors/kafka/source.h"

#include <librdkafka/rdkafka.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace subledger::kafka {

Source::Source(const KafkaLogOptions& options, MemberNames names)
    : options_(options), topic_(topic_of(options, Topic::events)), membership_(options, std::move(names)) {}

Result<std::unique_ptr<Source>> Source::open(const KafkaLogOptions& options, const LaneOptions& lane) {
  std::unique_ptr<Source> source(new Source(options, member_names(lane)));
  const auto settings = member_settings(options, source->membership_.names());
  auto client = Client::make(ClientKind::consumer, settings, *source);
  if (!client) return tl::unexpected(client.error());
  const auto partitions = count_partitions(options, **client, source->topic_);
  if (!partitions) return tl::unexpected(partitions.error());
  if (*partitions < 0)
    return failed("kafka: there is no topic " + source->topic_ + "; 'topics create' makes it");

  const PartitionList topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), source->topic_.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto error = rd_kafka_subscribe((*client)->get(), topics.get());
      error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return failed("kafka: cannot join group " + lane.group + ": " + describe(error));
  }
  source->membership_.join(std::move(*client));
  source->feed_.emplace(options, source->membership_.consumer(), source->topic_);
  return source;
}

Result<std::span<const LogRecord>> Source::poll(int timeout_ms, std::size_t records_max,
                                                OwnershipListener& listener) {
  listener_ = &listener;
  auto records = feed_->poll(timeout_ms, records_max);
  listener_ = nullptr;
  if (membership_.instance_fenced(0)) return tl::unexpected(membership_.fenced_fault());
  if (rebalance_fault_) return tl::unexpected(std::exchange(rebalance_fault_, std::nullopt).value());
  return records;
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
