// subledger catalog show
#include <algorithm>

#include "events/json_writer.h"
#include "ops/commands.h"
#include "ops/log_catalogs.h"
#include "ops/open_log.h"
#include "ops/table.h"

namespace subledger::ops {
namespace {

std::string json_of(const LogCatalog& catalog) {
  std::string text;
  ObjectWriter out(text);
  out.text("version", catalog.version);
  out.time("effective_from", catalog.effective_from);
  out.text("currency", catalog.currency);
  std::string& partitions = out.member("partitions") += '[';
  for (std::size_t i = 0; i < catalog.partitions.size(); ++i) {
    if (i > 0) partitions += ',';
    partitions += std::to_string(catalog.partitions[i]);
  }
  partitions += ']';
  // It has been read as a catalog, so it is JSON.
  static_cast<void>(append_json_verbatim(out.member("catalog"), catalog.document));
  out.close();
  return text + '\n';
}

Attempt<void> show(const Invocation& call, const std::vector<LogCatalog>& catalogs, std::size_t partitions) {
  if (call.format() == OutputFormat::json) {
    for (const LogCatalog& catalog : catalogs) {
      if (auto written = call.output().write(json_of(catalog)); !written) return written;
    }
    return {};
  }
  Table table({{"version"}, {"effective from"}, {"currency"}, {"partitions", Align::right}});
  for (const LogCatalog& catalog : catalogs) {
    table.add({catalog.version, format_time(catalog.effective_from), catalog.currency,
               std::to_string(catalog.partitions.size()) + " of " + std::to_string(partitions)});
  }
  return call.output().write(table.take());
}

Attempt<ExitCode> show_catalogs(const Invocation& call) {
  const auto log = open_log(call.configuration());
  if (!log) return tl::unexpected<Failure>(log.error());
  const auto partitions = (*log)->partitions();
  if (!partitions) return failure_of(partitions.error());
  const auto catalogs = read_log_catalogs(**log, *partitions);
  if (!catalogs) return failure_of(catalogs.error());
  const auto count = static_cast<std::size_t>(*partitions);
  const auto is_partial = [count](const LogCatalog& each) { return each.partitions.size() != count; };
  if (std::ranges::any_of(*catalogs, is_partial)) call.output().differences_found();
  if (auto shown = show(call, *catalogs, count); !shown) return tl::unexpected<Failure>(shown.error());
  ExitCode code = ExitCode::done;
  for (const LogCatalog& catalog : *catalogs) {
    if (!is_partial(catalog)) continue;
    tell("catalog " + catalog.version + " is in " + std::to_string(catalog.partitions.size()) + " of " +
         counted(count, "partition") + " only; publish it again to repair that");
    code = ExitCode::differences;
  }
  return code;
}

}  // namespace

Command catalog_show_command() {
  Command command;
  command.group = "catalog";
  command.name = "show";
  command.summary = "show the catalog versions of a log";
  command.details =
      "Exit code 4 where a version is not in every partition. As JSON, each line has the document as well.";
  command.settings = {"log", "topic_prefix", "wait_ms", "log_level", "log_format"};
  command.run = &show_catalogs;
  return command;
}

}  // namespace subledger::ops
