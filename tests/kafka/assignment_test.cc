// The group's assignments, as a topic grows meanwhile.
#include <librdkafka/rdkafka.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <mutex>

#include "connectors/kafka/handle.h"
#include "connectors/kafka/settings.h"
#include "tests/kafka/fixture.h"

using namespace subledger;
using namespace subledger::test;

namespace {

using Values = std::vector<std::string>;

/// How many lines with the text are logged while this lives.
class LogLines {
 public:
  explicit LogLines(std::string text) : sink_(new Sink) {
    sink_->text = std::move(text);
    spdlog::default_logger()->sinks().push_back(spdlog::sink_ptr(sink_));
  }
  LogLines(const LogLines&) = delete;
  LogLines& operator=(const LogLines&) = delete;
  ~LogLines() { spdlog::default_logger()->sinks().pop_back(); }
  int seen() const { return sink_->seen; }

 private:
  struct Sink final : spdlog::sinks::base_sink<std::mutex> {
    void sink_it_(const spdlog::details::log_msg& line) override {
      if (std::string_view(line.payload.data(), line.payload.size()).find(text) != std::string::npos) ++seen;
    }
    void flush_() override {}
    std::string text;
    std::atomic<int> seen = 0;
  };
  Sink* sink_;  // the logger's
};

/// The topic of events has two partitions afterwards.
void add_partition(const KafkaLogOptions& options) {
  struct Silent final : kafka::ClientEvents {};
  Silent silent;
  const auto client =
      must(kafka::Client::make(kafka::ClientKind::producer, kafka::reader_settings(options), silent));
  const auto topic = kafka::topic_of(options, Topic::events);
  std::array<char, 256> error{};
  const std::unique_ptr<rd_kafka_NewPartitions_t, decltype(&rd_kafka_NewPartitions_destroy)> wanted(
      rd_kafka_NewPartitions_new(topic.c_str(), 2, error.data(), error.size()),
      &rd_kafka_NewPartitions_destroy);
  const std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> queue(
      rd_kafka_queue_new(client->get()), &rd_kafka_queue_destroy);
  std::array request{wanted.get()};
  rd_kafka_CreatePartitions(client->get(), request.data(), request.size(), nullptr, queue.get());
  const std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)> answer(
      rd_kafka_queue_poll(queue.get(), 30'000), &rd_kafka_event_destroy);
  BOOST_REQUIRE(answer);
  BOOST_REQUIRE_MESSAGE(rd_kafka_event_error(answer.get()) == RD_KAFKA_RESP_ERR_NO_ERROR,
                        rd_kafka_event_error_string(answer.get()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(assignment)

/// A lane at whose first assignment the topic gets another partition. Where the library notices before the
/// lane has answered, it joins again without a word.
BOOST_AUTO_TEST_CASE(assignment_without_a_revocation_is_a_loss) {
  auto options = fresh_options();
  options.properties["topic.metadata.refresh.interval.ms"] = "50";
  LogFixture fixture(options, 1);
  const LanePorts lane = fixture.open_lane(0);
  struct Growing final : OwnershipListener {
    Growing(const KafkaLogOptions& of, SourcePort& reads) : options(of), source(reads) {}
    void assigned(std::span<const int32_t> partitions) override {
      told.push_back("assigned " + std::to_string(partitions.size()));
      if (told.size() > 1) return;
      const LogLines lines("partition count changed from 1 to 2");
      add_partition(options);
      // The lane's reader, and the log's administrator, which has asked for the topic too.
      until("the library notices", [&] { return lines.seen() == 2; });
    }
    void revoked(std::span<const int32_t> partitions) override {
      told.push_back("revoked " + std::to_string(partitions.size()));
    }
    void lost(std::span<const int32_t> partitions) override {
      told.push_back("lost " + std::to_string(partitions.size()));
    }
    void unreadable(int32_t, const Fault& why) override { BOOST_ERROR(why.message); }
    const KafkaLogOptions& options;
    SourcePort& source;
    Values told;
  } listener(options, *lane.source);
  until("both partitions are assigned", [&] {
    must(lane.source->poll(50, 10, listener));
    return !listener.told.empty() && listener.told.back() == "assigned 2";
  });
  BOOST_TEST(listener.told == (Values{"assigned 1", "lost 1", "assigned 2"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
