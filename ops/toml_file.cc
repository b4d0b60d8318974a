// The only file that includes toml++.
#include "ops/toml_file.h"

#include <toml++/toml.h>

#include <optional>

#include "ops/files.h"
#include "ops/settings.h"

namespace subledger::ops {
namespace {

tl::unexpected<Failure> refused(const std::string& place, const std::string& why) {
  return failure(ExitCode::usage, "configuration " + place + ": " + why);
}

/// "PATH:LINE".
std::string place_of(const std::string& path, const toml::source_region& region) {
  return path + ":" + std::to_string(region.begin.line);
}

/// nullopt: not a string, an integer or a boolean.
std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return std::string(flag->get() ? "true" : "false");
  return std::nullopt;
}

/// The path of {file = "PATH"}.
std::optional<std::string> secret_file_of(const toml::table& table) {
  const toml::node* path = table.size() == 1 ? table.get("file") : nullptr;
  if (path == nullptr || !path->is_string()) return std::nullopt;
  return path->as_string()->get();
}

Attempt<std::string> read_secret(const std::string& path, const std::string& name) {
  Attempt<std::string> text = read_whole_file(path, 1 << 20);
  if (!text) return failure(ExitCode::usage, "kafka property " + name + ": " + text.error().message);
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  return text;
}

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  Attempt<TomlFile> read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const std::string name(key.str());
      const std::string place = place_of(path_, key.source());
      if (name == "kafka") {
        if (!node.is_table()) return refused(place, "'kafka' is a table of properties: [kafka]");
        if (Attempt<void> taken = take_kafka(*node.as_table(), ""); !taken) {
          return tl::unexpected<Failure>(taken.error());
        }
        continue;
      }
      if (find_setting(name) == nullptr) {
        return refused(place, "there is no setting '" + name + "'; `subledger config show` lists them");
      }
      std::optional<std::string> text = text_of(node);
      if (!text) return refused(place, "'" + name + "' has to be a string or an integer");
      file_.settings[name] = {*std::move(text), place};
    }
    return std::move(file_);
  }

 private:
  Attempt<void> take_kafka(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      const std::string place = place_of(path_, key.source());
      if (Attempt<void> taken = take_property(node, name, place); !taken) return taken;
    }
    return {};
  }

  Attempt<void> take_property(const toml::node& node, const std::string& name, const std::string& place) {
    if (std::optional<std::string> text = text_of(node)) {
      file_.kafka[name] = {*std::move(text), place};
      return {};
    }
    const toml::table* table = node.as_table();
    if (table == nullptr) return refused(place, "'" + name + "' has to be a string, an integer or a boolean");
    const std::optional<std::string> path = secret_file_of(*table);
    if (!path) return take_kafka(*table, name + ".");
    Attempt<std::string> secret = read_secret(*path, name);
    if (!secret) return tl::unexpected<Failure>(secret.error());
    file_.kafka[name] = {*std::move(secret), place + " (" + *path + ")"};
    return {};
  }

  const std::string& path_;
  TomlFile file_;
};

}  // namespace

Attempt<TomlFile> read_toml_file(const std::string& path) {
  const Attempt<std::string> text = read_whole_file(path, 1 << 20);
  if (!text) return failure(ExitCode::usage, "configuration " + text.error().message);
  try {
    return Reader(path).read(toml::parse(*text, path));
  } catch (const toml::parse_error& error) {
    // The description may quote the text around the error, which may be a secret.
    return refused(place_of(path, error.source()) + ":" + std::to_string(error.source().begin.column),
                   "not TOML; see the line named here");
  }
}

}  // namespace subledger::ops
