// The table itself.
#include "ops/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "events/text.h"

namespace subledger::ops {
namespace {

using enum SettingKind;

constexpr std::array settings = {
    Setting{"log", text, "URL", "", "the log: kafka://HOST:PORT[,HOST:PORT] or sqlite:FILE"},
    Setting{"topic_prefix", text, "PREFIX", "subledger.", "what the names of the four topics begin with", 0,
            0, true},
    Setting{"store", text, "DIR", "", "the directory of the stores, one below it for each partition"},
    Setting{"partitions", integer, "N", "16",
            "number of partitions of each topic; fixed once they are created", 1, 100'000},
    Setting{"replication_factor", integer, "N", "0",
            "copies of each topic on Kafka; 0: as many as there are brokers, at most 3", 0, 100},
    Setting{"group", text, "NAME", "subledger", "the consumer group, whose positions the log keeps"},
    Setting{"instance", text, "NAME", "",
            "name of this instance, which fences an earlier one of the same name; empty: the one that the "
            "store's directory keeps",
            0, 0, true},
    Setting{"lanes", integer, "N", "0", "threads that process partitions; 0: as many as cores", 0, 256},
    Setting{"chunk_records", integer, "N", "20000", "most records of one transaction", 1, 1'000'000},
    Setting{"chunk_ms", integer, "MS", "100", "age at which a chunk under load is closed", 1, 60'000},
    Setting{"session_timeout_ms", integer, "MS", "10000",
            "how long a silent instance keeps its partitions on Kafka", 1'000, 300'000},
    Setting{"wait_ms", integer, "MS", "10000", "how long an absent Kafka broker is waited for", 100, 600'000},
    Setting{"output", choice, "auto|json|table|html|csv", "auto",
            "form of the data on stdout; auto: a table on a terminal, else NDJSON; html: of statements; csv: "
            "of differences"},
    Setting{"log_level", choice, "error|warn|info|debug", "info", "what is logged to stderr"},
    Setting{"log_format", choice, "text|json", "text", "form of the log lines"},
};

std::optional<int64_t> parse_integer(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_choice(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const std::size_t size = std::min(choices.find('|'), choices.size());
    if (choices.substr(0, size) == value) return true;
    choices.remove_prefix(std::min(size + 1, choices.size()));
  }
  return false;
}

}  // namespace

std::span<const Setting> all_settings() { return settings; }

const Setting* find_setting(std::string_view name) {
  const auto found = std::ranges::find(settings, name, &Setting::name);
  return found == settings.end() ? nullptr : &*found;
}

std::string flag_of(std::string_view setting) {
  std::string flag = "--";
  for (const char c : setting) flag += c == '_' ? '-' : c;
  return flag;
}

std::string variable_of(std::string_view setting) {
  std::string variable = "SUBLEDGER_";
  for (const char c : setting) variable += c == '_' ? '_' : static_cast<char>(c - 'a' + 'A');
  return variable;
}

Attempt<void> check_value(const Setting& setting, std::string_view value, std::string_view origin) {
  std::string expected;
  if (setting.kind == integer) {
    const std::optional<int64_t> number = parse_integer(value);
    if (number && *number >= setting.min && *number <= setting.max) return {};
    expected = "a number from " + std::to_string(setting.min) + " to " + std::to_string(setting.max);
  } else if (setting.kind == choice) {
    if (is_choice(setting.placeholder, value)) return {};
    expected = "one of " + std::string(setting.placeholder);
  } else {
    if (value.empty() && !setting.may_be_empty) {
      return failure(ExitCode::usage, std::string(origin) + ": '" + std::string(setting.name) +
                                          "' is empty; give it a value or leave it out");
    }
    if (text_fault(value) == TextFault::none) return {};
    expected = "text in UTF-8 without control characters";
  }
  std::string message(origin);
  message += ": '";
  append_printable(message, value);
  return failure(ExitCode::usage, message + "' is not " + expected);
}

}  // namespace subledger::ops
