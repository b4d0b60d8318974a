#include "bench/input.h"

#include <librdkafka/rdkafka.h>

#include <array>

#include "connectors/kafka/handle.h"
#include "connectors/kafka/settings.h"
#include "engine/meta.h"
#include "events/codec.h"
#include "events/money.h"
#include "events/partitioner.h"
#include "ops/open_log.h"
#include "projections/rows.h"

namespace subledger::bench {
namespace {

constexpr std::string_view kafka_scheme = "kafka://";
constexpr int poll_ms = 100;
constexpr int answer_ms = 30'000;
constexpr std::size_t poll_records = 10'000;

using Topics = std::unique_ptr<const struct rd_kafka_metadata, decltype(&rd_kafka_metadata_destroy)>;

Topics all_topics(const kafka::Client& client) {
  const struct rd_kafka_metadata* raw = nullptr;
  const auto error = rd_kafka_metadata(client.get(), 1, nullptr, &raw, answer_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) give_up("cannot list topics: " + kafka::describe(error));
  return {raw, &rd_kafka_metadata_destroy};
}

void delete_topics(const kafka::Client& client, const std::vector<std::string>& names) {
  std::vector<rd_kafka_DeleteTopic_t*> topics;
  for (const std::string& name : names) topics.push_back(rd_kafka_DeleteTopic_new(name.c_str()));
  const std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> queue(
      rd_kafka_queue_new(client.get()), &rd_kafka_queue_destroy);
  rd_kafka_DeleteTopics(client.get(), topics.data(), topics.size(), nullptr, queue.get());
  rd_kafka_DeleteTopic_destroy_array(topics.data(), topics.size());
  const std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)> event(
      rd_kafka_queue_poll(queue.get(), answer_ms), &rd_kafka_event_destroy);
  if (!event || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    give_up("cannot delete topics");
}

}  // namespace

KafkaLogOptions kafka_options(const LogChoice& choice) {
  if (!choice.url.starts_with(kafka_scheme)) give_up("this measure needs a log on Kafka: kafka://HOST:PORT");
  KafkaLogOptions options;
  options.bootstrap = choice.url.substr(kafka_scheme.size());
  options.topic_prefix = choice.topic_prefix;
  options.properties = choice.properties;
  return options;
}

std::unique_ptr<Log> open(const LogChoice& choice) {
  KafkaLogOptions options;
  options.topic_prefix = choice.topic_prefix;
  options.properties = choice.properties;
  return must(ops::open_log(choice.url, options));
}

void fill(Log& log, int32_t partitions, const WorkloadOptions& workload, uint64_t events) {
  must(log.create_topics(partitions));
  Workload source(workload);
  const auto writer = must(log.open_writer(false));
  const auto append = [&](const WorkloadRecord& made, int32_t partition) {
    NewRecord record;
    record.topic = Topic::events;
    record.partition = partition;
    record.key = made.key;
    record.value = made.value;
    must(writer->append(record));
  };
  const WorkloadRecord catalog = source.catalog();
  for (int32_t partition = 0; partition < partitions; ++partition) append(catalog, partition);
  for (uint64_t i = 0; i < events; ++i) {
    const WorkloadRecord& made = source.next();
    append(made, partition_of(made.key, partitions));
  }
  must(writer->flush());
}

void clear(const LogChoice& choice, bool keep_events) {
  const KafkaLogOptions options = kafka_options(choice);
  kafka::ClientEvents silent;
  const auto client =
      must(kafka::Client::make(kafka::ClientKind::producer, kafka::writer_settings(options, ""), silent));
  const std::string events = kafka::topic_of(options, Topic::events);
  const Topics topics = all_topics(*client);
  std::vector<std::string> names;
  for (int i = 0; i < topics->topic_cnt; ++i) {
    const std::string name = topics->topics[i].topic;
    if (name.starts_with(choice.topic_prefix) && !(keep_events && name == events)) names.push_back(name);
  }
  const auto log = open(choice);
  const int32_t partitions = keep_events ? must(kafka::count_partitions(options, *client, events)) : 0;
  if (!names.empty()) delete_topics(*client, names);
  if (keep_events) must(log->create_topics(partitions));
}

std::vector<int64_t> ends_of(Log& log, Topic topic) {
  const auto reader = must(log.open_reader(topic));
  std::vector<int64_t> ends;
  for (int32_t partition = 0; partition < must(log.partitions()); ++partition) {
    ends.push_back(must(reader->range(topic, partition)).end);
  }
  return ends;
}

void ChargeHash::add(std::string_view charge_record) {
  std::array<std::byte, 4096> bytes;
  std::pmr::monotonic_buffer_resource scratch(bytes.data(), bytes.size());
  const auto charge = decode_charge(charge_record, scratch);
  if (!charge) give_up("a charge record cannot be decoded: " + charge.error().detail);
  std::string row;
  append_money(row, charge->amount);
  append_money(row, charge->from_bonus);
  append_money(row, charge->balance);
  row += std::to_string(charge->sequence);
  sum_.add(hash_row(format_uuid(charge->charge_id), row));
}

std::string ChargeHash::text() const { return format_hash(sum_.sum()); }

std::string hash_charges(Log& log, const std::vector<int64_t>& from) {
  const auto reader = must(log.open_reader(Topic::charges));
  ChargeHash hash;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto partition = static_cast<int32_t>(i);
    const OffsetRange range = must(reader->range(Topic::charges, partition));
    must(reader->seek(Topic::charges, partition, from[i]));
    while (!reader->passed(partition, range.end)) {
      for (const LogRecord& record : must(reader->poll(poll_ms, poll_records))) hash.add(*record.value);
    }
  }
  return hash.text();
}

StoredState stored_state(StoreFactory& stores, int32_t partitions) {
  StoredState state;
  SetHash sum;
  for (int32_t partition = 0; partition < partitions; ++partition) {
    const auto store = must(stores.open(partition));
    const auto row = must(store->get(meta_key));
    const auto meta = row ? parse_meta(*row) : std::nullopt;
    if (!meta) give_up("the store of partition " + std::to_string(partition) + " holds no state");
    state.counts.records += meta->counts.records;
    state.counts.accepted += meta->counts.accepted;
    state.counts.duplicates += meta->counts.duplicates;
    state.counts.rejected += meta->counts.rejected;
    sum.add(digest_of(*meta));
  }
  state.digest = format_hash(sum.sum());
  return state;
}

void add_state(Report& report, const StoredState& state) {
  report["accepted"] = state.counts.accepted;
  report["duplicates"] = state.counts.duplicates;
  report["rejected"] = state.counts.rejected;
  if (!state.digest.empty()) report["digest"] = state.digest;
}

}  // namespace subledger::bench
