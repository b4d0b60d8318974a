// A reader of one topic from chosen offsets, outside any group; sees committed records only.
#pragma once

#include "connectors/kafka/feed.h"

namespace subledger::kafka {

class Reader final : public ReaderPort, private ClientEvents {
 public:
  static Result<std::unique_ptr<Reader>> open(const KafkaLogOptions& options, Topic topic);

  Result<OffsetRange> range(Topic topic, int32_t partition) override;
  Result<void> seek(Topic topic, int32_t partition, int64_t offset) override;
  Result<std::span<const LogRecord>> poll(int timeout_ms, std::size_t records_max) override;
  std::vector<Header> headers(const LogRecord& record) override;
  bool passed(int32_t partition, int64_t end) override;

 private:
  Reader(const KafkaLogOptions& options, Topic topic) : options_(options), topic_(topic) {}

  const KafkaLogOptions& options_;
  const Topic topic_;
  std::unique_ptr<Client> client_;
  std::optional<Feed> feed_;
};

}  // namespace subledger::kafka
