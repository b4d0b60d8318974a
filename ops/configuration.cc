// The four layers, the weakest first.
#include "ops/configuration.h"

#include <array>
#include <charconv>
#include <filesystem>

#include "events/check.h"
#include "ops/settings.h"
#include "ops/toml_file.h"

namespace subledger::ops {
namespace {

constexpr const char* usual_file = "subledger.toml";

/// Properties of the connection that may come from the environment: SUBLEDGER_KAFKA_SASL_PASSWORD. Not any
/// property: container platforms set variables such as SUBLEDGER_KAFKA_PORT for a service of that name.
constexpr std::array connection_properties = {
    "security.protocol", "sasl.mechanism",           "sasl.username",    "sasl.password",
    "ssl.ca.location",   "ssl.certificate.location", "ssl.key.location", "ssl.key.password",
};

std::string variable_of_property(std::string_view property) {
  std::string variable = "kafka_";
  for (const char c : property) variable += c == '.' ? '_' : c;
  return variable_of(variable);
}

/// In the file and in the environment an empty value counts as none.
bool is_unset(const Setting& setting, std::string_view value) {
  return value.empty() && setting.kind == SettingKind::text && !setting.may_be_empty;
}

std::optional<std::string> file_of(const ConfigurationSources& sources) {
  if (sources.file) return sources.file;
  if (auto named = sources.variable("SUBLEDGER_CONFIG"); named && !named->empty()) return named;
  std::error_code ignored;
  if (std::filesystem::exists(usual_file, ignored)) return usual_file;
  return std::nullopt;
}

}  // namespace

const std::string& Configuration::text(std::string_view setting) const {
  const auto found = values_.find(setting);
  CHECK(found != values_.end());
  return found->second.text;
}

int64_t Configuration::integer(std::string_view setting) const {
  const std::string& digits = text(setting);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  CHECK(error == std::errc{} && end == digits.data() + digits.size());
  return number;
}

Attempt<std::string> Configuration::required(std::string_view setting) const {
  const std::string& value = text(setting);
  if (!value.empty()) return value;
  const std::string name(setting);
  return failure(ExitCode::usage, "no " + name + " is given; use " + flag_of(setting) + ", set " +
                                      variable_of(setting) + ", or write '" + name +
                                      " = \"...\"' in the configuration file");
}

Attempt<Configuration> make_configuration(const ConfigurationSources& sources) {
  Configuration made;
  for (const Setting& setting : all_settings()) {
    made.values_[std::string(setting.name)] = {std::string(setting.fallback), "default"};
  }
  if (const std::optional<std::string> path = file_of(sources)) {
    Attempt<TomlFile> file = read_toml_file(*path);
    if (!file) return tl::unexpected<Failure>(file.error());
    for (auto& [name, value] : file->settings) {
      if (!is_unset(*find_setting(name), value.text)) made.values_[name] = std::move(value);
    }
    made.kafka_ = std::move(file->kafka);
  }
  for (const std::string property : connection_properties) {
    const std::string variable = variable_of_property(property);
    std::optional<std::string> given = sources.variable(variable);
    if (given && !given->empty()) made.kafka_[property] = {*std::move(given), variable};
  }
  for (auto& [name, value] : made.values_) {
    const std::string variable = variable_of(name);
    std::optional<std::string> given = sources.variable(variable);
    if (given && !given->empty()) value = {*std::move(given), variable};
    const auto flag = sources.flags.find(name);
    if (flag != sources.flags.end()) value = {flag->second, flag_of(name)};
    if (value.origin == "default") continue;
    if (Attempt<void> checked = check_value(*find_setting(name), value.text, value.origin); !checked) {
      return tl::unexpected<Failure>(checked.error());
    }
  }
  return made;
}

}  // namespace subledger::ops
