// The declared table of settings, from which flags, variables of the environment, keys of the file and
// `config show` follow. Not their values: configuration.h. Kafka's own properties are no settings; they stand
// in the file's table [kafka].
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ops/failure.h"

namespace subledger::ops {

enum class SettingKind : uint8_t { text, integer, choice };

struct Setting {
  std::string_view name;  ///< the key in the file; --flag and SUBLEDGER_VARIABLE are made of it
  SettingKind kind{};
  std::string_view placeholder;  ///< of its value in help; of a choice: the values, separated by '|'
  std::string_view fallback;     ///< the value that nobody gave
  std::string_view help;
  int64_t min = 0;  ///< inclusive, as max; of integers
  int64_t max = 0;
  bool may_be_empty = false;  ///< of text: an empty value is one
};

std::span<const Setting> all_settings();
/// Null: there is no such setting.
const Setting* find_setting(std::string_view name);

/// "--topic-prefix" of "topic_prefix".
std::string flag_of(std::string_view setting);
/// "SUBLEDGER_TOPIC_PREFIX" of "topic_prefix".
std::string variable_of(std::string_view setting);

/// Refuses (wrong usage) a value that the setting cannot have; `origin` says who gave it.
Attempt<void> check_value(const Setting& setting, std::string_view value, std::string_view origin);

}  // namespace subledger::ops
