// The command line, made from the commands' own words. The only file that includes CLI11.
#include "ops/program.h"

#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <deque>
#include <exception>
#include <optional>

#include "ops/commands.h"
#include "ops/logging.h"
#include "ops/settings.h"
#include "ops/signals.h"

namespace subledger::ops {
namespace {

constexpr const char* description =
    "An event-sourced account ledger: events in, charges out, each exactly once.";
constexpr const char* epilogue =
    "Settings come from flags, then SUBLEDGER_* variables, then a TOML file, then defaults; `subledger "
    "config "
    "show`\nprints each with where it comes from.\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 differences, 5 log or store unreachable, "
    "130 "
    "interrupted.";

/// A command on the command line and what the parser found for it.
struct Parsed {
  Command command;
  CLI::App* app = nullptr;
  std::map<std::string, CLI::Option*> settings;
  std::map<std::string, CLI::Option*> given;
  CLI::Option* config = nullptr;
};

void add_setting(Parsed& parsed, const std::string& name) {
  const Setting* setting = find_setting(name);
  // Const, or CLI11 takes it for the variable that gets the value.
  const std::string fallback(setting->fallback);
  const std::string help = std::string(setting->help) + (fallback.empty() ? "" : " [" + fallback + "]");
  parsed.settings[name] =
      parsed.app->add_option(flag_of(name), help)->type_name(std::string(setting->placeholder))->expected(1);
}

void add_command(CLI::App& parent, Parsed& parsed) {
  const Command& command = parsed.command;
  parsed.app = parent.add_subcommand(command.name, command.summary);
  parsed.app->footer(command.details);
  for (const CommandArgument& argument : command.arguments) {
    CLI::Option* option = parsed.app->add_option(argument.name, argument.help)->type_name("");
    if (argument.required) option->required();
    option->expected(1, argument.many ? CLI::detail::expected_max_vector_size : 1);
    option->allow_extra_args(argument.many);
    parsed.given[argument.name] = option;
  }
  for (const CommandOption& own : command.options) {
    parsed.given[own.name] = own.placeholder.empty()
                                 ? parsed.app->add_flag(own.name, own.help)->disable_flag_override()
                                 : parsed.app->add_option(own.name, own.help)
                                       ->type_name(own.placeholder)
                                       ->expected(1, own.many ? CLI::detail::expected_max_vector_size : 1)
                                       ->allow_extra_args(own.many);
  }
  for (const std::string& name : command.settings) add_setting(parsed, name);
  add_setting(parsed, "output");
  parsed.config =
      parsed.app->add_option("--config", "configuration file [SUBLEDGER_CONFIG, else ./subledger.toml]")
          ->type_name("FILE")
          ->expected(1);
}

/// Groups by name, made as they are met.
using Groups = std::map<std::string, CLI::App*>;

CLI::App& group_of(CLI::App& root, Groups& groups, const std::string& group) {
  if (group.empty()) return root;
  CLI::App*& app = groups[group];
  if (app == nullptr) {
    app = root.add_subcommand(group, std::string(group_summary(group)));
    app->require_subcommand(1);
  }
  return *app;
}

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string forms_of(const Command& command) {
  return command.own_output.empty() ? "json or table" : "json, table or " + command.own_output;
}

Attempt<Invocation> invocation_of(const Parsed& parsed, Output& output) {
  ConfigurationSources sources;
  for (const auto& [name, option] : parsed.settings) {
    if (option->count() > 0) sources.flags[name] = option->results().front();
  }
  if (parsed.config->count() > 0) sources.file = parsed.config->results().front();
  sources.variable = &environment;
  Attempt<Configuration> configuration = make_configuration(sources);
  if (!configuration) return tl::unexpected<Failure>(configuration.error());
  const std::string& form = configuration->text("output");
  if ((form == "html" || form == "csv") && parsed.command.own_output != form) {
    return failure(ExitCode::usage,
                   "--output " + form + " is not for this command; it takes " + forms_of(parsed.command));
  }
  std::map<std::string, std::vector<std::string>, std::less<>> given;
  for (const auto& [name, option] : parsed.given) {
    if (option->count() == 0) continue;
    // What a script makes of a variable that is not set: not what leaving it out would mean.
    if (std::ranges::any_of(option->results(), &std::string::empty)) {
      return failure(ExitCode::usage, name + " is empty; give it a value or leave it out");
    }
    given[name] = option->results();
  }
  return Invocation(*std::move(configuration), std::move(given), output);
}

Attempt<ExitCode> run_command(const Parsed& parsed) {
  Output output(STDOUT_FILENO);
  const Attempt<Invocation> invocation = invocation_of(parsed, output);
  if (!invocation) return tl::unexpected<Failure>(invocation.error());
  const Configuration& configuration = invocation->configuration();
  set_up_logging(configuration.text("log_level"), configuration.text("log_format"));
  Attempt<ExitCode> ended = parsed.command.run(*invocation);
  const Attempt<void> flushed = output.flush();
  // Without a message, the reader of a pipe has gone: what was found stays found.
  if (ended && !flushed && !flushed.error().message.empty()) return tl::unexpected<Failure>(flushed.error());
  return ended;
}

int end_of(const Parsed& parsed, const Attempt<ExitCode>& ended) {
  if (ended) return static_cast<int>(*ended);
  const Failure& failure = ended.error();
  if (!failure.message.empty()) tell("subledger " + parsed.command.title() + ": " + failure.message);
  if (failure.code == ExitCode::usage) {
    tell("See `subledger " + parsed.command.title() + " --help`.");
  }
  return static_cast<int>(failure.code);
}

/// The innermost command that the arguments name, and the names above it.
struct Addressed {
  const CLI::App* app = nullptr;
  std::string above;
};

Addressed addressed(const CLI::App& root) {
  Addressed found{&root, ""};
  while (!found.app->get_subcommands().empty()) {
    found.above += (found.above.empty() ? "" : " ") + found.app->get_name();
    found.app = found.app->get_subcommands().front();
  }
  return found;
}

std::string help_of(const CLI::App& root) {
  const Addressed found = addressed(root);
  return found.app->help(found.above);
}

/// A word where a command is expected comes to CLI11 as a missing command.
std::string complaint(const Addressed& found, const CLI::ParseError& error) {
  const std::vector<std::string> words = found.app->remaining();
  const bool missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  if (!missing || words.empty() || found.app->get_subcommands({}).empty()) return error.what();
  return "there is no command '" + words.front() + "'";
}

/// Help and version are answers; everything else is wrong usage.
int end_of_parsing(const CLI::App& root, const CLI::ParseError& error) {
  const bool answer = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
  if (answer) {
    Output output(STDOUT_FILENO);
    const bool version = dynamic_cast<const CLI::CallForVersion*>(&error) != nullptr;
    const Attempt<void> written = output.write(version ? version_text() : help_of(root));
    const Attempt<void> flushed = output.flush();
    return static_cast<int>(written && flushed ? ExitCode::done : flushed.error().code);
  }
  const Addressed found = addressed(root);
  const std::string title = (found.above.empty() ? "" : found.above + " ") + found.app->get_name();
  tell("subledger: " + complaint(found, error) + "\nSee `" + title + " --help`.");
  return static_cast<int>(ExitCode::usage);
}

int parse_and_run(int argc, const char* const* argv) {
  CLI::App root(description, "subledger");
  root.footer(epilogue);
  root.require_subcommand(1);
  root.set_version_flag("--version", std::string(), "versions of the program and of what it is built with");
  Groups groups;
  std::deque<Parsed> commands;
  for (Command& command : all_commands()) {
    Parsed& parsed = commands.emplace_back();
    parsed.command = std::move(command);
    add_command(group_of(root, groups, parsed.command.group), parsed);
  }
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return end_of_parsing(root, error);
  }
  for (const Parsed& parsed : commands) {
    if (parsed.app->parsed()) return end_of(parsed, run_command(parsed));
  }
  return static_cast<int>(ExitCode::usage);
}

/// A store has several files open, and there is one for each partition: with the 1,024 that a shell allows at
/// first, a ledger of many partitions would come to an end as it grows. What the system allows is enough.
void raise_file_limit() {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int run_program(int argc, const char* const* argv) {
  try {
    set_up_signals();
    raise_file_limit();
    return parse_and_run(argc, argv);
  } catch (const std::bad_alloc&) {
    tell("subledger: out of memory");
  } catch (const std::exception& error) {
    tell(std::string("subledger: ") + error.what());
  }
  return static_cast<int>(ExitCode::failed);
}

}  // namespace subledger::ops
