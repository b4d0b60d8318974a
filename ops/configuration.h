// The values of all settings and who gave them: flags over the environment over the file over defaults.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "ops/failure.h"

namespace subledger::ops {

struct ConfigValue {
  std::string text;
  std::string origin;  ///< for a person: "--log", "SUBLEDGER_LOG", "subledger.toml:3", "default"
};

/// Every setting has a value.
class Configuration {
 public:
  const std::string& text(std::string_view setting) const;
  int64_t integer(std::string_view setting) const;
  /// Wrong usage, with the ways to give it, where nobody did.
  Attempt<std::string> required(std::string_view setting) const;

  const std::map<std::string, ConfigValue, std::less<>>& values() const { return values_; }
  /// Kafka's own properties, by name. They may hold secrets.
  const std::map<std::string, ConfigValue, std::less<>>& kafka() const { return kafka_; }

 private:
  friend Attempt<Configuration> make_configuration(const struct ConfigurationSources& sources);
  std::map<std::string, ConfigValue, std::less<>> values_;
  std::map<std::string, ConfigValue, std::less<>> kafka_;
};

struct ConfigurationSources {
  std::map<std::string, std::string, std::less<>> flags;  ///< by setting
  std::optional<std::string> file;                        ///< of --config
  /// A variable of the environment; nullopt: not set.
  std::function<std::optional<std::string>(const std::string& name)> variable;
};

/// The file is that of --config, else of SUBLEDGER_CONFIG, else subledger.toml in the working directory if
/// there is one. An empty variable counts as not set. Variables that no setting has are left alone: container
/// platforms set some that begin with the name of a service. Of Kafka's properties, those of TLS and SASL
/// have a variable too: SUBLEDGER_KAFKA_SASL_PASSWORD of sasl.password.
Attempt<Configuration> make_configuration(const ConfigurationSources& sources);

}  // namespace subledger::ops
