// subledger account
#include "events/partitioner.h"
#include "ops/arguments.h"
#include "ops/commands.h"
#include "ops/open_log.h"
#include "ops/past.h"
#include "ops/stored_account.h"
#include "ops/stores.h"
#include "ops/table.h"

namespace subledger::ops {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string grants_text(const AccountView& account, const std::string& unit) {
  std::vector<std::string> grants;
  for (const Grant& grant : account.grants) {
    const std::string amount = grant.kind == GrantKind::money ? format_money(Money{grant.remaining}) + unit
                                                              : std::to_string(grant.remaining) + " bytes";
    grants.push_back(amount + (grant.expires_at ? " until " + format_time(*grant.expires_at) : ""));
  }
  return grants.empty() ? "none" : joined(grants);
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
      {"grants", grants_text(account, unit)},
      {"charges", std::to_string(account.sequence)},
      {"as of", "partition " + std::to_string(account.as_of.partition) + ", offset " +
                    std::to_string(account.as_of.offset) + ", " + format_time(account.as_of.recorded_at)}};
  return pairs_text(pairs);
}

/// PARTITION:OFFSET, or a recorded time.
Attempt<HistoryEnd> end_of(const std::string& text, Msisdn subscriber, int32_t partition) {
  if (const std::optional<Timestamp> time = parse_time(text)) return HistoryEnd{std::nullopt, *time};
  const std::optional<Source> place = parse_source(text);
  if (!place) {
    return failure(ExitCode::usage,
                   "--as-of is neither PARTITION:OFFSET nor a time such as 2014-11-02T10:15:00Z");
  }
  if (place->partition == partition) return HistoryEnd{place->offset, std::nullopt};
  return failure(ExitCode::usage, "subscriber " + masked_msisdn(subscriber) + " is in partition " +
                                      std::to_string(partition) + ": name an offset of that one");
}

Attempt<void> check_place(Log& log, int32_t partition, const HistoryEnd& end) {
  if (!end.offset) return {};
  const auto reader = log.open_reader(Topic::events);
  if (!reader) return failure_of(reader.error());
  const auto range = (*reader)->range(Topic::events, partition);
  if (!range) return failure_of(range.error());
  if (*end.offset < range->end) return {};
  return failure(ExitCode::not_found, "partition " + std::to_string(partition) + " has no offset " +
                                          std::to_string(*end.offset) + " yet");
}

/// Rebuilt from the log's beginning.
Attempt<AccountView> past_account(const Invocation& call) {
  const auto subscriber = parse_subscriber(call.text("MSISDN"));
  if (!subscriber) return tl::unexpected<Failure>(subscriber.error());
  const auto log = open_log(call.configuration());
  if (!log) return tl::unexpected<Failure>(log.error());
  const auto partitions = (*log)->partitions();
  if (!partitions) return failure_of(partitions.error());
  const int32_t partition = partition_of(format_msisdn(*subscriber), *partitions);
  const auto end = end_of(call.text("--as-of"), *subscriber, partition);
  if (!end) return tl::unexpected<Failure>(end.error());
  if (auto there = check_place(**log, partition, *end); !there) return tl::unexpected<Failure>(there.error());
  if (!call.configuration().text("store").empty()) {
    const auto stores = find_stores(call.configuration());
    if (!stores) return tl::unexpected<Failure>(stores.error());
    if (auto same = check_same_log(*stores, **log); !same) return tl::unexpected<Failure>(same.error());
  }
  History history(*subscriber, partition, *partitions);
  const auto read = read_past(
      **log, partition, *end, history, [](const HistoryStep&) {}, [] { return true; });
  if (!read) return tl::unexpected<Failure>(read.error());
  std::optional<AccountView> account = history.account();
  if (account) return *std::move(account);
  return failure(ExitCode::not_found,
                 "no event of subscriber " + masked_msisdn(*subscriber) + " had been accepted by then");
}

Attempt<AccountView> present_account(const Invocation& call) {
  const auto stored = open_account(call);
  if (!stored) return tl::unexpected<Failure>(stored.error());
  auto account = stored->query.account(stored->subscriber);
  if (!account) return failure_of(account.error());
  if (!*account) return no_such_subscriber(stored->subscriber);
  return **std::move(account);
}

Attempt<ExitCode> show_account(const Invocation& call) {
  const auto account = call.has("--as-of") ? past_account(call) : present_account(call);
  if (!account) return tl::unexpected<Failure>(account.error());
  std::string text;
  if (call.format() == OutputFormat::json) {
    append_account_json(text, *account);
    text += '\n';
  } else {
    text = table_of(*account);
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
      "accepted event. --as-of PARTITION:OFFSET is behind that record, --as-of TIME behind the last one "
      "recorded\n"
      "by then; it is rebuilt from the log, named with --log.";
  command.arguments = {{"MSISDN", "the subscriber, digits only", true, false}};
  command.options = {{"--as-of", "PLACE", "as it was behind this offset, or at this recorded time"}};
  command.settings = {"store", "log", "topic_prefix", "wait_ms", "log_level", "log_format"};
  command.run = &show_account;
  return command;
}

}  // namespace subledger::ops
