// CloudEvents 1.0 binary mode over Kafka headers.
#include "engine/outputs.h"

namespace subledger {
namespace {

struct TopicHeaders {
  std::string_view type;
  std::string_view source;
  std::string_view schema;
};

TopicHeaders headers_of(Topic topic) {
  switch (topic) {
    case Topic::charges:
      return {"subledger.charges.v1", "/subledger/charges", "urn:subledger:schema:charge:1"};
    case Topic::access:
      return {"subledger.access.v1", "/subledger/access", "urn:subledger:schema:access:1"};
    case Topic::rejects:
      return {"subledger.rejects.v1", "/subledger/rejects", "urn:subledger:schema:reject:1"};
    case Topic::events:
      break;
  }
  return {"subledger.events.v1", "/subledger/events", "urn:subledger:schema:event:1"};
}

}  // namespace

std::string_view topic_name(Topic topic) {
  switch (topic) {
    case Topic::events:
      return "events";
    case Topic::charges:
      return "charges";
    case Topic::access:
      return "access";
    case Topic::rejects:
      return "rejects";
  }
  return "";
}

std::optional<Topic> parse_topic(std::string_view name) {
  for (const Topic topic : {Topic::events, Topic::charges, Topic::access, Topic::rejects}) {
    if (topic_name(topic) == name) return topic;
  }
  return std::nullopt;
}

Outputs::Part Outputs::keep(std::string_view text) {
  const Part part{buffer_.size(), text.size()};
  buffer_ += text;
  return part;
}

/// A log gives one time to all records that it took at once, so most have that of the record before.
Outputs::Part Outputs::keep_time(Timestamp time) {
  if (!records_.empty() && records_.back().recorded_at == time) return records_.back().time;
  const std::size_t begin = buffer_.size();
  append_time(buffer_, time);
  return {begin, buffer_.size() - begin};
}

void Outputs::note_first(const Output& output) {
  auto& seen = seen_[static_cast<std::size_t>(output.topic)];
  const auto partition = static_cast<std::size_t>(output.partition);
  if (seen.size() <= partition) seen.resize(partition + 1);
  if (seen[partition]) return;
  seen[partition] = true;
  firsts_.push_back(records_.size());
}

void Outputs::add(const Output& output) {
  note_first(output);
  Record record;
  record.topic = output.topic;
  record.partition = output.partition;
  record.recorded_at = output.recorded_at;
  record.has_key = output.key.has_value();
  record.key = keep(output.key.value_or(std::string_view()));
  record.value = keep(output.value);
  record.id = keep(output.id);
  record.subject = output.subject == output.key ? record.key : keep(output.subject);
  record.time = keep_time(output.recorded_at);
  record.sequence = keep(std::to_string(output.sequence));
  records_.push_back(record);
}

void Outputs::clear() {
  buffer_.clear();
  records_.clear();
  firsts_.clear();
  for (auto& seen : seen_) seen.assign(seen.size(), false);
}

NewRecord Outputs::record(std::size_t index, std::array<Header, headers_max>& headers) const {
  const Record& kept = records_[index];
  const TopicHeaders fixed = headers_of(kept.topic);
  std::size_t count = 0;
  const auto header = [&](std::string_view name, std::string_view value) {
    headers[count++] = {name, value};
  };
  header("ce_specversion", "1.0");
  header("ce_id", view(kept.id));
  header("ce_type", fixed.type);
  header("ce_source", fixed.source);
  header("ce_time", view(kept.time));
  if (kept.subject.size != 0) header("ce_subject", view(kept.subject));
  header("ce_dataschema", fixed.schema);
  header("content-type", "application/x-flatbuffers");
  header(output_sequence_header, view(kept.sequence));
  NewRecord record;
  record.topic = kept.topic;
  record.partition = kept.partition;
  record.timestamp = kept.recorded_at;
  if (kept.has_key) record.key = view(kept.key);
  record.value = view(kept.value);
  record.headers = std::span<const Header>(headers.data(), count);
  return record;
}

}  // namespace subledger
