#include "connectors/kafka/kafka_log.h"

#include <librdkafka/rdkafka.h>
#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <thread>
#include <utility>

#include "connectors/kafka/admin.h"
#include "connectors/kafka/positions.h"
#include "connectors/kafka/reader.h"
#include "connectors/kafka/source.h"
#include "connectors/kafka/transactions.h"
#include "connectors/kafka/writer.h"

namespace subledger {
namespace kafka {
namespace {

constexpr auto look_again = std::chrono::milliseconds(50);
constexpr std::array all_topics = {Topic::events, Topic::charges, Topic::access, Topic::rejects};

class KafkaLog final : public Log {
 public:
  explicit KafkaLog(const KafkaLogOptions& options) : options_(options) {}

  Result<void> connect() {
    auto admin = Admin::open(options_);
    if (!admin) return tl::unexpected(admin.error());
    admin_ = std::move(*admin);
    return {};
  }

  Result<void> create_topics(int32_t partitions) override;
  Result<int32_t> partitions() override;
  Result<int32_t> partitions_now() override { return existing_partitions(Topic::events); }
  Result<std::string> identity() override;
  Result<Committed> position_of(const std::string& group, int32_t partition) override;
  Result<LanePorts> open_lane(const LaneOptions& lane) override;
  Result<std::unique_ptr<ReaderPort>> open_reader(Topic topic) override;
  Result<std::unique_ptr<WriterPort>> open_writer(bool atomic) override;

 private:
  Result<int32_t> existing_partitions(Topic topic);

  const KafkaLogOptions options_;
  std::unique_ptr<Admin> admin_;
  OwnMembers own_members_;
};

tl::unexpected<Fault> differing(const std::string& topic, int32_t found, int32_t wanted) {
  return failed("kafka: topic " + topic + " has " + std::to_string(found) + " partitions, not " +
                std::to_string(wanted) + ": all four topics need the same number, and it never changes" +
                "; use another --topic-prefix, or remove the topic if nothing is in it");
}

Result<void> KafkaLog::create_topics(int32_t partitions) {
  if (partitions < 1) return failed("kafka: a log needs at least one partition");
  const auto specs = topic_specs(options_, partitions);
  // Before anything is made: what is there must fit.
  for (const auto& spec : specs) {
    const auto found = admin_->partitions(spec.name);
    if (!found) return tl::unexpected(found.error());
    if (*found >= 0 && *found != partitions) return differing(spec.name, *found, partitions);
  }
  for (const auto& spec : specs) {
    const auto created = admin_->create(spec);
    if (!created) return tl::unexpected(created.error());
    spdlog::info("kafka topic {} topic={} partitions={}", *created ? "created" : "exists", spec.name,
                 partitions);
  }
  // Another broker than the one that made a topic may hear of it later.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.wait_ms);
  auto checked = this->partitions();
  while (!checked && checked.error().kind == Fault::Kind::unreachable &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(look_again);
    checked = this->partitions();
  }
  if (!checked) return tl::unexpected(checked.error());
  return {};
}

Result<int32_t> KafkaLog::existing_partitions(Topic topic) {
  const auto name = topic_of(options_, topic);
  auto count = admin_->partitions(name);
  if (count && *count < 0)
    return unreachable("kafka: there is no topic " + name + "; 'topics create' makes it");
  return count;
}

Result<int32_t> KafkaLog::partitions() {
  const auto events = existing_partitions(Topic::events);
  if (!events) return events;
  for (const auto topic : all_topics) {
    const auto found = existing_partitions(topic);
    if (!found) return found;
    if (*found != *events) return differing(topic_of(options_, topic), *found, *events);
  }
  const auto name = topic_of(options_, Topic::events);
  const auto properties = admin_->properties(name);
  if (!properties) return tl::unexpected(properties.error());
  if (auto fits = check_events_topic(name, *properties); !fits) return tl::unexpected(fits.error());
  return *events;
}

Result<std::string> KafkaLog::identity() {
  auto cluster = admin_->cluster_id();
  if (!cluster) return cluster;
  return "kafka:" + *cluster + ":" + options_.topic_prefix;
}

Result<Committed> KafkaLog::position_of(const std::string& group, int32_t partition) {
  auto positions = Positions::open(options_, group);
  if (!positions) return tl::unexpected(positions.error());
  return (*positions)->committed(partition).map(&WrittenPosition::committed);
}

Result<LanePorts> KafkaLog::open_lane(const LaneOptions& lane) {
  auto source = Source::open(options_, lane, own_members_);
  if (!source) return tl::unexpected(source.error());
  LanePorts ports;
  ports.transactions = std::make_unique<Transactions>(options_, (*source)->membership());
  ports.source = std::move(*source);
  return ports;
}

Result<std::unique_ptr<ReaderPort>> KafkaLog::open_reader(Topic topic) {
  return Reader::open(options_, topic);
}

Result<std::unique_ptr<WriterPort>> KafkaLog::open_writer(bool atomic) {
  if (atomic) return AtomicWriter::open(options_);
  return Writer::open(options_);
}

}  // namespace
}  // namespace kafka

Result<std::unique_ptr<Log>> open_kafka_log(const KafkaLogOptions& options) {
  if (auto checked = kafka::check_settings(options); !checked) return tl::unexpected(checked.error());
  auto log = std::make_unique<kafka::KafkaLog>(options);
  if (auto connected = log->connect(); !connected) return tl::unexpected(connected.error());
  return log;
}

std::string kafka_library_version() { return rd_kafka_version_str(); }

}  // namespace subledger
