// What a command is: words for the command line, the settings that it takes, and the function that does it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ops/configuration.h"
#include "ops/failure.h"
#include "ops/output.h"

namespace subledger::ops {

/// An argument by position.
struct CommandArgument {
  std::string name;
  std::string help;
  bool required = true;
  bool many = false;
};

/// An option of one command only, which no file and no variable can give. Without a placeholder: a switch.
struct CommandOption {
  std::string name;  ///< "--from"
  std::string placeholder;
  std::string help;
  bool many = false;
};

/// A command as it was called.
class Invocation {
 public:
  Invocation(Configuration configuration, std::map<std::string, std::vector<std::string>, std::less<>> given,
             Output& output)
      : configuration_(std::move(configuration)),
        given_(std::move(given)),
        output_(output),
        format_(format_of(configuration_.text("output"))) {}

  const Configuration& configuration() const { return configuration_; }
  bool has(std::string_view name) const { return given_.contains(name); }
  /// Empty where the argument or option was not given.
  std::string text(std::string_view name) const {
    const auto found = given_.find(name);
    return found == given_.end() || found->second.empty() ? std::string() : found->second.front();
  }
  std::vector<std::string> all(std::string_view name) const {
    const auto found = given_.find(name);
    return found == given_.end() ? std::vector<std::string>() : found->second;
  }
  Output& output() const { return output_; }
  OutputFormat format() const { return format_; }

 private:
  Configuration configuration_;
  std::map<std::string, std::vector<std::string>, std::less<>> given_;
  Output& output_;
  OutputFormat format_;
};

struct Command {
  std::string group;  ///< "catalog" of `catalog check`; empty: none
  std::string name;
  std::string summary;
  std::string details;  ///< the rest of its help: defaults, exit codes, what is not obvious
  std::vector<CommandArgument> arguments;
  std::vector<CommandOption> options;
  std::vector<std::string> settings;  ///< beside `output`, which all have
  std::string own_output;             ///< a form of `--output` that only some have: "html" or "csv"
  Attempt<ExitCode> (*run)(const Invocation& invocation);

  std::string title() const { return group.empty() ? name : group + " " + name; }
};

}  // namespace subledger::ops
