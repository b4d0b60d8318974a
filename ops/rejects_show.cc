// subledger rejects show
#include <memory_resource>

#include "events/json.h"
#include "events/text.h"
#include "ops/commands.h"
#include "ops/open_log.h"
#include "ops/record_rows.h"
#include "ops/reject_topic.h"
#include "ops/signals.h"
#include "ops/table.h"

namespace subledger::ops {
namespace {

std::string bytes_text(const std::optional<std::string_view>& bytes) {
  return bytes ? std::to_string(bytes->size()) + " bytes" : "null";
}

std::string key_text(const std::optional<std::string_view>& key) {
  std::string text;
  if (key) append_printable(text, *key);
  return key ? "'" + text + "'" : "null";
}

std::string table_of(const RejectRecord& reject) {
  std::vector<std::pair<std::string, std::string>> pairs = {
      {"source", source_text(reject.source)},
      {"recorded at", format_time(reject.recorded_at)},
      {"reason", std::string(reason_name(reject.reason))},
      {"detail", std::string(reject.detail)},
      {"key", key_text(reject.key)},
      {"value", bytes_text(reject.payload)}};
  if (!reject.subscriber.empty()) pairs.emplace_back("subscriber", reject.subscriber);
  if (reject.event_id) pairs.emplace_back("event id", format_uuid(*reject.event_id));
  std::pmr::monotonic_buffer_resource scratch;
  if (const std::optional<Event> event = rejected_event(reject, scratch)) {
    const auto cells = event_cells(*event, reject.source, reject.recorded_at);
    pairs.emplace_back("event", std::string(type_name(event->body)) + " " + cells.back());
    pairs.emplace_back("occurred at", format_time(event->occurred_at));
    pairs.emplace_back("channel", channel_name(event->channel));
  } else {
    pairs.emplace_back("event", "cannot be decoded; --output json shows its bytes");
  }
  for (const Header& header : reject.headers) {
    std::string name;
    append_printable(name, header.name);
    pairs.emplace_back("header " + name, header.value ? std::string(*header.value) : "null");
  }
  return pairs_text(pairs);
}

Attempt<ExitCode> show_reject(const Invocation& call) {
  const std::optional<Source> source = parse_source(call.text("SOURCE"));
  if (!source) return failure(ExitCode::usage, "SOURCE is PARTITION:OFFSET, such as 3:1042");
  const auto log = open_log(call.configuration());
  if (!log) return tl::unexpected<Failure>(log.error());
  const auto partitions = (*log)->partitions();
  if (!partitions) return failure_of(partitions.error());
  if (source->partition >= *partitions) {
    return failure(ExitCode::not_found,
                   "the log has the partitions 0 to " + std::to_string(*partitions - 1) + " only");
  }
  bool found = false;
  const StopSignals signals;
  // What comes of partition p goes to partition p, in its order.
  const auto read = each_reject(**log, {source->partition}, signals.stop(),
                                [&](const RejectRecord& reject) -> Attempt<bool> {
                                  if (reject.source != *source) return reject.source.offset < source->offset;
                                  found = true;
                                  std::string text;
                                  if (call.format() == OutputFormat::json) {
                                    append_listed_reject(text, reject, true);
                                    text += '\n';
                                  } else {
                                    text = table_of(reject);
                                  }
                                  return call.output().write(text).map([] { return false; });
                                });
  if (!read) return tl::unexpected<Failure>(read.error());
  if (signals.stop()) return ExitCode::interrupted;
  if (!found) {
    return failure(ExitCode::not_found,
                   "the record " + source_text(*source) + " was not rejected, or not yet processed");
  }
  return ExitCode::done;
}

}  // namespace

Command rejects_show_command() {
  Command command;
  command.group = "rejects";
  command.name = "show";
  command.summary = "show one reject, its headers and the event";
  command.details =
      "SOURCE is the place of the rejected record in the events topic: 3:1042, or 3-1042. As JSON with its\n"
      "original bytes. Exit code 3 where that record was not rejected.";
  command.arguments = {{"SOURCE", "PARTITION:OFFSET of the rejected record", true, false}};
  command.settings = {"log", "topic_prefix", "wait_ms", "log_level", "log_format"};
  command.run = &show_reject;
  return command;
}

}  // namespace subledger::ops
