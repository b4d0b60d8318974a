#include "ops/topic_printer.h"

#include "events/json.h"
#include "ops/record_rows.h"

namespace subledger::ops {
namespace {

constexpr std::size_t rows_max = 1'000;

std::vector<Column> columns_of(Topic topic) {
  switch (topic) {
    case Topic::events:
      return event_columns();
    case Topic::charges:
      return charge_columns();
    case Topic::access:
      return access_columns();
    case Topic::rejects:
      break;
  }
  return reject_columns();
}

std::optional<std::string_view> view(const std::optional<std::string>& bytes) {
  return bytes ? std::optional<std::string_view>(*bytes) : std::nullopt;
}

RawRecord raw_of(const TopicRecord& record, std::span<const Header> headers) {
  return {record.source, record.recorded_at, view(record.key), view(record.value), headers};
}

std::string raw_json(const TopicRecord& record) {
  std::vector<Header> headers;
  for (const auto& header : record.headers) headers.push_back({header.name, view(header.value)});
  std::string json;
  append_raw_json(json, raw_of(record, headers));
  return json;
}

}  // namespace

TopicPrinter::TopicPrinter(Topic topic, OutputFormat format, bool raw, Output& output)
    : topic_(topic), raw_(raw), output_(output) {
  if (format == OutputFormat::table && !raw) table_.emplace(columns_of(topic));
}

Attempt<void> TopicPrinter::print(const TopicRecord& record) {
  if (!table_) return output_.write((raw_ ? raw_json(record) : json_of(record)) + '\n');
  table_->add(cells_of(record));
  return table_->waiting() < rows_max ? Attempt<void>() : output_.write(table_->take());
}

Attempt<void> TopicPrinter::flush() {
  if (table_) {
    if (auto written = output_.write(table_->take()); !written) return written;
  }
  return output_.flush();
}

std::pmr::memory_resource& TopicPrinter::clean_scratch() {
  scratch_.release();
  return scratch_;
}

/// What cannot be decoded is shown with its bytes.
std::string TopicPrinter::json_of(const TopicRecord& record) {
  std::string json;
  const std::string_view value = record.bytes();
  bool shown = false;
  if (topic_ == Topic::events) {
    const auto event = decode_event(record.bytes(), record.key == catalog_key, clean_scratch());
    shown = event && append_stored_event_json(json, *event, {record.source, record.recorded_at});
  } else if (topic_ == Topic::charges) {
    const auto charge = decode_charge(value, clean_scratch());
    if ((shown = charge.has_value())) append_charge_json(json, *charge);
  } else if (topic_ == Topic::access) {
    const auto access = decode_access(value, clean_scratch());
    if ((shown = access.has_value())) append_access_json(json, *access);
  } else {
    const auto reject = decode_reject(value, clean_scratch());
    if ((shown = reject.has_value())) append_reject_json(json, *reject);
  }
  if (!shown) append_undecodable_json(json, raw_of(record, {}));
  return json;
}

std::vector<std::string> TopicPrinter::cells_of(const TopicRecord& record) {
  const std::string_view value = record.bytes();
  if (topic_ == Topic::events) {
    const auto event = decode_event(record.bytes(), record.key == catalog_key, clean_scratch());
    if (event) return event_cells(*event, record.source, record.recorded_at);
  } else if (topic_ == Topic::charges) {
    if (const auto charge = decode_charge(value, clean_scratch())) return charge_cells(*charge);
  } else if (topic_ == Topic::access) {
    if (const auto access = decode_access(value, clean_scratch())) return access_cells(*access);
  } else if (const auto reject = decode_reject(value, clean_scratch())) {
    return reject_cells(*reject);
  }
  std::vector<std::string> cells(columns_of(topic_).size());
  cells.front() = source_text(record.source);
  cells.back() = "cannot be decoded; --raw shows its bytes";
  return cells;
}

}  // namespace subledger::ops
