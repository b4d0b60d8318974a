// subledger ingest
#include <algorithm>
#include <filesystem>
#include <optional>

#include "events/json.h"
#include "events/ndjson.h"
#include "events/partitioner.h"
#include "ops/commands.h"
#include "ops/event_record.h"
#include "ops/files.h"
#include "ops/open_log.h"
#include "ops/progress.h"
#include "ops/signals.h"

namespace subledger::ops {
namespace {

/// Takes lines to the log or to the bad ones. A failure that is not of a line ends the whole: `failure()`.
class Ingest {
 public:
  Ingest(WriterPort& writer, int32_t partitions, std::optional<File> bad, Progress& progress)
      : writer_(writer), partitions_(partitions), bad_(std::move(bad)), progress_(progress) {}

  /// One input to its end, or until `stop`.
  Attempt<void> read(File input, const std::atomic<bool>& stop) {
    std::optional<Failure> unreadable;
    LineReader lines(
        [&](std::span<char> to) -> std::size_t {
          const Attempt<std::size_t> count = stop ? 0 : input.read(to);
          if (!count) unreadable = count.error();
          bytes_read_ += count.value_or(0);
          return count.value_or(0);
        },
        [this](const LinePiece& piece) { keep_piece(piece); });
    while (const std::optional<Line> line = lines.next()) {
      // A line that a signal has cut is none.
      if (stop) break;
      if (Attempt<void> taken = take(input.path(), *line); !taken) return taken;
      if (failure_) return tl::unexpected<Failure>(*failure_);
    }
    if (unreadable) return tl::unexpected<Failure>(*unreadable);
    return {};
  }

  uint64_t events() const { return events_; }
  uint64_t bad_lines() const { return bad_lines_; }

 private:
  Attempt<void> take(const std::string& path, const Line& line) {
    if (line.overlong) {
      refuse(path, line.number, "the line has more than " + std::to_string(line_size_max) + " bytes");
      return {};
    }
    const Decoded<JsonEvent> parsed = parse_event_json(line.text);
    if (!parsed) {
      keep(line.raw);
      refuse(path, line.number,
             std::string(reason_name(parsed.error().reason)) + ": " + parsed.error().detail);
      return {};
    }
    return send(path, line, parsed->value);
  }

  Attempt<void> send(const std::string& path, const Line& line, const Event& event) {
    const std::string_view value = encoder_.encode(event);
    const bool catalog = std::holds_alternative<CatalogPublished>(event.body);
    if (value.size() > (catalog ? catalog_size_max : value_size_max)) {
      keep(line.raw);
      refuse(path, line.number, "oversize: the event has " + std::to_string(value.size()) + " bytes");
      return {};
    }
    // The same event of a catalog stands once in every partition.
    const int32_t first = catalog ? 0 : partition_of(event.subscriber, partitions_);
    const int32_t last = catalog ? partitions_ - 1 : first;
    for (int32_t partition = first; partition <= last; ++partition) {
      const Result<void> appended = writer_.append(record_.make(event, value, partition));
      if (!appended) return failure_of(appended.error());
    }
    ++events_;
    if (++unreported_ == report_each) report();
    return {};
  }

  /// The line itself is not shown: it may hold a verifier.
  void refuse(const std::string& path, uint64_t number, const std::string& why) {
    ++bad_lines_;
    tell(path + ":" + std::to_string(number) + ": " + why);
  }

  void keep(std::string_view raw) { keep_piece({0, raw, true}); }

  void keep_piece(const LinePiece& piece) {
    if (!bad_ || failure_) return;
    Attempt<void> written = bad_->write(piece.bytes);
    if (written && piece.last) written = bad_->write("\n");
    if (!written) failure_ = written.error();
  }

  void report() {
    progress_.add(unreported_, bytes_read_ - bytes_reported_);
    bytes_reported_ = bytes_read_;
    unreported_ = 0;
  }

  static constexpr uint64_t report_each = 1'000;

  WriterPort& writer_;
  int32_t partitions_;
  std::optional<File> bad_;
  Progress& progress_;
  Encoder encoder_;
  EventRecord record_;
  std::optional<Failure> failure_;  ///< of writing the bad lines
  uint64_t events_ = 0;
  uint64_t bad_lines_ = 0;
  uint64_t bytes_read_ = 0;
  uint64_t bytes_reported_ = 0;
  uint64_t unreported_ = 0;
};

/// All inputs are opened before anything is sent.
Attempt<std::vector<File>> open_inputs(const std::vector<std::string>& paths) {
  std::vector<File> inputs;
  if (paths.empty()) inputs.push_back(File::standard_input());
  for (const std::string& path : paths) {
    Attempt<File> input = File::open_to_read(path);
    if (!input) return tl::unexpected<Failure>(input.error());
    inputs.push_back(*std::move(input));
  }
  return inputs;
}

/// The file of bad lines, emptied, unless the command, or another one, reads or writes it. After the log is
/// open, when all its files are there.
Attempt<File> open_bad_file(const std::string& path, const std::vector<File>& inputs,
                            const std::string& log) {
  if (std::ranges::any_of(inputs, [&](const File& input) { return input.is_at(path); })) {
    return failure(ExitCode::usage, path + ": is read from; name another file for the bad lines");
  }
  // By their paths: to open and close a file of SQLite would let go of its locks.
  for (const std::string& file : files_of_log(log)) {
    std::error_code ignored;
    if (std::filesystem::equivalent(file, path, ignored)) {
      return failure(ExitCode::usage, path + ": belongs to the log; name another file for the bad lines");
    }
  }
  Attempt<File> bad = File::open_to_write(path);
  if (!bad) return bad;
  if (!bad->lock()) {
    return failure(ExitCode::usage, path + ": another ingest writes it; name another file for the bad lines");
  }
  if (Attempt<void> emptied = bad->cut(0); !emptied) return tl::unexpected<Failure>(emptied.error());
  return bad;
}

void sum_up(const Ingest& ingest, const Progress& progress) {
  const double seconds = progress.seconds();
  const auto rate = static_cast<uint64_t>(static_cast<double>(ingest.events()) / seconds);
  tell(counted(ingest.events(), "event") + " taken in " + duration_text(seconds) + " (" + grouped(rate) +
       "/s), " + counted(ingest.bad_lines(), "bad line"));
}

Attempt<ExitCode> ingest_events(const Invocation& call) {
  auto inputs = open_inputs(call.all("FILE"));
  if (!inputs) return tl::unexpected<Failure>(inputs.error());
  const auto log = open_log(call.configuration());
  if (!log) return tl::unexpected<Failure>(log.error());
  const auto partitions = (*log)->partitions();
  if (!partitions) return failure_of(partitions.error());
  const auto writer = (*log)->open_writer(false);
  if (!writer) return failure_of(writer.error());

  std::optional<File> bad;
  if (call.has("--bad")) {
    Attempt<File> file = open_bad_file(call.text("--bad"), *inputs, call.configuration().text("log"));
    if (!file) return tl::unexpected<Failure>(file.error());
    bad.emplace(*std::move(file));
  }

  const StopSignals signals;
  Progress progress("taking", "event");
  for (const File& input : *inputs) progress.add_total(input.size());
  Ingest ingest(**writer, *partitions, std::move(bad), progress);
  Attempt<void> read;
  for (File& input : *inputs) {
    if (!read || signals.stop()) break;
    read = ingest.read(std::move(input), signals.stop());
  }
  const bool cut_short = signals.stop();
  const Result<void> flushed = (*writer)->flush();
  if (read && !flushed) read = failure_of(flushed.error());
  if (!read) {
    return failure(read.error().code, read.error().message +
                                          "; what came before may be in the log: ingest all of it again, "
                                          "events that are in it already will be dropped as duplicates");
  }
  sum_up(ingest, progress);
  if (cut_short) {
    return failure(ExitCode::interrupted,
                   "interrupted before the end of what was to be read: ingest all of it again, events that "
                   "are in the log already will be dropped as duplicates");
  }
  return ingest.bad_lines() == 0 ? ExitCode::done : ExitCode::failed;
}

}  // namespace

Command ingest_command() {
  Command command;
  command.name = "ingest";
  command.summary = "append events from NDJSON to the events topic";
  command.details =
      "Checks the form of events only; whether they can be applied is the engine's to say. A bad line is "
      "named\n"
      "with its number on stderr, the others are taken, and the exit code is 1. A catalog_published event "
      "goes\n"
      "into every partition. Taking the same events again is harmless: the engine drops duplicates.";
  command.arguments = {{"FILE", "files of one JSON event a line; stdin without any", false, true}};
  command.options = {{"--bad", "FILE", "gets the bad lines as they are; an existing file is replaced"}};
  command.settings = {"log", "topic_prefix", "wait_ms", "log_level", "log_format"};
  command.run = &ingest_events;
  return command;
}

}  // namespace subledger::ops
