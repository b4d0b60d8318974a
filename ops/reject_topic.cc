#include "ops/reject_topic.h"

#include <algorithm>
#include <numeric>

#include "events/json.h"
#include "events/json_writer.h"
#include "ops/progress.h"
#include "ops/record_rows.h"
#include "ops/topic_reader.h"

namespace subledger::ops {
namespace {

Attempt<std::vector<Reason>> parse_reasons(std::string_view names) {
  std::vector<Reason> reasons;
  while (!names.empty()) {
    const std::size_t size = std::min(names.find(','), names.size());
    const std::optional<Reason> reason = parse_reason(names.substr(0, size));
    if (!reason) {
      return failure(ExitCode::usage, "--reason: '" + std::string(names.substr(0, size)) +
                                          "' is no reason of a reject; write them as `rejects list "
                                          "--by reason` shows them, such as no_rate,unknown_option");
    }
    reasons.push_back(*reason);
    names.remove_prefix(std::min(size + 1, names.size()));
  }
  return reasons;
}

}  // namespace

bool RejectFilter::matches(const RejectRecord& reject) const {
  if (!reasons.empty() && std::ranges::find(reasons, reject.reason) == reasons.end()) return false;
  if (subscriber && reject.subscriber != *subscriber && reject.key != *subscriber) return false;
  return recorded.contains(reject.recorded_at);
}

std::vector<CommandOption> reject_filter_options() {
  std::vector<CommandOption> options = {
      {"--reason", "R[,R]", "only rejects for these reasons"},
      {"--subscriber", "MSISDN", "only rejects of this subscriber, or with this key"}};
  for (CommandOption& each : time_span_options("only what was recorded")) options.push_back(std::move(each));
  return options;
}

Attempt<RejectFilter> reject_filter_of(const Invocation& call) {
  RejectFilter filter;
  auto reasons = parse_reasons(call.text("--reason"));
  if (!reasons) return tl::unexpected<Failure>(reasons.error());
  filter.reasons = *std::move(reasons);
  if (call.has("--subscriber")) {
    filter.subscriber = call.text("--subscriber");
    const auto subscriber = parse_subscriber(*filter.subscriber);
    if (!subscriber) return tl::unexpected<Failure>(subscriber.error());
  }
  const auto recorded = time_span_of(call);
  if (!recorded) return tl::unexpected<Failure>(recorded.error());
  filter.recorded = *recorded;
  return filter;
}

Attempt<std::vector<int32_t>> partitions_of(Log& log) {
  const auto count = log.partitions();
  if (!count) return failure_of(count.error());
  std::vector<int32_t> partitions(static_cast<std::size_t>(*count));
  std::iota(partitions.begin(), partitions.end(), 0);
  return partitions;
}

Attempt<void> each_reject(Log& log, const std::vector<int32_t>& partitions, const std::atomic<bool>& stop,
                          const std::function<Attempt<bool>(const RejectRecord&)>& take) {
  ReadOptions options;
  options.topic = Topic::rejects;
  options.partitions = partitions;
  auto reader = TopicReader::open(log, options);
  if (!reader) return failure_of(reader.error());
  Progress progress("reading", "reject");
  progress.set_total(reader->backlog());
  while (!reader->ended() && !stop) {
    const auto records = reader->next();
    if (!records) return failure_of(records.error());
    for (const TopicRecord& record : *records) {
      std::pmr::monotonic_buffer_resource scratch;
      const auto reject = decode_reject(record.bytes(), scratch);
      if (!reject) {
        return failure(ExitCode::failed, "the record " + source_text(record.source) +
                                             " of the rejects topic is no reject: " + reject.error().detail +
                                             "; find out who wrote it");
      }
      const Attempt<bool> more = take(*reject);
      if (!more) return tl::unexpected<Failure>(more.error());
      if (!*more) return {};
    }
    progress.add(records->size());
  }
  return {};
}

std::optional<Event> rejected_event(const RejectRecord& reject, std::pmr::memory_resource& scratch) {
  const auto event = decode_event(reject.payload, reject.key == catalog_key, scratch);
  return event ? std::optional<Event>(*event) : std::nullopt;
}

void append_listed_reject(std::string& out, const RejectRecord& reject, bool whole) {
  if (whole) {
    append_reject_json(out, reject);
    out.pop_back();
  } else {
    ObjectWriter object(out);
    object.source("source", reject.source);
    object.time("recorded_at", reject.recorded_at);
    object.text("reason", reason_name(reject.reason));
    object.text("detail", reject.detail);
    object.text_unless_empty("subscriber", reject.subscriber);
    object.optional_uuid("event_id", reject.event_id);
  }
  std::pmr::monotonic_buffer_resource scratch;
  const std::optional<Event> event = rejected_event(reject, scratch);
  std::string json;
  if (event && append_stored_event_json(json, *event, {reject.source, reject.recorded_at})) {
    out += ",\"event\":" + json;
  }
  out += '}';
}

}  // namespace subledger::ops
