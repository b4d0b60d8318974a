#include "ops/open_log.h"

#include <filesystem>

#include "connectors/kafka/settings.h"
#include "connectors/sqlite/schema.h"
#include "connectors/sqlite/sqlite_log.h"

namespace subledger::ops {
namespace {

constexpr std::string_view kafka_scheme = "kafka://";
constexpr std::string_view sqlite_scheme = "sqlite:";

Attempt<std::unique_ptr<Log>> opened(Result<std::unique_ptr<Log>> log) {
  if (!log) return failure_of(log.error());
  return *std::move(log);
}

Attempt<std::unique_ptr<Log>> open_kafka(const std::string& bootstrap, KafkaLogOptions options) {
  if (bootstrap.empty() || bootstrap.find_first_of("/ ") != std::string::npos) {
    return failure(ExitCode::usage, "the log's URL is not of the form kafka://HOST:PORT[,HOST:PORT]");
  }
  if (bootstrap.find('@') != std::string::npos) {
    return failure(ExitCode::usage,
                   "the log's URL takes no user and password, which others on this machine could read; put "
                   "sasl.username and sasl.password into the table [kafka] of the configuration file");
  }
  options.bootstrap = bootstrap;
  if (const Result<void> checked = kafka::check_settings(options); !checked) {
    return failure(ExitCode::usage, checked.error().message);
  }
  return opened(open_kafka_log(options));
}

Attempt<std::unique_ptr<Log>> open_sqlite(const std::string& path, const std::string& topic_prefix) {
  if (path.empty()) return failure(ExitCode::usage, "the log's URL names no file; write sqlite:FILE");
  SqliteLogOptions options;
  options.path = path;
  options.topic_prefix = topic_prefix;
  return opened(open_sqlite_log(options));
}

}  // namespace

Attempt<std::unique_ptr<Log>> open_log(const std::string& url, const KafkaLogOptions& settings) {
  if (!sqlite::valid_prefix(settings.topic_prefix)) {
    return failure(ExitCode::usage,
                   "the topic prefix may have letters, digits, '.', '_' and '-' only, at most 100");
  }
  if (url.starts_with(kafka_scheme)) return open_kafka(url.substr(kafka_scheme.size()), settings);
  if (url.starts_with(sqlite_scheme)) {
    return open_sqlite(url.substr(sqlite_scheme.size()), settings.topic_prefix);
  }
  return failure(
      ExitCode::usage,
      "the log's URL begins with neither kafka:// nor sqlite: ; write kafka://HOST:PORT or sqlite:FILE");
}

std::vector<std::string> files_of_log(const std::string& url) {
  if (!url.starts_with(sqlite_scheme)) return {};
  std::error_code ignored;
  const std::string path = std::filesystem::weakly_canonical(url.substr(sqlite_scheme.size()), ignored);
  return {path, path + "-wal", path + "-shm"};
}

KafkaLogOptions kafka_options(const Configuration& configuration) {
  KafkaLogOptions settings;
  settings.topic_prefix = configuration.text("topic_prefix");
  for (const auto& [name, value] : configuration.kafka()) settings.properties[name] = value.text;
  settings.session_timeout_ms = static_cast<int>(configuration.integer("session_timeout_ms"));
  settings.wait_ms = static_cast<int>(configuration.integer("wait_ms"));
  settings.replication_factor = static_cast<int>(configuration.integer("replication_factor"));
  return settings;
}

Attempt<std::unique_ptr<Log>> open_log(const Configuration& configuration) {
  const Attempt<std::string> url = configuration.required("log");
  if (!url) return tl::unexpected<Failure>(url.error());
  return open_log(*url, kafka_options(configuration));
}

}  // namespace subledger::ops
