// subledger whatif
#include "engine/whatif.h"

#include "engine/emitted.h"
#include "ops/commands.h"
#include "ops/difference_output.h"
#include "ops/replaying.h"
#include "ops/scratch.h"
#include "ops/signals.h"

namespace subledger::ops {
namespace {

/// A date is its first moment in UTC.
Attempt<std::optional<Timestamp>> date_of(const Invocation& call, const char* option) {
  if (!call.has(option)) return std::optional<Timestamp>();
  const std::string text = call.text(option);
  std::optional<Timestamp> time = parse_time(text);
  if (!time) time = parse_time(text + "T00:00:00Z");
  if (time) return time;
  return failure(ExitCode::usage, std::string(option) +
                                      " is neither a date such as 2014-11-02 nor a time such as "
                                      "2014-11-02T10:15:00Z");
}

Attempt<WhatIf> question_of(const Invocation& call, const std::vector<CatalogDocument>& catalogs) {
  WhatIf question;
  const auto from = date_of(call, "--from");
  if (!from) return tl::unexpected<Failure>(from.error());
  const auto to = date_of(call, "--to");
  if (!to) return tl::unexpected<Failure>(to.error());
  if (*from && *to && **to <= **from) return failure(ExitCode::usage, "--to is not after --from");
  question.from = *from;
  question.to = *to;
  for (const CatalogDocument& document : catalogs) question.catalogs.push_back(document.text);
  return question;
}

/// What the commands' parts share.
struct Asking {
  const Invocation& call;
  const ReplayedLog& log;
  Scratch& scratch;
  const StopSignals& signals;
  DifferenceWriter& writer;
  Difference& difference;
  ReplayProgress& progress;
};

/// Where the engine has come to: by the group's position, else by its outputs.
Attempt<int64_t> processed_end(const Asking& asking, int32_t partition) {
  Log& log = *asking.log.log;
  const auto committed = log.position_of(asking.call.configuration().text("group"), partition);
  if (!committed) return failure_of(committed.error());
  if (committed->position) return *committed->position;
  const auto emitted = EmittedOutputs(log).in_partition(partition);
  if (!emitted) return failure_of(emitted.error());
  return emitted->position;
}

/// False: interrupted.
Attempt<bool> ask_partition(const Asking& asking, WhatIf question) {
  const auto end = processed_end(asking, question.partition);
  if (!end) return tl::unexpected<Failure>(end.error());
  question.end = *end;
  question.partitions = asking.log.partitions;
  Result<bool> compared = true;
  {
    const auto store = asking.scratch.open(question.partition);
    if (!store) return failure_of(store.error());
    ReplayHooks hooks;
    hooks.go_on = [&] { return !asking.signals.stop(); };
    hooks.progress = [&](uint64_t records) { asking.progress.replayed(question.partition, records); };
    asking.progress.backlog(question.partition, static_cast<uint64_t>(question.end));
    compared = compare_with_log(*asking.log.log, **store, question, hooks, asking.difference);
  }
  asking.scratch.remove(question.partition);
  if (compared) return *compared;
  if (asking.writer.failed()) return tl::unexpected<Failure>(asking.writer.failure());
  return failure_of(compared.error());
}

Attempt<ExitCode> show_end(const Invocation& call, OutputFormat form, const DifferenceTotals& totals,
                           std::string_view currency) {
  const std::string summary = difference_summary(totals, currency);
  if (totals.total.records > 0) call.output().differences_found();
  std::string end;
  if (form == OutputFormat::json) append_difference_json(end, totals);
  if (form == OutputFormat::json) end += '\n';
  if (form == OutputFormat::table) end = difference_tables(totals) + "\n" + summary;
  if (auto written = call.output().write(end); !written) return tl::unexpected<Failure>(written.error());
  if (form != OutputFormat::table) tell(summary);
  return totals.total.records == 0 ? ExitCode::done : ExitCode::differences;
}

Attempt<ExitCode> ask_what_if(const Invocation& call) {
  if (!call.has("--catalog")) return failure(ExitCode::usage, "no catalog is given; use --catalog FILE");
  const auto catalogs = catalogs_of(call);
  if (!catalogs) return tl::unexpected<Failure>(catalogs.error());
  const auto question = question_of(call, *catalogs);
  if (!question) return tl::unexpected<Failure>(question.error());
  const auto log = open_replayed_log(call.configuration());
  if (!log) return tl::unexpected<Failure>(log.error());
  auto scratch = Scratch::make(call, *log);
  if (!scratch) return tl::unexpected<Failure>(scratch.error());
  const StopSignals signals;
  DifferenceWriter writer(call);
  if (auto begun = writer.begin(); !begun) return tl::unexpected<Failure>(begun.error());
  Difference difference(writer);
  {
    ReplayProgress progress("replaying");
    const Asking asking{call, *log, *scratch, signals, writer, difference, progress};
    for (int32_t partition = 0; partition < log->partitions; ++partition) {
      WhatIf of_partition = *question;
      of_partition.partition = partition;
      const auto asked = ask_partition(asking, std::move(of_partition));
      if (!asked) return tl::unexpected<Failure>(asked.error());
      if (!*asked) return failure(ExitCode::interrupted, "interrupted");
    }
  }
  return show_end(call, writer.form(), difference.totals(), catalogs->front().catalog.currency);
}

}  // namespace

Command whatif_command() {
  Command command;
  command.name = "whatif";
  command.summary = "what the log's charges would have been with other catalogs";
  command.details =
      "Replays the log with the catalogs, each as published at its start in place of the version of its "
      "name,\n"
      "and compares with the charges and access records that the log holds: those are the left side. The "
      "forms\n"
      "are those of `diff`; a summary ends it, on stderr where stdout has JSON or CSV. --from and --to bound "
      "event\n"
      "time; a date is its first moment in UTC, and --to itself is not part. Leaves no store behind. Exit "
      "code 4\n"
      "where something differs.";
  command.options = {{"--catalog", "FILE", "a catalog to replay with; any number", true},
                     {"--from", "DATE", "only what occurred at this date or time, or later"},
                     {"--to", "DATE", "only what occurred before this date or time"},
                     amounts_option(),
                     scratch_option()};
  command.settings = {"log", "topic_prefix", "group", "wait_ms", "log_level", "log_format"};
  command.own_output = "csv";
  command.run = &ask_what_if;
  return command;
}

}  // namespace subledger::ops
