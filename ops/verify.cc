// subledger verify
#include <algorithm>

#include "connectors/rocksdb/rocksdb_store.h"
#include "connectors/rocksdb/store_directory.h"
#include "engine/audit.h"
#include "engine/wide_money.h"
#include "events/json_writer.h"
#include "ops/commands.h"
#include "ops/replaying.h"
#include "ops/scratch.h"
#include "ops/signals.h"
#include "ops/table.h"

namespace subledger::ops {
namespace {

constexpr uint64_t findings_shown = 20;

struct AuditedStores {
  std::string directory;
  StoreDirectory stores;
  bool plain_replays = false;
};

Attempt<AuditedStores> stores_of(const Invocation& call, const ReplayedLog& log) {
  const Attempt<std::string> directory = call.configuration().required("store");
  if (!directory) return tl::unexpected<Failure>(directory.error());
  auto stores = read_store_directory(*directory);
  if (!stores) return failure_of(stores.error());
  if (stores->log_identity != log.identity || stores->partitions != log.partitions) {
    return failure(ExitCode::unreachable, "store " + *directory + " belongs to another log (" +
                                              stores->log_identity + " of " +
                                              std::to_string(stores->partitions) + " partitions, not " +
                                              log.identity + " of " + std::to_string(log.partitions) + ")");
  }
  if (!stores->replay.empty()) {
    return failure(ExitCode::usage, "store " + *directory + " is a replay (" + stores->replay +
                                        "), no state of the ledger that could be verified; see `diff`");
  }
  const auto label = read_label(*directory, stores->present.front());
  if (!label) return failure_of(label.error());
  return AuditedStores{*directory, *std::move(stores), label->replay == plain_replay};
}

std::string json_of(const Finding& finding) {
  std::string line;
  ObjectWriter out(line);
  out.integer("partition", finding.partition);
  out.text("where", finding.where);
  out.optional_integer("offset", finding.offset);
  out.text("finding", finding.what);
  out.close();
  return line + '\n';
}

std::string json_of(int32_t partition, const AuditFigures& figures) {
  std::string line;
  ObjectWriter out(line);
  out.integer("partition", partition);
  out.optional_integer("store_offset", figures.store_offset);
  out.optional_integer("committed_offset", figures.committed_offset);
  out.integer("events", figures.counts.records);
  out.integer("answered", figures.events_answered);
  out.integer("catalogs", figures.catalogs);
  out.integer("duplicates", figures.counts.duplicates);
  out.integer("rejected", figures.counts.rejected);
  out.integer("charges", figures.charges);
  out.integer("access", figures.access);
  out.integer("rejects", figures.rejects);
  out.integer("expired", figures.expired);
  out.integer("rows", figures.rows);
  out.integer("subscribers", figures.subscribers);
  out.text("trial_balance", format_wide_money(figures.trial_balance));
  out.text("digest", format_hash(figures.digest));
  out.integer("findings", figures.findings);
  out.close();
  return line + '\n';
}

std::string json_of(uint64_t findings) {
  std::string line;
  ObjectWriter out(line);
  ObjectWriter inner(out.member("totals"));
  inner.integer("findings", findings);
  inner.close();
  out.close();
  return line + '\n';
}

/// Prints what is found, and figures.
class Report {
 public:
  explicit Report(const Invocation& call) : call_(call), json_(call.format() == OutputFormat::json) {}

  void find(const Finding& finding) {
    call_.output().differences_found();
    if (++findings_ > findings_shown) return;
    const std::string offset = finding.offset ? " " + std::to_string(*finding.offset) : "";
    if (json_) write(json_of(finding));
    if (!json_) {
      found_.add({std::to_string(finding.partition) + " " + finding.where + offset, finding.what});
    }
  }

  void take(int32_t partition, const AuditFigures& figures) {
    if (json_) return write(json_of(partition, figures));
    const auto offset = [](const std::optional<int64_t>& at) { return at ? std::to_string(*at) : ""; };
    table_.add({std::to_string(partition), offset(figures.store_offset), offset(figures.committed_offset),
                std::to_string(figures.counts.records), std::to_string(figures.events_answered),
                std::to_string(figures.catalogs), std::to_string(figures.counts.duplicates),
                std::to_string(figures.counts.rejected), std::to_string(figures.charges),
                std::to_string(figures.access), std::to_string(figures.rejects), std::to_string(figures.rows),
                format_wide_money(figures.trial_balance), std::to_string(figures.findings)});
    expired_ += figures.expired;
  }

  Attempt<ExitCode> end() {
    if (json_) write(json_of(findings_));
    if (!json_) write(table_.take());
    if (!json_ && findings_ > 0) write("\n" + found_.take());
    if (!written_) return tl::unexpected<Failure>(written_.error());
    if (expired_ > 0) {
      tell(counted(expired_, "output record") + " the log no longer has, so they were not compared");
    }
    if (findings_ == 0) {
      tell("verified: the outputs, the positions and the store are what the events give");
      return ExitCode::done;
    }
    tell(counted(findings_, "finding") +
         (findings_ > findings_shown ? ", the first " + std::to_string(findings_shown) + " shown" : ""));
    return ExitCode::differences;
  }

  const Attempt<void>& written() const { return written_; }

 private:
  void write(const std::string& text) {
    if (written_) written_ = call_.output().write(text);
  }

  const Invocation& call_;
  const bool json_;
  uint64_t findings_ = 0;
  uint64_t expired_ = 0;
  Attempt<void> written_;
  Table found_{{{"partition, where"}, {"finding"}}};
  Table table_{{{"partition", Align::right},
                {"store at", Align::right},
                {"committed", Align::right},
                {"events", Align::right},
                {"answered", Align::right},
                {"catalogs", Align::right},
                {"duplicates", Align::right},
                {"rejected", Align::right},
                {"charges", Align::right},
                {"access", Align::right},
                {"rejects", Align::right},
                {"rows", Align::right},
                {"trial balance", Align::right},
                {"findings", Align::right}}};
};

/// What the command's parts share.
struct Verifying {
  const Invocation& call;
  const ReplayedLog& log;
  const AuditedStores& audited;
  Scratch& scratch;
  const StopSignals& signals;
  ReplayProgress& progress;
  Report& report;
};

/// False: interrupted.
Attempt<bool> verify_partition(const Verifying& verifying, int32_t partition) {
  AuditOptions options;
  options.partition = partition;
  options.partitions = verifying.log.partitions;
  options.group = verifying.call.configuration().text("group");
  options.outputs_expire = verifying.call.configuration().text("log").starts_with("kafka:");
  options.store_may_lead = verifying.audited.plain_replays;
  // Before the positions are asked for: what it holds has been committed by then.
  std::unique_ptr<StorePort> store;
  if (std::ranges::binary_search(verifying.audited.stores.present, partition)) {
    auto opened = open_rocksdb_read_only(verifying.audited.directory, partition);
    if (!opened) return failure_of(opened.error());
    store = *std::move(opened);
  } else {
    tell("partition " + std::to_string(partition) + " has no store in " + verifying.audited.directory +
         "; its outputs are verified all the same");
  }
  Result<std::optional<AuditFigures>> figures;
  {
    const auto scratch = verifying.scratch.open(partition);
    if (!scratch) return failure_of(scratch.error());
    ReplayHooks hooks;
    hooks.go_on = [&] { return !verifying.signals.stop(); };
    hooks.progress = [&](uint64_t records) { verifying.progress.replayed(partition, records); };
    figures = audit_partition(*verifying.log.log, store.get(), **scratch, options, hooks,
                              [&](const Finding& finding) { verifying.report.find(finding); });
  }
  verifying.scratch.remove(partition);
  if (!figures) return failure_of(figures.error());
  if (!*figures) return false;
  verifying.report.take(partition, **figures);
  if (!verifying.report.written()) return tl::unexpected<Failure>(verifying.report.written().error());
  return true;
}

/// How many events there are to be folded.
Attempt<void> expect_backlog(const ReplayedLog& log, ReplayProgress& progress) {
  const auto reader = log.log->open_reader(Topic::events);
  if (!reader) return failure_of(reader.error());
  for (int32_t partition = 0; partition < log.partitions; ++partition) {
    const auto range = (*reader)->range(Topic::events, partition);
    if (!range) return failure_of(range.error());
    progress.backlog(partition, static_cast<uint64_t>(range->end - range->first));
  }
  return {};
}

Attempt<ExitCode> verify(const Invocation& call) {
  const auto log = open_replayed_log(call.configuration());
  if (!log) return tl::unexpected<Failure>(log.error());
  const auto audited = stores_of(call, *log);
  if (!audited) return tl::unexpected<Failure>(audited.error());
  auto scratch = Scratch::make(call, *log);
  if (!scratch) return tl::unexpected<Failure>(scratch.error());
  const StopSignals signals;
  Report report(call);
  {
    ReplayProgress progress("verifying");
    if (auto expected = expect_backlog(*log, progress); !expected) {
      return tl::unexpected<Failure>(expected.error());
    }
    const Verifying verifying{call, *log, *audited, *scratch, signals, progress, report};
    for (int32_t partition = 0; partition < log->partitions; ++partition) {
      const auto verified = verify_partition(verifying, partition);
      if (!verified) return tl::unexpected<Failure>(verified.error());
      if (!*verified) return failure(ExitCode::interrupted, "interrupted");
    }
  }
  return report.end();
}

}  // namespace

Command verify_command() {
  Command command;
  command.name = "verify";
  command.summary = "audit the log's outputs and the store against the log's events";
  command.details =
      "Folds the events again, in a store of its own, and compares: each charge, access and reject record of "
      "the\n"
      "log byte by byte, their order and their sequences; the position that the group has committed and the "
      "digest\n"
      "beside it; each row of the store, the ledgers' sequences and balances, the trial balance, the digest. "
      "Each\n"
      "event is accounted for once: answered by a charge or an access record, a catalog, a duplicate, or "
      "rejected.\n"
      "Changes nothing, and works while the engine runs: the store as last written, the log as committed.\n"
      "Exit code 4 with the first findings where something is not as the events have it.";
  command.options = {scratch_option()};
  command.settings = {"log", "topic_prefix", "store", "group", "wait_ms", "log_level", "log_format"};
  command.run = &verify;
  return command;
}

}  // namespace subledger::ops
