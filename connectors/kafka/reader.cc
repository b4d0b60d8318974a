#include "connectors/kafka/reader.h"

#include <utility>

namespace subledger::kafka {

Result<std::unique_ptr<Reader>> Reader::open(const KafkaLogOptions& options, Topic topic) {
  std::unique_ptr<Reader> reader(new Reader(options, topic));
  // Never joined nor committed to; librdkafka assigns partitions only to a consumer that has a group's name.
  const auto settings = outsider_settings(options, options.topic_prefix + "reader");
  auto client = Client::make(ClientKind::consumer, settings, *reader);
  if (!client) return tl::unexpected(client.error());
  reader->client_ = std::move(*client);
  const auto name = topic_of(options, topic);
  const auto partitions = count_partitions(options, *reader->client_, name);
  if (!partitions) return tl::unexpected(partitions.error());
  if (*partitions < 0) return unreachable("kafka: there is no topic " + name + "; 'topics create' makes it");
  reader->feed_.emplace(options, *reader->client_, name);
  return reader;
}

Result<OffsetRange> Reader::range(Topic topic, int32_t partition) {
  return query_range(options_, *client_, topic_of(options_, topic), partition);
}

Result<void> Reader::seek(Topic topic, int32_t partition, int64_t offset) {
  if (topic != topic_) return failed("kafka: this reader is of topic " + topic_of(options_, topic_));
  return feed_->seek(partition, offset);
}

Result<std::span<const LogRecord>> Reader::poll(int timeout_ms, std::size_t records_max) {
  return feed_->poll(timeout_ms, records_max);
}

std::vector<Header> Reader::headers(const LogRecord& record) { return headers_of(record); }

bool Reader::passed(int32_t partition, int64_t end) { return feed_->passed(partition, end); }

}  // namespace subledger::kafka
