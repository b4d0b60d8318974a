// subledger subscribers
#include <algorithm>

#include "ops/arguments.h"
#include "ops/commands.h"
#include "ops/stores.h"
#include "ops/table.h"

namespace subledger::ops {
namespace {

constexpr std::size_t rows_max = 1'000;

struct Wanted {
  bool locked = false;  ///< only those
  std::optional<std::string> tariff;
  std::optional<std::string> option;

  bool matches(const AccountView& account) const {
    if (locked && !account.access.locked) return false;
    if (tariff && account.tariff != tariff) return false;
    return !option || std::ranges::find(account.options, *option) != account.options.end();
  }
};

std::vector<std::string> cells_of(const AccountView& account) {
  std::string options;
  for (const std::string& option : account.options) options += (options.empty() ? "" : ", ") + option;
  return {format_msisdn(account.subscriber),    account.access.active ? "yes" : "no",
          account.access.locked ? "yes" : "no", std::to_string(account.access.failures),
          account.tariff.value_or(""),          options,
          format_money(account.balance),        format_money(account.bonus_money),
          std::to_string(account.bonus_bytes),  std::to_string(account.sequence)};
}

Table subscriber_table() {
  return Table({{"subscriber"},
                {"active"},
                {"locked"},
                {"failures", Align::right},
                {"tariff"},
                {"options"},
                {"balance", Align::right},
                {"bonus", Align::right},
                {"bonus bytes", Align::right},
                {"charges", Align::right}});
}

/// False: as many as were wanted have been printed.
Attempt<bool> print_partition(const Invocation& call, const Query& query, const Wanted& wanted, Table& table,
                              int64_t& left) {
  const bool json = call.format() == OutputFormat::json;
  Attempt<void> printed;
  const auto scanned = query.each_account([&](const AccountView& account) {
    if (left == 0) return false;
    if (!wanted.matches(account)) return true;
    --left;
    if (json) {
      std::string line;
      append_account_json(line, account);
      printed = call.output().write(line + '\n');
    } else {
      table.add(cells_of(account));
      if (table.waiting() == rows_max) printed = call.output().write(table.take());
    }
    return printed.has_value();
  });
  if (!scanned) return failure_of(scanned.error());
  if (!printed) return tl::unexpected<Failure>(printed.error());
  return left > 0;
}

Attempt<ExitCode> list_subscribers(const Invocation& call) {
  const auto limit = count_option(call, "--limit", INT64_MAX);
  if (!limit) return tl::unexpected<Failure>(limit.error());
  Wanted wanted{call.has("--locked"), std::nullopt, std::nullopt};
  if (call.has("--tariff")) wanted.tariff = call.text("--tariff");
  if (call.has("--option")) wanted.option = call.text("--option");
  const auto found = find_stores(call.configuration());
  if (!found) return tl::unexpected<Failure>(found.error());
  tell_absent(found->path, found->stores);
  Table table = subscriber_table();
  int64_t left = *limit;
  for (const int32_t partition : found->stores.present) {
    const auto opened = open_store(found->path, partition);
    if (!opened) return tl::unexpected<Failure>(opened.error());
    const auto more = print_partition(call, opened->query, wanted, table, left);
    if (!more) return tl::unexpected<Failure>(more.error());
    if (!*more) break;
  }
  if (call.format() == OutputFormat::json) return ExitCode::done;
  if (auto written = call.output().write(table.take()); !written) {
    return tl::unexpected<Failure>(written.error());
  }
  return ExitCode::done;
}

}  // namespace

Command subscribers_command() {
  Command command;
  command.name = "subscribers";
  command.summary = "list accounts: all, or those that are locked, on a tariff, with an option";
  command.details =
      "By partition, then by number. As JSON each is an account as `subledger account` prints it. Tariff "
      "and\n"
      "bonuses are as of the recorded time of the partition's last applied record.";
  command.options = {{"--locked", "", "only those who are locked out"},
                     {"--tariff", "T", "only those on this tariff"},
                     {"--option", "O", "only those with this option connected"},
                     {"--limit", "N", "at most N"}};
  command.settings = {"store"};
  command.run = &list_subscribers;
  return command;
}

}  // namespace subledger::ops
