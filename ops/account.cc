// subledger account
#include "ops/commands.h"
#include "ops/stored_account.h"
#include "ops/table.h"

namespace subledger::ops {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string table_of(const AccountView& account) {
  const std::string unit = account.currency.empty() ? "" : " " + account.currency;
  const Access& access = account.access;
  std::string assistant = access.active ? "active" : "not active";
  assistant += access.locked ? ", locked" : "";
  std::vector<std::pair<std::string, std::string>> pairs = {
      {"subscriber", format_msisdn(account.subscriber)},
      {"assistant", assistant + ", " + std::to_string(access.failures) + " failed logins in a row"},
      {"password", access.password ? "set at " + format_time(access.password->set_at) : "none"},
      {"tariff", account.tariff.value_or("none")},
      {"options", account.options.empty() ? "none" : joined(account.options)},
      {"balance", format_money(account.balance) + unit},
      {"bonus",
       format_money(account.bonus_money) + unit + ", " + std::to_string(account.bonus_bytes) + " bytes"},
      {"charges", std::to_string(account.sequence)},
      {"as of", "partition " + std::to_string(account.as_of.partition) + ", offset " +
                    std::to_string(account.as_of.offset) + ", " + format_time(account.as_of.recorded_at)}};
  return pairs_text(pairs);
}

Attempt<ExitCode> show_account(const Invocation& call) {
  const auto stored = open_account(call);
  if (!stored) return tl::unexpected<Failure>(stored.error());
  const auto account = stored->query.account(stored->subscriber);
  if (!account) return failure_of(account.error());
  if (!*account) return no_such_subscriber(stored->subscriber);
  std::string text;
  if (call.format() == OutputFormat::json) {
    append_account_json(text, **account);
    text += '\n';
  } else {
    text = table_of(**account);
  }
  if (auto written = call.output().write(text); !written) return tl::unexpected<Failure>(written.error());
  return ExitCode::done;
}

}  // namespace

Command account_command() {
  Command command;
  command.name = "account";
  command.summary = "show a subscriber's account";
  command.details =
      "As of the last record that the store has been written up to; a running engine writes it from time to "
      "time\n"
      "and when it ends. The balance is what the subscriber owes. Exit code 3 for a subscriber without an\n"
      "accepted event.";
  command.arguments = {{"MSISDN", "the subscriber, digits only", true, false}};
  command.settings = {"store"};
  command.run = &show_account;
  return command;
}

}  // namespace subledger::ops
