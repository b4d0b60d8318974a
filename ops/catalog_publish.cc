// subledger catalog publish
#include <algorithm>
#include <memory_resource>

#include "events/codec.h"
#include "ops/catalog_document.h"
#include "ops/commands.h"
#include "ops/event_record.h"
#include "ops/log_catalogs.h"
#include "ops/open_log.h"

namespace subledger::ops {
namespace {

/// What the log holds must agree with the document. The one version that is the document; nullptr: none.
Attempt<const LogCatalog*> find_same(const std::vector<LogCatalog>& published,
                                     const CatalogDocument& document) {
  const LogCatalog* same = nullptr;
  for (const LogCatalog& known : published) {
    if (known.version == document.catalog.version && known.canonical != document.canonical) {
      return failure(ExitCode::failed,
                     "/version: '" + known.version +
                         "' is published with other content already; give the new one another name");
    }
    if (known.currency != document.catalog.currency) {
      return failure(ExitCode::failed, "/currency: the log's currency is " + known.currency + ", not " +
                                           document.catalog.currency +
                                           "; all versions of a log have one currency");
    }
    if (known.canonical == document.canonical) same = &known;
  }
  return same;
}

Attempt<void> send(WriterPort& writer, const std::string& value, const std::vector<int32_t>& partitions) {
  std::pmr::monotonic_buffer_resource scratch;
  const auto event = decode_event(value, true, scratch);
  if (!event) return failure(ExitCode::failed, "the event cannot be decoded again: " + event.error().detail);
  EventRecord record;
  for (const int32_t partition : partitions) {
    const auto appended = writer.append(record.make(*event, value, partition));
    if (!appended) return failure_of(appended.error());
  }
  if (const auto flushed = writer.flush(); !flushed) return failure_of(flushed.error());
  return {};
}

Attempt<ExitCode> publish_catalog(const Invocation& call) {
  const auto document = read_catalog_document(call.text("FILE"));
  if (!document) return tl::unexpected<Failure>(document.error());
  const auto log = open_log(call.configuration());
  if (!log) return tl::unexpected<Failure>(log.error());
  const auto partitions = (*log)->partitions();
  if (!partitions) return failure_of(partitions.error());
  // The writer first: on Kafka it fences other publishers, so what is read next is all there is.
  const auto writer = (*log)->open_writer(true);
  if (!writer) return failure_of(writer.error());
  const auto published = read_log_catalogs(**log, *partitions);
  if (!published) return failure_of(published.error());
  const auto same = find_same(*published, *document);
  if (!same) return failure(same.error().code, call.text("FILE") + ": " + same.error().message);
  std::vector<int32_t> missing;
  for (int32_t partition = 0; partition < *partitions; ++partition) {
    if (*same == nullptr || !std::ranges::binary_search((*same)->partitions, partition))
      missing.push_back(partition);
  }
  const std::string& version = document->catalog.version;
  const auto count = static_cast<uint64_t>(*partitions);
  if (missing.empty()) {
    tell("catalog " + version + " is in " + counted(count, "partition") + " already; nothing to do");
    return ExitCode::done;
  }
  // From here on the log changes, all at once or not at all.
  const auto sent = send(**writer, *same == nullptr ? document->event : (*same)->event, missing);
  if (!sent) return tl::unexpected<Failure>(sent.error());
  tell("catalog " + version + " published to " + grouped(missing.size()) + " of " +
       counted(count, "partition"));
  return ExitCode::done;
}

}  // namespace

Command catalog_publish_command() {
  Command command;
  command.group = "catalog";
  command.name = "publish";
  command.summary = "publish a catalog version into every partition of a log, in one transaction";
  command.details =
      "Reads the whole log first, since a catalog can stand anywhere in it. Publishing again is harmless: "
      "only\n"
      "partitions that lack the version get it. A known name with other content, or another currency, is "
      "refused\n"
      "before anything is sent (exit code 1).";
  command.arguments = {{"FILE", "the document, JSON", true, false}};
  command.settings = {"log", "topic_prefix", "wait_ms", "log_level", "log_format"};
  command.run = &publish_catalog;
  return command;
}

}  // namespace subledger::ops
