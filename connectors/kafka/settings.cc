#include "connectors/kafka/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace subledger::kafka {
namespace {

struct Refusal {
  std::string_view property;
  std::string_view why;
};

constexpr std::string_view by_url = "the log's URL says it";
constexpr std::string_view by_name = "it is made of --group, --instance and the lane";
constexpr std::string_view by_commit = "positions are committed in the engine's own transactions only";
constexpr std::string_view by_once = "exactly-once depends on it";
constexpr std::string_view by_order = "an idempotent producer sets it by itself, and order depends on it";

constexpr std::array refusals = {
    Refusal{"acks", by_once},
    Refusal{"allow.auto.create.topics",
            "topics are made by 'topics create', which sets what the guarantees need"},
    Refusal{"api.version.request", by_once},
    Refusal{"auto.commit.enable", by_commit},
    Refusal{"auto.commit.interval.ms", by_commit},
    Refusal{"auto.offset.reset", "a position outside the log must stop the partition, not move it"},
    Refusal{"bootstrap.servers", by_url},
    Refusal{"broker.version.fallback", by_once},
    Refusal{"builtin.features", by_once},
    Refusal{"check.crcs", "damaged records must be noticed"},
    Refusal{"delivery.report.only.error", "without delivery reports a commit waits in steps of 10 ms"},
    Refusal{"enable.auto.commit", by_commit},
    Refusal{"enable.auto.offset.store", by_commit},
    Refusal{"enable.gapless.guarantee", by_once},
    Refusal{"enable.idempotence", by_once},
    Refusal{"enable.partition.eof", "the reader learns by it that it has passed a gap of offsets"},
    Refusal{"group.id", by_name},
    Refusal{"group.instance.id", by_name},
    Refusal{"isolation.level", "records of aborted transactions do not exist"},
    Refusal{"max.in.flight", by_order},
    Refusal{"max.in.flight.requests.per.connection", by_order},
    Refusal{"message.max.bytes", "rejects need the room of a whole event and its headers"},
    Refusal{"message.send.max.retries", by_order},
    Refusal{"metadata.broker.list", by_url},
    Refusal{"offset.store.method", by_commit},
    Refusal{"offset.store.path", by_commit},
    Refusal{"partition.assignment.strategy", "the engine expects 'range', which gives and takes all at once"},
    Refusal{"queuing.strategy", by_order},
    Refusal{"request.required.acks", by_once},
    Refusal{"retries", by_order},
    Refusal{"transactional.id", by_name},
};

constexpr int default_transaction_timeout_ms = 15'000;
/// The group waits as long for a lane that neither polls nor dies. Longer than any bounded wait of this
/// connector.
constexpr int max_poll_interval_ms = 300'000;

struct Bounds {
  std::string_view property;
  int min = 0;
  int max = 0;
  std::string_view why;
};

// The broker refuses a transaction timeout above its transaction.max.timeout.ms (15 minutes unless changed);
// what an instance leaves open when it dies holds up every reader for as long, so much less is the limit
// here.
constexpr std::array bounds = {
    Bounds{"transaction.timeout.ms", 2'000, 120'000,
           "an open transaction of a dead instance holds up readers so long"},
    Bounds{"queued.min.messages", 1'000, 10'000'000, "a full queue makes the reader back off for a second"},
    Bounds{"session.timeout.ms", 1'000, max_poll_interval_ms, "see --session-timeout-ms"},
};

std::optional<int> parse_int(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

int number(const KafkaLogOptions& options, const std::string& property, int otherwise) {
  const auto found = options.properties.find(property);
  return found == options.properties.end() ? otherwise : parse_int(found->second).value_or(otherwise);
}

/// Defaults that a user may change, then the user's own, then what is fixed.
Settings layered(const KafkaLogOptions& options, Settings defaults, const Settings& fixed) {
  for (const auto& [name, value] : options.properties) defaults[name] = value;
  for (const auto& [name, value] : fixed) defaults[name] = value;
  defaults["bootstrap.servers"] = options.bootstrap;
  return defaults;
}

const Settings common_defaults = {
    {"client.id", "subledger"},     {"socket.nagle.disable", "true"},     {"retry.backoff.ms", "20"},
    {"reconnect.backoff.ms", "50"}, {"reconnect.backoff.max.ms", "1000"},
};

Settings with_common(Settings own) {
  own.insert(common_defaults.begin(), common_defaults.end());
  return own;
}

const Settings reading_fixed = {
    {"auto.offset.reset", "error"},
    {"isolation.level", "read_committed"},
    {"check.crcs", "true"},
    {"enable.partition.eof", "true"},
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"allow.auto.create.topics", "false"},
};

// Readers outside groups get the times of a member as well, so that opening the log refuses what do not fit
// together.
Settings reading_defaults(const KafkaLogOptions& options) {
  return with_common({
      {"queued.min.messages", "1000000"},
      {"queued.max.messages.kbytes", "65536"},
      {"fetch.error.backoff.ms", "100"},
      {"session.timeout.ms", std::to_string(session_timeout_ms(options))},
      {"heartbeat.interval.ms", std::to_string(heartbeat_interval_ms(options))},
      {"max.poll.interval.ms", std::to_string(max_poll_interval_ms)},
  });
}

}  // namespace

MemberNames member_names(const LaneOptions& lane) {
  const std::string member = lane.instance + "-" + std::to_string(lane.lane);
  return {.group = lane.group, .group_instance = member, .transactional_id = lane.group + "-" + member};
}

Result<void> check_settings(const KafkaLogOptions& options) {
  if (options.bootstrap.empty())
    return failed("kafka: the log's URL names no broker; write kafka://host:port");
  for (const auto& [name, value] : options.properties) {
    const auto refusal = std::ranges::find(refusals, name, &Refusal::property);
    if (refusal != refusals.end()) {
      return failed("kafka: property " + name + " cannot be set: " + std::string(refusal->why) +
                    "; remove it");
    }
    const auto bound = std::ranges::find(bounds, name, &Bounds::property);
    if (bound == bounds.end()) continue;
    const auto given = parse_int(value);
    if (!given || *given < bound->min || *given > bound->max) {
      return failed("kafka: property " + name + " must be a number from " + std::to_string(bound->min) +
                    " to " + std::to_string(bound->max) + ": " + std::string(bound->why));
    }
  }
  if (heartbeat_interval_ms(options) * 2 > session_timeout_ms(options)) {
    return failed("kafka: the session timeout must be at least twice heartbeat.interval.ms");
  }
  return {};
}

Settings reader_settings(const KafkaLogOptions& options) {
  return layered(options, reading_defaults(options), reading_fixed);
}

Settings member_settings(const KafkaLogOptions& options, const MemberNames& names) {
  auto fixed = reading_fixed;
  fixed["group.id"] = names.group;
  fixed["group.instance.id"] = names.group_instance;
  fixed["partition.assignment.strategy"] = "range";
  return layered(options, reading_defaults(options), fixed);
}

Settings outsider_settings(const KafkaLogOptions& options, const std::string& group) {
  auto settings = reader_settings(options);
  settings["group.id"] = group;
  return settings;
}

Settings writer_settings(const KafkaLogOptions& options, std::string_view transactional_id) {
  auto defaults = with_common({
      {"linger.ms", "2"},
      {"compression.type", "lz4"},
      {"queue.buffering.max.messages", "1000000"},
      {"queue.buffering.max.kbytes", "262144"},
  });
  Settings fixed = {{"enable.idempotence", "true"}, {"acks", "all"}, {"message.max.bytes", "4194304"}};
  if (transactional_id.empty()) {
    defaults["message.timeout.ms"] = "60000";
  } else {
    fixed["transactional.id"] = transactional_id;
    defaults["transaction.timeout.ms"] = std::to_string(default_transaction_timeout_ms);
  }
  return layered(options, std::move(defaults), fixed);
}

int transaction_timeout_ms(const KafkaLogOptions& options) {
  return number(options, "transaction.timeout.ms", default_transaction_timeout_ms);
}

int session_timeout_ms(const KafkaLogOptions& options) {
  return number(options, "session.timeout.ms", options.session_timeout_ms);
}

int heartbeat_interval_ms(const KafkaLogOptions& options) {
  // A tenth: by the answer to a heartbeat, a member learns that the group goes on without it.
  const int tenth = std::max(100, session_timeout_ms(options) / 10);
  return number(options, "heartbeat.interval.ms", tenth);
}

bool is_secret(std::string_view property) {
  constexpr std::array marks = {std::string_view("password"), std::string_view("secret"),
                                std::string_view("pem"),      std::string_view(".key"),
                                std::string_view("token"),    std::string_view("jaas"),
                                std::string_view("username"), std::string_view("oauth")};
  return std::ranges::any_of(marks, [&](auto mark) { return property.find(mark) != property.npos; });
}

}  // namespace subledger::kafka
