// Writers outside the engine: one whose records are durable by themselves, and one whose records appear all
// at once.
#pragma once

#include "connectors/kafka/producing.h"

namespace subledger::kafka {

class Writer final : public WriterPort {
 public:
  static Result<std::unique_ptr<Writer>> open(const KafkaLogOptions& options);

  Result<void> append(const NewRecord& record) override;
  Result<void> flush() override;

 private:
  explicit Writer(std::unique_ptr<Producing> producing) : producing_(std::move(producing)) {}

  std::unique_ptr<Producing> producing_;
};

/// One at a time for a log: a later one fences an earlier one, whose transaction then never appears.
class AtomicWriter final : public WriterPort {
 public:
  static Result<std::unique_ptr<AtomicWriter>> open(const KafkaLogOptions& options);
  ~AtomicWriter() override;

  Result<void> append(const NewRecord& record) override;
  Result<void> flush() override;

 private:
  AtomicWriter(const KafkaLogOptions& options, std::unique_ptr<Producing> producing);
  Result<void> end_with(int code, const std::string& message, bool commit_was_asked);

  const int timeout_ms_;
  std::unique_ptr<Producing> producing_;
  bool open_ = false;  ///< a transaction is
};

}  // namespace subledger::kafka
