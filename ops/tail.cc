// subledger tail
#include <unistd.h>

#include <numeric>

#include "ops/arguments.h"
#include "ops/commands.h"
#include "ops/open_log.h"
#include "ops/progress.h"
#include "ops/signals.h"
#include "ops/topic_printer.h"

namespace subledger::ops {
namespace {

Attempt<ReadFrom> parse_from(const std::string& text) {
  if (text.empty() || text == "beginning") return ReadFrom(int64_t{0});
  if (text == "end") return ReadFrom(FromEnd{});
  if (const std::optional<int64_t> offset = parse_count(text)) return ReadFrom(*offset);
  if (const std::optional<Timestamp> time = parse_time(text)) return ReadFrom(*time);
  return failure(ExitCode::usage,
                 "--from is neither 'beginning', 'end', an offset, nor a time such as 2014-11-02T10:15:00Z");
}

struct TailOptions {
  ReadOptions read;
  int64_t partition = -1;  ///< -1: all
  int64_t limit = INT64_MAX;
  bool raw = false;
};

Attempt<TailOptions> options_of(const Invocation& call) {
  const std::optional<Topic> topic = parse_topic(call.text("TOPIC"));
  if (!topic)
    return failure(ExitCode::usage, "there is no such topic; name charges, access, rejects or events");
  const auto from = parse_from(call.text("--from"));
  if (!from) return tl::unexpected<Failure>(from.error());
  const auto partition = count_option(call, "--partition", -1);
  if (!partition) return tl::unexpected<Failure>(partition.error());
  const auto limit = count_option(call, "--limit", INT64_MAX);
  if (!limit) return tl::unexpected<Failure>(limit.error());
  TailOptions options;
  options.read.topic = *topic;
  options.read.from = *from;
  options.read.follow = call.has("--follow");
  options.raw = call.has("--raw");
  options.read.headers = options.raw;
  options.partition = *partition;
  options.limit = *limit;
  return options;
}

Attempt<void> choose_partitions(TailOptions& options, int32_t partitions) {
  if (options.partition >= partitions) {
    return failure(ExitCode::not_found, "there is no partition " + std::to_string(options.partition) +
                                            "; the log has 0 to " + std::to_string(partitions - 1));
  }
  if (options.partition >= 0) {
    options.read.partitions = {static_cast<int32_t>(options.partition)};
  } else {
    options.read.partitions.resize(static_cast<std::size_t>(partitions));
    std::iota(options.read.partitions.begin(), options.read.partitions.end(), 0);
  }
  return {};
}

/// Until the end, the limit or a signal.
Attempt<void> print_all(TopicReader& reader, TopicPrinter& printer, const TailOptions& options,
                        const std::atomic<bool>& stop) {
  // On a terminal the records themselves show that it goes on.
  Progress progress("printing", "record", !options.read.follow && !is_terminal(STDOUT_FILENO));
  if (options.limit == INT64_MAX) progress.set_total(reader.backlog());
  for (int64_t left = options.limit; left > 0 && !reader.ended() && !stop;) {
    const auto records = reader.next();
    if (!records) return failure_of(records.error());
    for (const TopicRecord& record : *records) {
      if (left-- == 0) break;
      if (auto printed = printer.print(record); !printed) return printed;
    }
    progress.add(records->size());
    if (!options.read.follow || records->empty()) continue;
    if (auto flushed = printer.flush(); !flushed) return flushed;
  }
  return printer.flush();
}

Attempt<ExitCode> tail_topic(const Invocation& call) {
  Attempt<TailOptions> options = options_of(call);
  if (!options) return tl::unexpected<Failure>(options.error());
  const auto log = open_log(call.configuration());
  if (!log) return tl::unexpected<Failure>(log.error());
  const auto partitions = (*log)->partitions();
  if (!partitions) return failure_of(partitions.error());
  if (auto chosen = choose_partitions(*options, *partitions); !chosen)
    return tl::unexpected<Failure>(chosen.error());
  const StopSignals signals;
  auto reader = TopicReader::open(**log, options->read);
  if (!reader) return failure_of(reader.error());
  TopicPrinter printer(options->read.topic, call.format(), options->raw, call.output());
  const auto printed = print_all(*reader, printer, *options, signals.stop());
  if (!printed) return tl::unexpected<Failure>(printed.error());
  if (!signals.stop()) return ExitCode::done;
  return signals.terminated() && options->read.follow ? ExitCode::done : ExitCode::interrupted;
}

}  // namespace

Command tail_command() {
  Command command;
  command.name = "tail";
  command.summary = "print the committed records of a topic";
  command.details =
      "Without --follow it ends at the end that was there at the start; records are merged by recorded time, "
      "then\n"
      "partition. With --follow they come as the log delivers them, in order within a partition, until "
      "SIGINT\n"
      "(exit code 130) or SIGTERM (0). --from takes 'beginning' (the default), 'end', an offset (of each\n"
      "partition), or an RFC 3339 time, from which recorded time on records are shown.";
  command.arguments = {{"TOPIC", "charges, access, rejects or events", true, false}};
  command.options = {{"--from", "B", "where to begin"},
                     {"--follow", "", "go on with what is written later"},
                     {"--limit", "N", "stop after N records"},
                     {"--partition", "P", "of this partition only"},
                     {"--raw", "", "records as they are stored, always as JSON"}};
  command.settings = {"log", "topic_prefix", "wait_ms", "log_level", "log_format"};
  command.run = &tail_topic;
  return command;
}

}  // namespace subledger::ops
