// subledger export
#include <algorithm>
#include <filesystem>
#include <memory_resource>

#include "events/json.h"
#include "ops/arguments.h"
#include "ops/commands.h"
#include "ops/export_file.h"
#include "ops/open_log.h"
#include "ops/progress.h"
#include "ops/record_rows.h"
#include "ops/signals.h"
#include "ops/stores.h"
#include "ops/table.h"

namespace subledger::ops {
namespace {

constexpr int poll_ms = 100;
constexpr std::size_t poll_records = 5'000;
constexpr int64_t accounts_each = 1'000;

struct ExportCall {
  ExportManifest manifest;  ///< what is asked for
  TimeSpan recorded;
  std::string file;
};

Attempt<ExportCall> call_of(const Invocation& call) {
  ExportCall asked;
  const auto what = parse_what(call.text("--what"));
  if (!what) return failure(ExitCode::usage, "--what has to be charges, access, accounts or rejects");
  const auto format = parse_export_format(call.text("--format"));
  if (!format) return failure(ExitCode::usage, "--format has to be csv or ndjson");
  asked.file = call.text("--to");
  if (asked.file.empty()) return failure(ExitCode::usage, "name the file with --to FILE");
  const auto from = time_option(call, "--from");
  if (!from) return tl::unexpected<Failure>(from.error());
  const auto until = time_option(call, "--until");
  if (!until) return tl::unexpected<Failure>(until.error());
  if (*from && *until && **from >= **until) {
    return failure(ExitCode::usage, "--until has to be later than --from: it is the first instant left out");
  }
  asked.recorded = {*from, *until};
  asked.manifest.what = *what;
  asked.manifest.format = *format;
  if (*from) asked.manifest.from = format_time(**from);
  if (*until) asked.manifest.until = format_time(**until);
  if (*what == ExportWhat::accounts && (*from || *until)) {
    return failure(ExitCode::usage, "accounts are as of now: they take neither --from nor --until");
  }
  return asked;
}

Attempt<void> print_manifest(const Invocation& call, const ExportManifest& manifest) {
  if (call.format() == OutputFormat::json) return call.output().write(manifest_json(manifest) + '\n');
  return call.output().write(pairs_text({{"records", grouped(manifest.records)},
                                         {"bytes", grouped(manifest.bytes)},
                                         {"sha256", manifest.sha256},
                                         {"complete", manifest.complete ? "yes" : "no"}}));
}

/// Why the export that stands in the file is not one to go on with.
Attempt<void> check_begun(const Invocation& call, const ExportManifest& begun, const ExportCall& asked,
                          const std::string& log) {
  if (!begun.same_export(asked.manifest)) {
    return failure(ExitCode::usage,
                   asked.file + ": holds another export, as its manifest says; name another file");
  }
  if (begun.log != log) {
    return failure(ExitCode::unreachable, asked.file + ": holds an export of another log (" + begun.log +
                                              ", not " + log + "); name another file");
  }
  if (!begun.complete) return {};
  if (auto shown = print_manifest(call, begun); !shown) return shown;
  return failure(ExitCode::failed, asked.file +
                                       ": is complete already, with what there was when it began; name "
                                       "another file, or delete this one and its manifest");
}

/// The export that was begun in this file, or a new one with the parts that `plan` makes.
template <class Plan>
Attempt<ExportFile> open_file(const Invocation& call, const ExportCall& asked, const std::string& log,
                              Plan plan) {
  std::error_code ignored;
  if (std::filesystem::exists(manifest_path(asked.file), ignored)) {
    auto begun = ExportFile::open(asked.file);
    if (!begun) return begun;
    if (auto checked = check_begun(call, begun->manifest(), asked, log); !checked) {
      return tl::unexpected<Failure>(checked.error());
    }
    if (auto going = begun->go_on(); !going) return tl::unexpected<Failure>(going.error());
    return begun;
  }
  ExportManifest manifest = asked.manifest;
  manifest.log = log;
  auto parts = plan();
  if (!parts) return tl::unexpected<Failure>(parts.error());
  manifest.partitions = *std::move(parts);
  return ExportFile::begin(asked.file, std::move(manifest));
}

Topic topic_of(ExportWhat what) {
  if (what == ExportWhat::charges) return Topic::charges;
  return what == ExportWhat::access ? Topic::access : Topic::rejects;
}

/// Empty: the bytes are no such record.
std::string json_of(ExportWhat what, std::string_view value) {
  std::string json;
  std::pmr::monotonic_buffer_resource scratch;
  if (what == ExportWhat::charges) {
    if (const auto charge = decode_charge(value, scratch)) append_charge_json(json, *charge);
  } else if (what == ExportWhat::access) {
    if (const auto access = decode_access(value, scratch)) append_access_json(json, *access);
  } else if (const auto reject = decode_reject(value, scratch)) {
    append_reject_json(json, *reject);
  }
  return json;
}

Attempt<std::vector<ExportPart>> plan_topic(Log& log, Topic topic) {
  const auto partitions = log.partitions();
  if (!partitions) return failure_of(partitions.error());
  const auto reader = log.open_reader(topic);
  if (!reader) return failure_of(reader.error());
  std::vector<ExportPart> parts;
  for (int32_t partition = 0; partition < *partitions; ++partition) {
    const auto range = (*reader)->range(topic, partition);
    if (!range) return failure_of(range.error());
    parts.push_back({partition, range->first, range->end, range->first == range->end});
  }
  return parts;
}

/// One partition of a topic, until its end or `stop`.
class TopicExport {
 public:
  TopicExport(ExportFile& file, const TimeSpan& recorded, Progress& progress, const std::atomic<bool>& stop)
      : file_(file), recorded_(recorded), progress_(progress), stop_(stop) {}

  Attempt<void> write(Log& log, ExportPart& part) {
    const Topic topic = topic_of(file_.manifest().what);
    const auto reader = log.open_reader(topic);
    if (!reader) return failure_of(reader.error());
    const auto range = (*reader)->range(topic, part.partition);
    if (!range) return failure_of(range.error());
    if (range->first > part.next) {
      return failure(ExitCode::unreachable, "partition " + std::to_string(part.partition) +
                                                " of the topic begins at " + std::to_string(range->first) +
                                                " by now: what was to follow is gone");
    }
    if (auto sought = (*reader)->seek(topic, part.partition, part.next); !sought) {
      return failure_of(sought.error());
    }
    while (!stop_ && !(*reader)->passed(part.partition, part.end)) {
      const auto records = (*reader)->poll(poll_ms, poll_records);
      if (!records) return failure_of(records.error());
      for (const LogRecord& record : *records) {
        if (record.offset >= part.end) break;
        if (auto taken = take(record, part); !taken) return taken;
      }
      progress_.add(records->size());
    }
    part.done = (*reader)->passed(part.partition, part.end);
    return {};
  }

 private:
  Attempt<void> take(const LogRecord& record, ExportPart& part) {
    if (recorded_.contains(record.recorded_at)) {
      const std::string json = json_of(file_.manifest().what, record.value.value_or(""));
      if (json.empty()) {
        return failure(ExitCode::failed, "the record " + source_text({record.partition, record.offset}) +
                                             " of the topic cannot be decoded; find out who wrote it");
      }
      if (auto added = file_.add(json); !added) return added;
    }
    return file_.advance(part, record.offset + 1);
  }

  ExportFile& file_;
  const TimeSpan& recorded_;
  Progress& progress_;
  const std::atomic<bool>& stop_;
};

/// Accounts of a partition's store, which has to be where it was when the export began.
Attempt<void> write_accounts(ExportFile& file, const std::string& directory, ExportPart& part,
                             Progress& progress, const std::atomic<bool>& stop) {
  const auto opened = open_store(directory, part.partition);
  if (!opened) return tl::unexpected<Failure>(opened.error());
  if (opened->query.meta().position != part.end) {
    return failure(ExitCode::failed, "the store of partition " + std::to_string(part.partition) +
                                         " has gone on since the export began; delete the file and its "
                                         "manifest to begin anew");
  }
  int64_t skipped = 0;
  int64_t next = part.next;
  Attempt<void> written;
  const auto scanned = opened->query.each_account([&](const AccountView& account) {
    if (skipped < part.next) {
      ++skipped;
      return true;
    }
    std::string json;
    append_account_json(json, account);
    written = file.add(json);
    if (++next % accounts_each == 0) progress.add(static_cast<uint64_t>(accounts_each));
    return written && !(stop && next % accounts_each == 0);
  });
  if (!scanned) return failure_of(scanned.error());
  if (!written) return written;
  part.done = !stop;
  return file.advance(part, next);
}

Attempt<void> finish(const Invocation& call, ExportFile& file) {
  ExportManifest& manifest = file.manifest();
  manifest.complete = std::ranges::all_of(manifest.partitions, &ExportPart::done);
  if (auto saved = file.save(); !saved) return saved;
  return print_manifest(call, manifest);
}

/// Of log and store an export reads one. Whoever names the other on the command line means that they belong
/// together.
Attempt<void> check_sources(const Configuration& configuration, ExportWhat what) {
  const std::string unread = what == ExportWhat::accounts ? "log" : "store";
  if (configuration.values().at(unread).origin != "--" + unread) return {};
  const auto log = open_log(configuration);
  if (!log) return tl::unexpected<Failure>(log.error());
  const auto stores = find_stores(configuration);
  if (!stores) return tl::unexpected<Failure>(stores.error());
  return check_same_log(*stores, **log);
}

Attempt<ExportFile> export_accounts(const Invocation& call, const ExportCall& asked,
                                    const std::atomic<bool>& stop) {
  const auto found = find_stores(call.configuration());
  if (!found) return tl::unexpected<Failure>(found.error());
  auto file = open_file(call, asked, found->stores.log_identity, [&]() -> Attempt<std::vector<ExportPart>> {
    std::vector<ExportPart> parts;
    for (const int32_t partition : found->stores.present) {
      const auto opened = open_store(found->path, partition);
      if (!opened) return tl::unexpected<Failure>(opened.error());
      parts.push_back({partition, 0, opened->query.meta().position, false});
    }
    return parts;
  });
  if (!file) return file;
  tell_absent(found->path, found->stores);
  Progress progress("writing", "account");
  for (ExportPart& part : file->manifest().partitions) {
    if (part.done || stop) continue;
    const auto written = write_accounts(*file, found->path, part, progress, stop);
    if (!written) return tl::unexpected<Failure>(written.error());
  }
  return file;
}

Attempt<ExportFile> export_topic(const Invocation& call, const ExportCall& asked,
                                 const std::atomic<bool>& stop) {
  const auto log = open_log(call.configuration());
  if (!log) return tl::unexpected<Failure>(log.error());
  const auto identity = (*log)->identity();
  if (!identity) return failure_of(identity.error());
  auto file =
      open_file(call, asked, *identity, [&] { return plan_topic(**log, topic_of(asked.manifest.what)); });
  if (!file) return file;
  Progress progress("writing", "record");
  for (const ExportPart& part : file->manifest().partitions) {
    progress.add_total(static_cast<uint64_t>(part.end - part.next));
  }
  TopicExport writing(*file, asked.recorded, progress, stop);
  for (ExportPart& part : file->manifest().partitions) {
    if (part.done || stop) continue;
    if (auto written = writing.write(**log, part); !written) return tl::unexpected<Failure>(written.error());
  }
  return file;
}

Attempt<ExitCode> export_records(const Invocation& call) {
  const auto asked = call_of(call);
  if (!asked) return tl::unexpected<Failure>(asked.error());
  if (auto same = check_sources(call.configuration(), asked->manifest.what); !same) {
    return tl::unexpected<Failure>(same.error());
  }
  const StopSignals signals;
  auto file = asked->manifest.what == ExportWhat::accounts ? export_accounts(call, *asked, signals.stop())
                                                           : export_topic(call, *asked, signals.stop());
  if (!file) return tl::unexpected<Failure>(file.error());
  if (auto finished = finish(call, *file); !finished) return tl::unexpected<Failure>(finished.error());
  return file->manifest().complete ? ExitCode::done : ExitCode::interrupted;
}

}  // namespace

Command export_command() {
  Command command;
  command.name = "export";
  command.summary = "write charges, access records, rejects or accounts to a file";
  command.details =
      "Records come out of the log (--log), partition by partition; accounts out of the store (--store).\n"
      "Beside FILE stands FILE.manifest.json: positions, counts, sums, and the file's SHA-256. Killed or\n"
      "interrupted, the same command goes on where it was, and the file is that of an undisturbed run: what\n"
      "is there when it begins, no more. A complete one is not begun again: exit code 1, with its manifest\n"
      "as before. --from and --until are recorded times. CSV is RFC 4180 with one line of names. Of --log\n"
      "and --store one is read; if the other is given as well, they have to belong together.";
  command.options = {
      {"--what", "WHAT", "charges, access, accounts or rejects"},
      {"--format", "FORMAT", "csv or ndjson"},
      {"--to", "FILE", "where to; must not be there, unless an export of the same did not come to its end"},
      {"--from", "TIME", "only what was recorded at this time or later"},
      {"--until", "TIME", "only what was recorded before this time"}};
  command.settings = {"log", "topic_prefix", "store", "wait_ms", "log_level", "log_format"};
  command.run = &export_records;
  return command;
}

}  // namespace subledger::ops
