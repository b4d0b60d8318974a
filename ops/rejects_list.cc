// subledger rejects list
#include <deque>
#include <map>
#include <memory_resource>

#include "events/json_writer.h"
#include "ops/commands.h"
#include "ops/open_log.h"
#include "ops/record_rows.h"
#include "ops/reject_topic.h"
#include "ops/signals.h"
#include "ops/table.h"

namespace subledger::ops {
namespace {

constexpr std::size_t rows_max = 1'000;

/// How many rejects share something, and when the first and the last were recorded.
struct RejectCount {
  uint64_t count = 0;
  Timestamp first;
  Timestamp last;

  void add(Timestamp recorded_at) {
    first = count == 0 ? recorded_at : std::min(first, recorded_at);
    last = count == 0 ? recorded_at : std::max(last, recorded_at);
    ++count;
  }
};

/// By reason in the order of precedence, by day (UTC), or by subscriber.
class RejectCounts {
 public:
  explicit RejectCounts(std::string by) : by_(std::move(by)) {}

  void add(const RejectRecord& reject) { counts_[group_of(reject)].add(reject.recorded_at); }

  std::string text(OutputFormat format) const {
    std::string json;
    Table table({{by_}, {"count", Align::right}, {"first"}, {"last"}});
    for (const auto& [group, count] : counts_) {
      table.add(
          {group.second, std::to_string(count.count), format_time(count.first), format_time(count.last)});
      ObjectWriter object(json);
      object.text_unless_empty(by_, group.second);
      object.integer("count", count.count);
      object.time("first", count.first);
      object.time("last", count.last);
      object.close();
      json += '\n';
    }
    return format == OutputFormat::json ? json : table.take();
  }

 private:
  /// What orders a group, and its name.
  std::pair<int, std::string> group_of(const RejectRecord& reject) const {
    if (by_ == "day") return {0, format_time(reject.recorded_at).substr(0, 10)};
    if (by_ == "subscriber") return {0, std::string(reject.subscriber)};
    return {static_cast<int>(reject.reason), std::string(reason_name(reject.reason))};
  }

  std::string by_;
  std::map<std::pair<int, std::string>, RejectCount> counts_;
};

class RejectPrinter {
 public:
  RejectPrinter(OutputFormat format, Output& output) : json_(format == OutputFormat::json), output_(output) {}

  /// A line of NDJSON, or cells of the table.
  using Row = std::vector<std::string>;

  Row row_of(const RejectRecord& reject) const {
    if (json_) {
      std::string line;
      append_listed_reject(line, reject, false);
      return {line + '\n'};
    }
    std::pmr::monotonic_buffer_resource scratch;
    std::string occurred, type, what;
    if (const std::optional<Event> event = rejected_event(reject, scratch)) {
      std::vector<std::string> cells = event_cells(*event, reject.source, reject.recorded_at);
      what = std::move(cells.back());
      type = type_name(event->body);
      occurred = format_time(event->occurred_at);
    }
    return {source_text(reject.source),
            format_time(reject.recorded_at),
            std::string(reason_name(reject.reason)),
            std::string(reject.subscriber),
            occurred,
            type,
            what,
            std::string(reject.detail)};
  }

  Attempt<void> print(Row row) {
    if (json_) return output_.write(row.front());
    table_.add(std::move(row));
    return table_.waiting() < rows_max ? Attempt<void>() : output_.write(table_.take());
  }

  Attempt<void> finish() { return json_ ? Attempt<void>() : output_.write(table_.take()); }

 private:
  bool json_;
  Output& output_;
  Table table_{{{"source"},
                {"recorded at"},
                {"reason"},
                {"subscriber"},
                {"occurred at"},
                {"type"},
                {"what"},
                {"detail"}}};
};

Attempt<void> list(const Invocation& call, Log& log, const std::vector<int32_t>& partitions,
                   const RejectFilter& filter, std::size_t limit, const std::atomic<bool>& stop) {
  RejectPrinter printer(call.format(), call.output());
  RejectCounts counts("reason");
  std::deque<RejectPrinter::Row> latest;
  const auto read = each_reject(log, partitions, stop, [&](const RejectRecord& reject) -> Attempt<bool> {
    if (!filter.matches(reject)) return true;
    counts.add(reject);
    if (limit == SIZE_MAX) return printer.print(printer.row_of(reject)).map([] { return true; });
    latest.push_back(printer.row_of(reject));
    if (latest.size() > limit) latest.pop_front();
    return true;
  });
  if (!read) return read;
  for (RejectPrinter::Row& row : latest) {
    if (auto printed = printer.print(std::move(row)); !printed) return printed;
  }
  if (auto finished = printer.finish(); !finished) return finished;
  if (call.format() == OutputFormat::json) return {};
  return call.output().write("\n" + counts.text(OutputFormat::table));
}

Attempt<void> count(const Invocation& call, Log& log, const std::vector<int32_t>& partitions,
                    const RejectFilter& filter, const std::atomic<bool>& stop) {
  RejectCounts counts(call.text("--by"));
  const auto read = each_reject(log, partitions, stop, [&](const RejectRecord& reject) -> Attempt<bool> {
    if (filter.matches(reject)) counts.add(reject);
    return true;
  });
  if (!read) return read;
  return call.output().write(counts.text(call.format()));
}

Attempt<ExitCode> list_rejects(const Invocation& call) {
  const auto filter = reject_filter_of(call);
  if (!filter) return tl::unexpected<Failure>(filter.error());
  const auto limit = count_option(call, "--limit", INT64_MAX);
  if (!limit) return tl::unexpected<Failure>(limit.error());
  const std::string by = call.text("--by");
  if (call.has("--by") && by != "reason" && by != "day" && by != "subscriber") {
    return failure(ExitCode::usage, "--by takes reason, day or subscriber");
  }
  const auto log = open_log(call.configuration());
  if (!log) return tl::unexpected<Failure>(log.error());
  const auto partitions = partitions_of(**log);
  if (!partitions) return tl::unexpected<Failure>(partitions.error());
  const StopSignals signals;
  const std::size_t latest = call.has("--limit") ? static_cast<std::size_t>(*limit) : SIZE_MAX;
  const auto done = call.has("--by") ? count(call, **log, *partitions, *filter, signals.stop())
                                     : list(call, **log, *partitions, *filter, latest, signals.stop());
  if (!done) return tl::unexpected<Failure>(done.error());
  return signals.stop() ? ExitCode::interrupted : ExitCode::done;
}

}  // namespace

Command rejects_list_command() {
  Command command;
  command.group = "rejects";
  command.name = "list";
  command.summary = "list what was rejected, with the events where they can be decoded";
  command.details =
      "By recorded time, then partition; a table ends with the counts by reason. With --by the counts only: "
      "by\n"
      "reason in the order of precedence, by day (UTC), or by subscriber. A password's verifier is left out.";
  command.options = reject_filter_options();
  command.options.push_back({"--by", "WHAT", "counts by reason, day or subscriber"});
  command.options.push_back({"--limit", "N", "of these, the N latest"});
  command.settings = {"log", "topic_prefix", "wait_ms", "log_level", "log_format"};
  command.run = &list_rejects;
  return command;
}

}  // namespace subledger::ops
