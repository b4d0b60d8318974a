#include "connectors/kafka/predecessors.h"

#include <librdkafka/rdkafka.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "connectors/kafka/outcome.h"

namespace subledger::kafka {
namespace {

/// The broker aborts an open transaction at the first request, and gives a new epoch to a later one, for
/// which librdkafka waits half a second. That may happen beside everything else.
constexpr int fencing_max_ms = 200;

}  // namespace

bool Predecessors::settle(const Client& asking, const std::string& writer, bool pressing) {
  if (pressing || !asked_) ask(asking);
  const std::string stem = names_.group + "-";
  bool fenced = false;
  if (writer.starts_with(stem) && is_gone(writer.substr(stem.size()))) fenced = fence(writer);
  if (fenced || !(pressing || writer.empty())) return fenced;
  for (const auto& lane : seen_) {
    if (is_gone(lane) && fence(stem + lane)) fenced = true;
  }
  return fenced;
}

void Predecessors::ask(const Client& asking) {
  asked_ = true;
  roster_ = Roster::ask(options_, asking, names_.group);
  if (!roster_) return;
  for (auto& name : roster_->names()) seen_.insert(std::move(name));
}

bool Predecessors::is_gone(const std::string& lane) const {
  return roster_ && lane != names_.group_instance && !roster_->id_of(lane);
}

bool Predecessors::fence(const std::string& writer) {
  if (fenced_.contains(writer)) return false;
  auto producing = Producing::open(options_, writer_settings(options_, writer));
  if (!producing) return false;
  const ErrorHandle error(rd_kafka_init_transactions((*producing)->handle(), fencing_max_ms));
  const bool under_way = error && rd_kafka_error_is_retriable(error.get()) != 0;
  if (error && !under_way) {
    spdlog::warn("kafka writer of a member that is gone cannot be fenced id={} error=\"{}\"", writer,
                 rd_kafka_error_string(error.get()));
    if (classify(rd_kafka_error_code(error.get())) == ErrorClass::permanent) fenced_.insert(writer);
    return false;
  }
  fenced_.insert(writer);
  if (under_way) fencing_.push_back(std::move(*producing));
  spdlog::info("kafka writer of a member that is gone fenced id={}", writer);
  return true;
}

}  // namespace subledger::kafka
