// subledger rejects redrive
#include <algorithm>
#include <array>

#include "engine/digest.h"
#include "events/json_writer.h"
#include "events/partitioner.h"
#include "ops/commands.h"
#include "ops/open_log.h"
#include "ops/progress.h"
#include "ops/reject_topic.h"
#include "ops/signals.h"
#include "ops/table.h"

namespace subledger::ops {
namespace {

constexpr std::string_view redriven_header = "subledger-redriven";
/// Sent before it is made sure that they are stored.
constexpr std::size_t batch_max = 1'000;

/// Rule: interfaces 3. Steps 6, 7 and 9 to 15 of domain 8: what another order, another catalog or a mended
/// partitioner can make acceptable.
bool chosen_by_default(Reason reason) {
  return reason != Reason::invalid_value && reason != Reason::invalid_catalog &&
         reason >= Reason::wrong_partition;
}

/// A reject of which only what decides is kept.
struct Candidate {
  RowHash content;  ///< of key and value
  Source source;
  uint64_t place = 0;  ///< in the order of reading
  Reason reason{};
  bool wanted = false;
};

bool by_content_then_place(const Candidate& one, const Candidate& other) {
  return std::tie(one.content.high, one.content.low, one.place) <
         std::tie(other.content.high, other.content.low, other.place);
}

bool by_source(const Candidate& one, const Candidate& other) {
  return std::tie(one.source.partition, one.source.offset) <
         std::tie(other.source.partition, other.source.offset);
}

struct Choice {
  uint64_t rejects = 0;
  uint64_t repeated = 0;          ///< bytes that were rejected again later
  uint64_t other = 0;             ///< not asked for
  uint64_t keyless = 0;           ///< has no key, so no partition is its own
  std::vector<Candidate> chosen;  ///< by source

  const Candidate* find(Source source) const {
    Candidate wanted;
    wanted.source = source;
    const auto found = std::lower_bound(chosen.begin(), chosen.end(), wanted, by_source);
    return found != chosen.end() && found->source == source ? &*found : nullptr;
  }
};

/// Bytes that were rejected several times, because a redrive came too early, are sent once, by the last
/// reject: else each redrive of what still cannot be applied would double it.
Attempt<Choice> choose(Log& log, const std::vector<int32_t>& partitions, const RejectFilter& filter,
                       const std::atomic<bool>& stop) {
  Choice choice;
  std::vector<Candidate> candidates;
  const auto read = each_reject(log, partitions, stop, [&](const RejectRecord& reject) -> Attempt<bool> {
    const bool wanted =
        filter.matches(reject) && (!filter.reasons.empty() || chosen_by_default(reject.reason));
    if (wanted && !reject.key) ++choice.keyless;
    candidates.push_back({hash_row(reject.key.value_or(""), reject.payload.value_or("")), reject.source,
                          candidates.size(), reject.reason, wanted && reject.key});
    return true;
  });
  if (!read) return tl::unexpected<Failure>(read.error());
  choice.rejects = candidates.size();
  std::ranges::sort(candidates, by_content_then_place);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const bool last = i + 1 == candidates.size() || candidates[i + 1].content != candidates[i].content;
    if (!last) {
      ++choice.repeated;
    } else if (candidates[i].wanted) {
      choice.chosen.push_back(candidates[i]);
    }
  }
  choice.other = choice.rejects - choice.repeated - choice.keyless - choice.chosen.size();
  std::ranges::sort(choice.chosen, by_source);
  return choice;
}

/// Sends the original key, value and headers again. What was redriven before keeps the header that says where
/// it stood first.
class Sender {
 public:
  Sender(WriterPort& writer, int32_t partitions, Progress& progress)
      : writer_(writer), partitions_(partitions), progress_(progress) {}

  Attempt<void> send(const RejectRecord& reject) {
    headers_.assign(reject.headers.begin(), reject.headers.end());
    const std::string first =
        std::to_string(reject.source.partition) + '-' + std::to_string(reject.source.offset);
    if (std::ranges::find(headers_, redriven_header, &Header::name) == headers_.end()) {
      headers_.push_back({redriven_header, first});
    }
    NewRecord record;
    record.topic = Topic::events;
    // The same catalog event stands in every partition: each is sent to the one that rejected it.
    record.partition =
        reject.key == catalog_key ? reject.source.partition : partition_of(*reject.key, partitions_);
    record.timestamp = reject.recorded_at;
    record.key = reject.key;
    record.value = reject.payload;
    record.headers = headers_;
    if (const auto appended = writer_.append(record); !appended) return failure_of(appended.error());
    ++waiting_;
    return waiting_ < batch_max ? Attempt<void>() : flush();
  }

  Attempt<void> flush() {
    if (const auto flushed = writer_.flush(); !flushed) return failure_of(flushed.error());
    sent_ += waiting_;
    progress_.add(waiting_);
    waiting_ = 0;
    return {};
  }

  /// Stored for certain.
  uint64_t sent() const { return sent_; }

 private:
  WriterPort& writer_;
  int32_t partitions_;
  Progress& progress_;
  std::vector<Header> headers_;
  uint64_t waiting_ = 0;
  uint64_t sent_ = 0;
};

Attempt<uint64_t> send_all(Log& log, const std::vector<int32_t>& partitions, const Choice& choice,
                           const std::atomic<bool>& stop) {
  const auto writer = log.open_writer(false);
  if (!writer) return failure_of(writer.error());
  Progress progress("sending", "reject");
  progress.set_total(choice.chosen.size());
  Sender sender(**writer, static_cast<int32_t>(partitions.size()), progress);
  Attempt<void> done = each_reject(log, partitions, stop, [&](const RejectRecord& reject) -> Attempt<bool> {
    if (choice.find(reject.source) == nullptr) return true;
    return sender.send(reject).map([] { return true; });
  });
  if (done) done = sender.flush();
  if (done) return sender.sent();
  return failure(done.error().code, done.error().message + "; " + counted(sender.sent(), "reject") + " of " +
                                        grouped(choice.chosen.size()) +
                                        " sent before that: begin again, what is accepted by then will be "
                                        "dropped as a duplicate");
}

std::string summary_of(const Choice& choice, uint64_t sent, bool dry_run, OutputFormat format) {
  std::array<uint64_t, static_cast<std::size_t>(Reason::invalid_catalog) + 1> counts{};
  for (const Candidate& each : choice.chosen) ++counts[static_cast<std::size_t>(each.reason)];
  std::string json;
  ObjectWriter object(json);
  object.boolean("dry_run", dry_run);
  object.integer("rejects", choice.rejects);
  object.integer("chosen", choice.chosen.size());
  object.integer("sent", sent);
  object.integer("rejected_again_later", choice.repeated);
  object.integer("not_asked_for", choice.other);
  object.integer("without_key", choice.keyless);
  ObjectWriter reasons(object.member("chosen_by_reason"));
  Table table({{"reason"}, {"chosen", Align::right}});
  for (std::size_t i = 1; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    reasons.integer(reason_name(static_cast<Reason>(i)), counts[i]);
    table.add({std::string(reason_name(static_cast<Reason>(i))), std::to_string(counts[i])});
  }
  reasons.close();
  object.close();
  if (format == OutputFormat::json) return json + '\n';
  return table.take() + "\n" +
         pairs_text({{"rejects", grouped(choice.rejects)},
                     {"rejected again later", grouped(choice.repeated)},
                     {"not asked for", grouped(choice.other)},
                     {"without a key", grouped(choice.keyless)},
                     {"chosen", grouped(choice.chosen.size())},
                     {dry_run ? "sent (dry run)" : "sent", grouped(sent)}});
}

Attempt<ExitCode> redrive(const Invocation& call) {
  const auto filter = reject_filter_of(call);
  if (!filter) return tl::unexpected<Failure>(filter.error());
  const auto log = open_log(call.configuration());
  if (!log) return tl::unexpected<Failure>(log.error());
  const auto partitions = partitions_of(**log);
  if (!partitions) return tl::unexpected<Failure>(partitions.error());
  const StopSignals signals;
  const auto choice = choose(**log, *partitions, *filter, signals.stop());
  if (!choice) return tl::unexpected<Failure>(choice.error());
  if (signals.stop()) return ExitCode::interrupted;
  const bool dry_run = call.has("--dry-run");
  uint64_t sent = 0;
  if (!dry_run && !choice->chosen.empty()) {
    const auto all = send_all(**log, *partitions, *choice, signals.stop());
    if (!all) return tl::unexpected<Failure>(all.error());
    sent = *all;
  }
  const auto written = call.output().write(summary_of(*choice, sent, dry_run, call.format()));
  if (!written) return tl::unexpected<Failure>(written.error());
  return signals.stop() ? ExitCode::interrupted : ExitCode::done;
}

}  // namespace

Command rejects_redrive_command() {
  Command command;
  command.group = "rejects";
  command.name = "redrive";
  command.summary = "send rejected records again";
  command.details =
      "Each with its original key, value and headers and with subledger-redriven: PARTITION-OFFSET of where "
      "it\n"
      "stood first, to its key's partition. Without --reason those for which mending the cause can help: "
      "reasons\n"
      "of steps 6, 7 and 9 to 15. Again is safe, also after a kill half-way: what was accepted is a "
      "duplicate.\n"
      "Bytes that were rejected several times are sent once.";
  command.options = reject_filter_options();
  command.options.push_back({"--dry-run", "", "only say what would be sent"});
  command.settings = {"log", "topic_prefix", "wait_ms", "log_level", "log_format"};
  command.run = &redrive;
  return command;
}

}  // namespace subledger::ops
