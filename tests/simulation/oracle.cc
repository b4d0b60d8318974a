#include "tests/simulation/oracle.h"

#include <memory_resource>

#include "projections/rows.h"

namespace subledger::simulation {
namespace {

std::string place(const Source& source) {
  return std::to_string(source.partition) + '-' + std::to_string(source.offset);
}

}  // namespace

Oracle::Oracle(int32_t partition, int32_t partitions) {
  state_.partition = partition;
  state_.partitions = partitions;
  notes_[0] = commit_note(meta_);
}

const std::string* Oracle::note_at(int64_t position) const {
  const auto found = notes_.find(position);
  return found == notes_.end() ? nullptr : &found->second;
}

void Oracle::set_row(std::string_view key, std::string_view value) {
  std::string& row = rows_[std::string(key)];
  if (!row.empty()) meta_.rows.remove(hash_row(key, row));
  row = value;
  meta_.rows.add(hash_row(key, row));
}

void Oracle::apply(const MemoryRecord& record) {
  std::pmr::monotonic_buffer_resource scratch;
  InputRecord input;
  input.source = {state_.partition, record.offset};
  input.recorded_at = record.timestamp;
  if (record.key) input.key = *record.key;
  if (record.value) input.value = *record.value;
  const auto examined = examine(input, state_.partitions, scratch);
  if (const auto* rejection = std::get_if<Rejection>(&examined)) {
    count_rejected(state_);
    reject(*rejection, record);
  } else {
    apply_event(std::get<Examined>(examined), input, record);
  }
  meta_.position = record.offset + 1;
  meta_.recorded_at = record.timestamp;
  meta_.counts = state_.counts;
  meta_.postings = state_.postings;
  notes_[meta_.position] = commit_note(meta_);
}

void Oracle::apply_event(const Examined& examined, const InputRecord& input, const MemoryRecord& record) {
  Outcome outcome;
  Account* account = nullptr;
  KnownEvent* target = nullptr;
  if (const auto* published = std::get_if<CatalogPublished>(&examined.event.body)) {
    outcome = apply_catalog(state_, examined);
    if (std::holds_alternative<Published>(outcome))
      set_row(catalog_key_of(meta_.catalogs++), published->catalog);
  } else {
    account = &accounts_[examined.subscriber];
    const auto find = [&](const Uuid& charge_id) {
      const auto found = known_.find({examined.subscriber, charge_id});
      return found == known_.end() ? nullptr : &found->second;
    };
    const auto target_id = reversal_target(examined);
    if (target_id) target = find(*target_id);
    outcome = subledger::apply(state_, *account, find(examined.charge_id), target, examined, input);
    const auto* accepted = std::get_if<Accepted>(&outcome);
    if (accepted != nullptr && accepted->reverses_target) {
      target->reversed = true;
      set_row(reversed_key(examined.subscriber, *target_id), "1");
    }
  }
  if (const auto* accepted = std::get_if<Accepted>(&outcome)) accept(*accepted, examined, *account);
  if (const auto* rejection = std::get_if<Rejection>(&outcome)) reject(*rejection, record);
}

void Oracle::accept(const Accepted& accepted, const Examined& examined, const Account& account) {
  const std::string subscriber = format_msisdn(examined.subscriber);
  std::string charge;
  std::string access;
  MemoryRecord kept;
  kept.key = subscriber;
  if (accepted.charge) {
    charge = encoder_.encode(*accepted.charge);
    kept.timestamp = accepted.charge->recorded_at;
    kept.value = charge;
    emit(Topic::charges, kept, format_uuid(examined.charge_id), subscriber, ++meta_.sequences.charges);
  }
  if (accepted.access) {
    access = encoder_.encode(*accepted.access);
    kept.timestamp = accepted.access->recorded_at;
    kept.value = access;
    emit(Topic::access, kept, place(accepted.access->source), subscriber, ++meta_.sequences.access);
  }
  std::string row;
  append_event_row(row, {accepted.known, charge, access});
  set_row(event_key(examined.subscriber, examined.charge_id), row);
  known_[{examined.subscriber, examined.charge_id}] = accepted.known;
  row.clear();
  append_account(row, account);
  set_row(account_key(examined.subscriber), row);
}

void Oracle::reject(const Rejection& rejection, const MemoryRecord& record) {
  RejectRecord made;
  made.source = {state_.partition, record.offset};
  made.recorded_at = record.timestamp;
  made.reason = rejection.reason;
  made.detail = rejection.detail;
  if (record.key) made.key = *record.key;
  if (record.value) made.payload = *record.value;
  std::vector<Header> headers;
  for (const auto& [name, value] : record.headers) headers.push_back({name, value});
  made.headers = headers;
  made.subscriber = rejection.subscriber;
  made.event_id = rejection.event_id;
  MemoryRecord kept;
  kept.timestamp = record.timestamp;
  kept.key = record.key;
  kept.value = std::string(encoder_.encode(made));
  emit(Topic::rejects, kept, place(made.source), rejection.subscriber, ++meta_.sequences.rejects);
}

void Oracle::emit(Topic topic, const MemoryRecord& kept, std::string_view id, std::string_view subject,
                  uint64_t sequence) {
  const std::string name(topic_name(topic));
  const std::string schema = topic == Topic::charges  ? "charge"
                             : topic == Topic::access ? "access"
                                                      : "reject";
  Expected& expected = outputs_[static_cast<std::size_t>(topic)].emplace_back();
  expected.topic = topic;
  expected.record = kept;
  auto& headers = expected.record.headers;
  headers = {{"ce_specversion", "1.0"},
             {"ce_id", std::string(id)},
             {"ce_type", "subledger." + name + ".v1"},
             {"ce_source", "/subledger/" + name},
             {"ce_time", format_time(kept.timestamp)}};
  if (!subject.empty()) headers.emplace_back("ce_subject", std::string(subject));
  headers.emplace_back("ce_dataschema", "urn:subledger:schema:" + schema + ":1");
  headers.emplace_back("content-type", "application/x-flatbuffers");
  headers.emplace_back("output-sequence", std::to_string(sequence));
}

}  // namespace subledger::simulation
