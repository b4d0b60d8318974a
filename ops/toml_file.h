// The configuration file: settings at the top level, Kafka's properties in the table [kafka].
#pragma once

#include <map>
#include <string>

#include "ops/configuration.h"

namespace subledger::ops {

struct TomlFile {
  std::map<std::string, ConfigValue, std::less<>> settings;
  /// Names with dots may stand quoted or as tables of tables. A value {file = "PATH"} is the text of that
  /// file without the newline at its end: the way for secrets.
  std::map<std::string, ConfigValue, std::less<>> kafka;
};

/// Wrong usage: a file that cannot be read, is not TOML, or has a key that no setting has. Values of settings
/// are not judged here.
Attempt<TomlFile> read_toml_file(const std::string& path);

}  // namespace subledger::ops
