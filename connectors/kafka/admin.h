// Making topics and looking at how they are made.
#pragma once

#include <map>
#include <string>

#include "connectors/kafka/handle.h"

namespace subledger::kafka {

struct TopicSpec {
  std::string name;
  int32_t partitions = 1;
  std::map<std::string, std::string> properties;
};

class Admin final : private ClientEvents {
 public:
  static Result<std::unique_ptr<Admin>> open(const KafkaLogOptions& options);

  /// -1: there is no such topic.
  Result<int32_t> partitions(const std::string& topic);
  Result<std::map<std::string, std::string>> properties(const std::string& topic);
  /// Returns once the topic can be used. False: it was there before.
  Result<bool> create(const TopicSpec& spec);
  Result<std::string> cluster_id();

 private:
  explicit Admin(const KafkaLogOptions& options) : options_(options) {}
  Result<int> replication_factor();

  const KafkaLogOptions& options_;
  std::unique_ptr<Client> client_;
};

/// The four topics as `topics create` makes them.
std::vector<TopicSpec> topic_specs(const KafkaLogOptions& options, int32_t partitions);
/// The word against properties of the events topic that break a guarantee, if any (interfaces 1).
Result<void> check_events_topic(const std::string& topic,
                                const std::map<std::string, std::string>& properties);

}  // namespace subledger::kafka
