// subledger charges
#include <memory_resource>

#include "events/json.h"
#include "ops/commands.h"
#include "ops/record_rows.h"
#include "ops/stored_account.h"

namespace subledger::ops {
namespace {

Attempt<void> print(const Invocation& call, const std::vector<std::string>& records) {
  Table table(charge_columns());
  const bool json = call.format() == OutputFormat::json;
  for (const std::string& bytes : records) {
    std::pmr::monotonic_buffer_resource scratch;
    const auto charge = decode_charge(bytes, scratch);
    if (!charge) return failure(ExitCode::unreachable, "the store is damaged: " + charge.error().detail);
    if (!json) {
      table.add(charge_cells(*charge));
      continue;
    }
    std::string line;
    append_charge_json(line, *charge);
    if (auto written = call.output().write(line + '\n'); !written) return written;
  }
  return json ? Attempt<void>() : call.output().write(table.take());
}

Attempt<ExitCode> show_charges(const Invocation& call) {
  const auto range = range_of(call);
  if (!range) return tl::unexpected<Failure>(range.error());
  const auto stored = open_account(call);
  if (!stored) return tl::unexpected<Failure>(stored.error());
  const auto records = stored->query.charges(stored->subscriber, *range);
  if (!records) return failure_of(records.error());
  if (!*records) return no_such_subscriber(stored->subscriber);
  if (auto printed = print(call, **records); !printed) return tl::unexpected<Failure>(printed.error());
  return ExitCode::done;
}

}  // namespace

Command charges_command() {
  Command command;
  command.name = "charges";
  command.summary = "list a subscriber's charges";
  command.details = "By sequence.\nExit code 3 for a subscriber without an accepted event.";
  command.arguments = {{"MSISDN", "the subscriber, digits only", true, false}};
  command.options = range_options();
  command.settings = {"store"};
  command.run = &show_charges;
  return command;
}

}  // namespace subledger::ops
