// What the tests of the Kafka log share: a log of their own on the broker that SUBLEDGER_TEST_BROKER names.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "connectors/kafka/kafka_log.h"
#include "engine/ports.h"

namespace subledger::test {

/// Fails the test where it stands, with the fault's message.
template <class T>
T must(Result<T> result);
void must_be_fault(const Fault* fault, Fault::Kind kind, const std::string& part);
void must_be(StepOutcome wanted, const StepResult& step);

/// Calls `step` until it gives true; fails after half a minute.
void until(const std::string& what, const std::function<bool()>& step);

/// The address of the broker; fails clearly if there is none.
std::string bootstrap();

/// Where the broker keeps its logs, a directory for each partition.
std::string broker_data();

/// Options with a prefix that no other test uses.
KafkaLogOptions fresh_options();

/// A log of `partitions` empty partitions.
struct LogFixture {
  explicit LogFixture(int32_t partitions = 1) : LogFixture(fresh_options(), partitions) {}
  LogFixture(KafkaLogOptions with, int32_t partitions);

  LanePorts open_lane(int lane, const std::string& instance = "test") { return open(*log, lane, instance); }
  /// As another process would.
  LanePorts open_lane_elsewhere(int lane, const std::string& instance = "test") {
    return open(*elsewhere, lane, instance);
  }
  /// Appends events with the given values, in one transaction or none.
  void append_events(const std::vector<std::string>& values, bool atomic = false, int32_t partition = 0);
  /// All committed values of a partition, in order.
  std::vector<std::string> values(Topic topic, int32_t partition = 0);

  KafkaLogOptions options;
  std::unique_ptr<Log> log;
  std::unique_ptr<Log> elsewhere;

 private:
  LanePorts open(Log& on, int lane, const std::string& instance) const;
};

/// Seeks what it is given, to where `positions` says, else to 0.
struct Seeker final : OwnershipListener {
  explicit Seeker(SourcePort& of) : source(of) {}
  void assigned(std::span<const int32_t> partitions) override;
  void revoked(std::span<const int32_t> partitions) override;
  void lost(std::span<const int32_t> partitions) override;
  void unreadable(int32_t partition, const Fault& why) override { faults.emplace(partition, why); }

  SourcePort& source;
  std::map<int32_t, int64_t> positions;
  bool seeks = true;
  std::vector<int32_t> owned;
  int times_assigned = 0;
  int times_revoked = 0;
  int times_lost = 0;
  std::map<int32_t, Fault> faults;  ///< of partitions that cannot be read on
};

/// A lane with its seeker, and what it has read so far.
struct Member {
  explicit Member(LanePorts of);
  /// One poll; false: a fault, which is kept.
  bool poll();
  void poll_until_assigned();

  LanePorts lane;
  Seeker seeker;
  std::vector<std::string> values;
  std::optional<Fault> fault;
};

using Bytes = std::optional<std::string_view>;

NewRecord record_of(Topic topic, int32_t partition, Bytes key, Bytes value);
/// Bytes that no compression makes fewer: a topic's limit is of records as they are sent.
std::string noise(std::size_t size);

/// With the key "k".
NewRecord charge(std::string_view value, int32_t partition = 0);

template <class T>
T must(Result<T> result) {
  must_be(result ? StepOutcome::done : StepOutcome::fault,
          StepResult{StepOutcome::done, result ? std::string() : result.error().message});
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace subledger::test
