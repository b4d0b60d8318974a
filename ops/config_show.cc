// subledger config show
#include "connectors/kafka/settings.h"
#include "events/json_writer.h"
#include "ops/commands.h"
#include "ops/open_log.h"
#include "ops/settings.h"
#include "ops/table.h"

namespace subledger::ops {
namespace {

struct Shown {
  std::string name;
  std::string value;
  std::string origin;
};

std::vector<Shown> shown_values(const Configuration& configuration) {
  std::vector<Shown> shown;
  for (const Setting& setting : all_settings()) {
    const ConfigValue& value = configuration.values().find(setting.name)->second;
    shown.push_back({std::string(setting.name), value.text, value.origin});
  }
  for (const auto& [name, value] : configuration.kafka()) {
    shown.push_back({"kafka." + name, kafka::is_secret(name) ? "***" : value.text, value.origin});
  }
  return shown;
}

Attempt<ExitCode> show_configuration(const Invocation& call) {
  Table table({{"setting"}, {"value"}, {"from"}});
  std::string json;
  for (const Shown& each : shown_values(call.configuration())) {
    table.add({each.name, each.value, each.origin});
    ObjectWriter out(json);
    out.text("setting", each.name);
    out.text("value", each.value);
    out.text("from", each.origin);
    out.close();
    json += '\n';
  }
  const auto written = call.output().write(call.format() == OutputFormat::json ? json : table.take());
  if (!written) return tl::unexpected<Failure>(written.error());
  KafkaLogOptions kafka = kafka_options(call.configuration());
  kafka.bootstrap = "any";
  const auto checked = kafka::check_settings(kafka);
  return checked ? Attempt<ExitCode>(ExitCode::done) : failure(ExitCode::usage, checked.error().message);
}

}  // namespace

Command config_show_command() {
  Command command;
  command.group = "config";
  command.name = "show";
  command.summary = "print each setting with its value and where that comes from";
  command.details =
      "Flags are stronger than SUBLEDGER_* variables, these than the file, the file than defaults. What is\n"
      "empty in the file or in a variable counts as not set. The file is TOML: settings by the names "
      "printed\n"
      "here, and a table [kafka] of librdkafka's properties. Those that exactly-once depends on are refused\n"
      "(exit code 2). A secret can stay in a file of its own,\n"
      "\"sasl.password\" = {file = \"/run/secrets/password\"}, or in the environment:\n"
      "SUBLEDGER_KAFKA_SASL_PASSWORD. Likewise SUBLEDGER_KAFKA_ with SECURITY_PROTOCOL, SASL_MECHANISM,\n"
      "SASL_USERNAME, SSL_CA_LOCATION, SSL_CERTIFICATE_LOCATION, SSL_KEY_LOCATION, SSL_KEY_PASSWORD. "
      "Secrets\n"
      "are shown as ***.";
  for (const Setting& setting : all_settings()) {
    if (setting.name != "output") command.settings.emplace_back(setting.name);
  }
  command.run = &show_configuration;
  return command;
}

}  // namespace subledger::ops
