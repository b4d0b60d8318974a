// subledger statement
#include "engine/statement.h"

#include "ops/commands.h"
#include "ops/statement_pages.h"
#include "ops/stored_account.h"

namespace subledger::ops {
namespace {

std::string text_of(const std::vector<Statement>& statements, OutputFormat format) {
  if (format == OutputFormat::html) return statements_html(statements);
  std::string text;
  for (const Statement& statement : statements) {
    if (format == OutputFormat::json) {
      append_statement_json(text, statement);
      text += '\n';
    } else {
      text += (text.empty() ? "" : "\n\n") + statement_text(statement);
    }
  }
  return text;
}

Attempt<ExitCode> show_statement(const Invocation& call) {
  const std::optional<StatementMonth> month = StatementMonth::parse(call.text("--month"));
  if (!month) return failure(ExitCode::usage, "name the month with --month, such as --month 2014-11");
  const auto stored = open_account(call);
  if (!stored) return tl::unexpected<Failure>(stored.error());
  const auto statements = make_statements(stored->query, stored->subscriber, *month);
  if (!statements) return failure_of(statements.error());
  if (!*statements) return no_such_subscriber(stored->subscriber);
  const auto written = call.output().write(text_of(**statements, call.format()));
  if (!written) return tl::unexpected<Failure>(written.error());
  return ExitCode::done;
}

}  // namespace

Command statement_command() {
  Command command;
  command.name = "statement";
  command.summary = "show a subscriber's month: balances, charges by rule, bonuses, payments";
  command.details =
      "The month is by recorded time in the zone of the last published catalog: a statement that is "
      "complete\n"
      "never changes. The sums are those of the records to the last digit. Where the number was given back\n"
      "within the month, each owner has a statement. --output html makes a page to print.\n"
      "Exit code 3 for a subscriber without an accepted event.";
  command.arguments = {{"MSISDN", "the subscriber, digits only", true, false}};
  command.options = {{"--month", "YYYY-MM", "the month (has to be given)"}};
  command.settings = {"store"};
  command.own_output = "html";
  command.run = &show_statement;
  return command;
}

}  // namespace subledger::ops
