// subledger catalog check
#include "events/json_writer.h"
#include "ops/catalog_document.h"
#include "ops/commands.h"
#include "ops/table.h"

namespace subledger::ops {
namespace {

std::string json_of(const Catalog& catalog) {
  std::string text;
  ObjectWriter out(text);
  out.text("version", catalog.version);
  out.time("effective_from", catalog.effective_from);
  out.text("currency", catalog.currency);
  out.integer("tariffs", catalog.tariffs.size());
  out.integer("options", catalog.options.size());
  out.integer("services", catalog.services.size());
  out.close();
  return text + '\n';
}

std::string table_of(const Catalog& catalog) {
  return pairs_text({{"version", catalog.version},
                     {"effective from", format_time(catalog.effective_from)},
                     {"currency", catalog.currency},
                     {"tariffs", std::to_string(catalog.tariffs.size())},
                     {"options", std::to_string(catalog.options.size())},
                     {"services", std::to_string(catalog.services.size())}});
}

Attempt<ExitCode> check_catalog(const Invocation& call) {
  const auto document = read_catalog_document(call.text("FILE"));
  if (!document) return tl::unexpected<Failure>(document.error());
  const Catalog& catalog = document->catalog;
  const auto written =
      call.output().write(call.format() == OutputFormat::json ? json_of(catalog) : table_of(catalog));
  if (!written) return tl::unexpected<Failure>(written.error());
  return ExitCode::done;
}

}  // namespace

Command catalog_check_command() {
  Command command;
  command.group = "catalog";
  command.name = "check";
  command.summary = "check a catalog document without publishing it";
  command.details = "Exit code 1 with the JSON Pointer of the first offending field, if there is one.";
  command.arguments = {{"FILE", "the document, JSON", true, false}};
  command.run = &check_catalog;
  return command;
}

}  // namespace subledger::ops
