#include "connectors/kafka/predecessors.h"

#include <librdkafka/rdkafka.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "connectors/kafka/outcome.h"
#include "connectors/kafka/producing.h"

namespace subledger::kafka {

bool Predecessors::settle(const Client& asking, const std::string& writer, bool pressing) {
  const std::string stem = names_.group + "-";
  if (writer == names_.transactional_id || !writer.starts_with(stem) || fenced_.contains(writer))
    return false;
  if (pressing || !roster_) roster_ = Roster::ask(options_, asking, names_.group);
  if (!roster_ || roster_->id_of(std::string_view(writer).substr(stem.size()))) return false;
  return fence(writer);
}

bool Predecessors::fence(const std::string& writer) {
  const auto start = std::chrono::steady_clock::now();
  auto producing = Producing::open(options_, writer_settings(options_, writer));
  if (!producing) return false;
  const ErrorHandle error(rd_kafka_init_transactions((*producing)->handle(), options_.wait_ms));
  if (error) {
    spdlog::warn("kafka writer of a member that is gone cannot be fenced id={} error=\"{}\"", writer,
                 rd_kafka_error_string(error.get()));
    if (classify(rd_kafka_error_code(error.get())) == ErrorClass::permanent) fenced_.insert(writer);
    return false;
  }
  fenced_.insert(writer);
  const auto took = std::chrono::steady_clock::now() - start;
  spdlog::info("kafka writer of a member that is gone fenced id={} ms={}", writer,
               std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
  return true;
}

}  // namespace subledger::kafka
