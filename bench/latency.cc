// Latency in an open loop: events are appended when they are due, whatever became of those before, and each
// counts from when it was due. The workload gives one charge for each event, so the k-th charge of a
// partition answers its k-th event.
#include <librdkafka/rdkafka.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include "bench/benches.h"
#include "bench/engine_run.h"
#include "bench/passthrough.h"
#include "connectors/kafka/handle.h"
#include "connectors/kafka/settings.h"
#include "events/partitioner.h"

namespace subledger::bench {
namespace {

constexpr auto ready_wait = std::chrono::seconds(60);
constexpr auto drain_wait = std::chrono::seconds(30);
constexpr auto look_interval = std::chrono::milliseconds(5);
constexpr int poll_ms = 10;
constexpr std::size_t poll_records = 1'000;

/// When each event was due, by partition: written by the appender before it sends, read once its charge is
/// there.
class Schedule {
 public:
  Schedule(int32_t partitions, uint64_t events) {
    for (int32_t i = 0; i < partitions; ++i) due_.emplace_back(events);
  }
  void set(int32_t partition, uint64_t number, Clock::time_point due) {
    due_[static_cast<std::size_t>(partition)][number] = due.time_since_epoch().count();
  }
  Clock::time_point get(int32_t partition, uint64_t number) const {
    return Clock::time_point(Clock::duration(due_[static_cast<std::size_t>(partition)][number]));
  }

 private:
  std::vector<std::vector<std::atomic<Clock::rep>>> due_;
};

class Deliveries final : public kafka::ClientEvents {
 public:
  void delivery(int error, rd_kafka_message_s&) override {
    if (error != 0) give_up("an event was not stored: " + kafka::describe(error));
  }
};

uint64_t events_of(const LatencyOptions& options) {
  return static_cast<uint64_t>((options.warm_seconds + options.seconds) *
                               static_cast<double>(options.per_second));
}

void append(const LatencyOptions& options, Schedule& schedule) {
  const KafkaLogOptions log = kafka_options(options.engine.log);
  auto settings = kafka::writer_settings(log, "");
  // With none, each event is a request of its own: the broker is busy with those in place of the
  // contestant's, and with five of a partition under way librdkafka polls without a pause until one is
  // answered.
  settings["linger.ms"] = "1";
  Deliveries deliveries;
  const auto client = must(kafka::Client::make(kafka::ClientKind::producer, settings, deliveries));
  const kafka::TopicHandle topic(
      rd_kafka_topic_new(client->get(), kafka::topic_of(log, Topic::events).c_str(), nullptr));
  Workload workload(options.workload);
  std::vector<uint64_t> sent(static_cast<std::size_t>(options.partitions));
  const auto begun = Clock::now();
  for (uint64_t i = 0; i < events_of(options); ++i) {
    const auto due = begun + std::chrono::nanoseconds(i * 1'000'000'000 / options.per_second);
    const WorkloadRecord& event = workload.next();
    const int32_t partition = partition_of(event.key, options.partitions);
    schedule.set(partition, sent[static_cast<std::size_t>(partition)]++, due);
    if (Clock::now() < due) {
      rd_kafka_poll(client->get(), 0);
      std::this_thread::sleep_until(due);
    }
    const std::string& value = event.value;
    if (rd_kafka_produce(topic.get(), partition, RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK,
                         const_cast<char*>(value.data()), value.size(), event.key.data(), event.key.size(),
                         nullptr) != 0) {
      give_up("cannot append: " + kafka::describe(rd_kafka_last_error()));
    }
  }
  rd_kafka_flush(client->get(), 60'000);
}

/// Milliseconds of each event that was due after the warm part.
std::vector<double> receive(Log& log, const LatencyOptions& options, const Schedule& schedule,
                            const std::atomic<Clock::rep>& deadline) {
  const auto reader = must(log.open_reader(Topic::charges));
  for (int32_t partition = 0; partition < options.partitions; ++partition) {
    must(reader->seek(Topic::charges, partition, 0));
  }
  const auto warm_events =
      static_cast<uint64_t>(options.warm_seconds * static_cast<double>(options.per_second));
  // What has no state passes the catalog's record as well.
  const uint64_t catalogs = options.through_engine ? 0 : 1;
  std::vector<uint64_t> received(static_cast<std::size_t>(options.partitions));
  std::vector<double> latencies;
  for (uint64_t total = 0; total < events_of(options);) {
    for (const LogRecord& record : must(reader->poll(poll_ms, poll_records))) {
      const auto now = Clock::now();
      const uint64_t number = received[static_cast<std::size_t>(record.partition)]++;
      if (number < catalogs) continue;
      const auto due = schedule.get(record.partition, number - catalogs);
      if (++total > warm_events) latencies.push_back(seconds_between(due, now) * 1'000);
    }
    if (Clock::now().time_since_epoch().count() > deadline) {
      give_up(std::to_string(events_of(options) - total) + " charges did not come");
    }
  }
  return latencies;
}

/// Starts what is measured, and ends it.
class Contestant {
 public:
  explicit Contestant(const LatencyOptions& options) : options_(options) {
    if (options.through_engine) {
      engine_.emplace(committed_, WatchedRun::Counts::chunks);
      thread_ = std::thread([this] { engine_->run(options_.engine, false, stop_); });
    } else {
      passthrough_.emplace(options.passthrough, committed_, false);
    }
  }
  ~Contestant() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  bool ready() const {
    return engine_ ? engine_->ready() == options_.partitions
                   : passthrough_->ready() == options_.passthrough.lanes;
  }
  uint64_t transactions() const { return engine_ ? engine_->transactions() : passthrough_->transactions(); }

 private:
  const LatencyOptions& options_;
  Committed committed_{1};
  std::atomic<bool> stop_{false};
  std::optional<WatchedRun> engine_;
  std::thread thread_;
  std::optional<Passthrough> passthrough_;
};

}  // namespace

Report measure_latency(const LatencyOptions& options) {
  const auto log = open(options.engine.log);
  fill(*log, options.partitions, options.workload, 0);
  LogChoice out = options.engine.log;
  out.topic_prefix = options.passthrough.out_prefix;
  const auto out_log = options.through_engine ? open(options.engine.log) : open(out);
  must(out_log->create_topics(options.partitions));
  Contestant contestant(options);
  const auto give_up_at = Clock::now() + ready_wait;
  while (!contestant.ready()) {
    if (Clock::now() > give_up_at) give_up("the contestant does not become ready");
    std::this_thread::sleep_for(look_interval);
  }
  Schedule schedule(options.partitions, events_of(options));
  std::atomic<Clock::rep> deadline{Clock::time_point::max().time_since_epoch().count()};
  std::vector<double> latencies;
  std::thread receiver([&] { latencies = receive(*out_log, options, schedule, deadline); });
  append(options, schedule);
  deadline = (Clock::now() + drain_wait).time_since_epoch().count();
  receiver.join();
  Report report;
  report["per_second"] = options.per_second;
  add_quantiles(report, std::move(latencies));
  report["transactions"] = contestant.transactions();
  return report;
}

}  // namespace subledger::bench
