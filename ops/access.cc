// subledger access
#include <memory_resource>

#include "events/json.h"
#include "ops/commands.h"
#include "ops/record_rows.h"
#include "ops/stored_account.h"

namespace subledger::ops {
namespace {

Attempt<void> print(const Invocation& call, const std::vector<std::string>& records) {
  Table table(access_columns());
  const bool json = call.format() == OutputFormat::json;
  for (const std::string& bytes : records) {
    std::pmr::monotonic_buffer_resource scratch;
    const auto access = decode_access(bytes, scratch);
    if (!access) return failure(ExitCode::unreachable, "the store is damaged: " + access.error().detail);
    if (!json) {
      table.add(access_cells(*access));
      continue;
    }
    std::string line;
    append_access_json(line, *access);
    if (auto written = call.output().write(line + '\n'); !written) return written;
  }
  return json ? Attempt<void>() : call.output().write(table.take());
}

Attempt<ExitCode> show_access(const Invocation& call) {
  const auto range = range_of(call);
  if (!range) return tl::unexpected<Failure>(range.error());
  const auto stored = open_account(call);
  if (!stored) return tl::unexpected<Failure>(stored.error());
  const auto records = stored->query.access(stored->subscriber, *range);
  if (!records) return failure_of(records.error());
  if (!*records) return no_such_subscriber(stored->subscriber);
  if (auto printed = print(call, **records); !printed) return tl::unexpected<Failure>(printed.error());
  return ExitCode::done;
}

}  // namespace

Command access_command() {
  Command command;
  command.name = "access";
  command.summary = "list a subscriber's access records";
  command.details =
      "In the order in which the log has their events.\nExit code 3 for a subscriber without an accepted "
      "event.";
  command.arguments = {{"MSISDN", "the subscriber, digits only", true, false}};
  command.options = range_options();
  command.settings = {"store"};
  command.run = &show_access;
  return command;
}

}  // namespace subledger::ops
