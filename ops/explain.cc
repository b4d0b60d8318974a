// subledger explain
#include "engine/explain.h"

#include <memory_resource>

#include "events/json.h"
#include "events/partitioner.h"
#include "ops/commands.h"
#include "ops/facts_text.h"
#include "ops/open_log.h"
#include "ops/past.h"
#include "ops/progress.h"
#include "ops/reject_topic.h"
#include "ops/signals.h"
#include "ops/stores.h"
#include "ops/topic_reader.h"

namespace subledger::ops {
namespace {

/// What is to be explained. `emitted` is its record in JSON, if one was found.
struct Wanted {
  std::optional<Msisdn> subscriber;
  Uuid charge_id;
  std::optional<Uuid> event_id;
  std::string emitted;
};

Attempt<Wanted> wanted_of(const Invocation& call) {
  Wanted wanted;
  if (call.has("--subscriber")) {
    const auto subscriber = parse_subscriber(call.text("--subscriber"));
    if (!subscriber) return tl::unexpected<Failure>(subscriber.error());
    wanted.subscriber = *subscriber;
  }
  if (call.has("CHARGE_ID") == call.has("--event")) {
    return failure(ExitCode::usage, "name a CHARGE_ID, or --event ID with --subscriber MSISDN");
  }
  const std::optional<Uuid> id =
      parse_uuid(call.has("--event") ? call.text("--event") : call.text("CHARGE_ID"));
  if (!id) return failure(ExitCode::usage, "an id is a UUID: 8-4-4-4-12 hexadecimal digits");
  wanted.charge_id = *id;
  if (!call.has("--event")) return wanted;
  if (!wanted.subscriber) return failure(ExitCode::usage, "--event needs --subscriber MSISDN");
  wanted.event_id = *id;
  wanted.charge_id = charge_id_of(format_msisdn(*wanted.subscriber), *id);
  return wanted;
}

/// Reads a topic until `take` gives true.
template <class Take>
Attempt<void> search(Log& log, Topic topic, const std::vector<int32_t>& partitions,
                     const std::atomic<bool>& stop, Take take) {
  ReadOptions options;
  options.topic = topic;
  options.partitions = partitions;
  auto reader = TopicReader::open(log, options);
  if (!reader) return failure_of(reader.error());
  Progress progress("looking at", "record");
  progress.set_total(reader->backlog());
  while (!reader->ended() && !stop) {
    const auto records = reader->next();
    if (!records) return failure_of(records.error());
    for (const TopicRecord& record : *records) {
      if (take(record.bytes())) return {};
    }
    progress.add(records->size());
  }
  return {};
}

/// The record that was written for it, and by it the subscriber.
Attempt<void> find_emitted(Log& log, const std::vector<int32_t>& partitions, const std::atomic<bool>& stop,
                           Wanted& wanted) {
  const auto count = static_cast<int32_t>(partitions.size());
  std::vector<int32_t> where = partitions;
  if (wanted.subscriber) where = {partition_of(format_msisdn(*wanted.subscriber), count)};
  const auto in_charges = search(log, Topic::charges, where, stop, [&](std::string_view value) {
    std::pmr::monotonic_buffer_resource scratch;
    const auto charge = decode_charge(value, scratch);
    if (!charge || charge->charge_id != wanted.charge_id) return false;
    if (wanted.subscriber && charge->subscriber != *wanted.subscriber) return false;
    wanted.subscriber = charge->subscriber;
    append_charge_json(wanted.emitted, *charge);
    return true;
  });
  if (!in_charges || !wanted.emitted.empty() || !wanted.event_id) return in_charges;
  return search(log, Topic::access, where, stop, [&](std::string_view value) {
    std::pmr::monotonic_buffer_resource scratch;
    const auto access = decode_access(value, scratch);
    if (!access || access->event_id != *wanted.event_id || access->subscriber != *wanted.subscriber)
      return false;
    append_access_json(wanted.emitted, *access);
    return true;
  });
}

bool concerns(const HistoryStep& step, const Wanted& wanted) {
  if (step.examined != nullptr) return step.examined->charge_id == wanted.charge_id;
  const auto* rejection = std::get_if<Rejection>(&step.outcome);
  return rejection != nullptr && rejection->event_id && rejection->event_id == wanted.event_id;
}

struct Found {
  std::optional<Explanation> explanation;
  bool accepted = false;
  std::vector<Fact> before;  ///< rejects of the same event
};

/// Follows the subscriber until the event is accepted; where it never was, its last reject stands.
Attempt<Found> follow(Log& log, int32_t partitions, const Wanted& wanted, const std::atomic<bool>& stop) {
  Found found;
  const int32_t partition = partition_of(format_msisdn(*wanted.subscriber), partitions);
  History history(*wanted.subscriber, partition, partitions);
  const auto visit = [&](const HistoryStep& step) {
    if (found.accepted || !concerns(step, wanted)) return;
    found.accepted = std::holds_alternative<Accepted>(step.outcome);
    found.explanation = explain(step, history, found.accepted ? wanted.emitted : std::string());
    if (found.accepted) return;
    const auto& rejection = std::get<Rejection>(step.outcome);
    found.before.push_back(
        FactMaker()
            .text("source", std::to_string(partition) + ":" + std::to_string(step.record.source.offset))
            .time("recorded_at", step.record.recorded_at)
            .text("reason", reason_name(rejection.reason))
            .text("detail", rejection.detail)
            .take());
  };
  const auto read = read_past(log, partition, {}, history, visit, [&] { return !found.accepted && !stop; });
  if (!read) return tl::unexpected<Failure>(read.error());
  if (!found.accepted && !found.before.empty()) found.before.pop_back();
  return found;
}

/// A record of the event under another key, or in another partition.
Attempt<std::optional<Explanation>> find_reject(Log& log, const std::vector<int32_t>& partitions,
                                                const Wanted& wanted, const std::atomic<bool>& stop) {
  std::optional<Explanation> explanation;
  if (!wanted.event_id) return explanation;
  const std::string subscriber = format_msisdn(*wanted.subscriber);
  const auto read = each_reject(log, partitions, stop, [&](const RejectRecord& reject) -> Attempt<bool> {
    if (reject.event_id == wanted.event_id && reject.subscriber == subscriber) {
      explanation = explain_reject(reject);
    }
    return true;
  });
  if (!read) return tl::unexpected<Failure>(read.error());
  return explanation;
}

Attempt<ExitCode> print(const Invocation& call, const Explanation& explanation) {
  std::string text;
  if (call.format() == OutputFormat::json) {
    append_fact_json(text, explanation.facts);
    text += '\n';
  } else {
    text = facts_text(explanation.facts);
  }
  if (auto written = call.output().write(text); !written) return tl::unexpected<Failure>(written.error());
  if (explanation.agrees) return ExitCode::done;
  return failure(ExitCode::differences,
                 "what was worked out is not what was charged: keep this output and check the log with "
                 "`subledger verify`");
}

tl::unexpected<Failure> not_found(const Wanted& wanted) {
  return failure(ExitCode::not_found, wanted.event_id ? "no such event of this subscriber has been found"
                                                      : "no charge with this id has been written so far");
}

/// What the store knows of it: less than the log, and at once.
Attempt<ExitCode> explain_stored(const Invocation& call, const Wanted& wanted) {
  const auto found = find_stores(call.configuration());
  if (!found) return tl::unexpected<Failure>(found.error());
  std::vector<int32_t> partitions = found->stores.present;
  if (wanted.subscriber) {
    const int32_t home = partition_of(format_msisdn(*wanted.subscriber), found->stores.partitions);
    std::erase_if(partitions, [home](int32_t partition) { return partition != home; });
  }
  for (const int32_t partition : partitions) {
    const auto opened = open_store(found->path, partition);
    if (!opened) return tl::unexpected<Failure>(opened.error());
    const Query& query = opened->query;
    const auto event = wanted.subscriber ? query.event(*wanted.subscriber, wanted.charge_id)
                                         : query.find_event(wanted.charge_id);
    if (!event) return failure_of(event.error());
    if (!*event) continue;
    std::pmr::monotonic_buffer_resource scratch;
    if (const auto charge = decode_charge((*event)->charge, scratch)) {
      return print(call, explain_charge(*charge, query.state()));
    }
    if (const auto access = decode_access((*event)->access, scratch)) {
      return print(call, explain_access(*access));
    }
  }
  return not_found(wanted);
}

Attempt<ExitCode> explain_event(const Invocation& call) {
  auto wanted = wanted_of(call);
  if (!wanted) return tl::unexpected<Failure>(wanted.error());
  if (call.configuration().text("log").empty() && !call.configuration().text("store").empty()) {
    return explain_stored(call, *wanted);
  }
  const auto log = open_log(call.configuration());
  if (!log) return tl::unexpected<Failure>(log.error());
  const auto partitions = partitions_of(**log);
  if (!partitions) return tl::unexpected<Failure>(partitions.error());
  if (!call.configuration().text("store").empty()) {
    const auto stores = find_stores(call.configuration());
    if (!stores) return tl::unexpected<Failure>(stores.error());
    if (auto same = check_same_log(*stores, **log); !same) return tl::unexpected<Failure>(same.error());
  }
  const StopSignals signals;
  if (auto emitted = find_emitted(**log, *partitions, signals.stop(), *wanted); !emitted) {
    return tl::unexpected<Failure>(emitted.error());
  }
  std::optional<Explanation> explanation;
  if (wanted->subscriber) {
    auto found = follow(**log, static_cast<int32_t>(partitions->size()), *wanted, signals.stop());
    if (!found) return tl::unexpected<Failure>(found.error());
    explanation = std::move(found->explanation);
    if (explanation && !found->before.empty()) {
      explanation->facts.members.push_back(
          FactMaker().list("rejected_before", std::move(found->before)).take().members.front());
    }
    if (!explanation) {
      auto rejected = find_reject(**log, *partitions, *wanted, signals.stop());
      if (!rejected) return tl::unexpected<Failure>(rejected.error());
      explanation = *std::move(rejected);
    }
  }
  if (signals.stop()) return ExitCode::interrupted;
  if (!explanation) return not_found(*wanted);
  return print(call, *explanation);
}

}  // namespace

Command explain_command() {
  Command command;
  command.name = "explain";
  command.summary = "say why a charge, a login or a reject came to what it came to";
  command.details =
      "Works the result out again, from the event, the catalog and the account as it was, and says whether "
      "it\n"
      "agrees with the record that was written (exit code 4 where it does not). Reads the log of the\n"
      "subscriber's partition up to the event. A charge is found by its id; faster with --subscriber.\n"
      "With --store alone, what the store knows: the record, its catalog, and its amount worked out; the "
      "rest is\n"
      "in the log. With both, makes sure that the store belongs to the log.\n"
      "Exit code 3 for an unknown id.";
  command.arguments = {{"CHARGE_ID", "the charge", false, false}};
  command.options = {{"--event", "ID", "the event, also one that was rejected or gave no charge"},
                     {"--subscriber", "MSISDN", "whose event or charge it is"}};
  command.settings = {"log", "topic_prefix", "store", "wait_ms", "log_level", "log_format"};
  command.run = &explain_event;
  return command;
}

}  // namespace subledger::ops
