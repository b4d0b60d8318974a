#include "ops/event_record.h"

#include <variant>

namespace subledger::ops {

const NewRecord& EventRecord::make(const Event& event, std::string_view value, int32_t partition) {
  id_.clear();
  append_uuid(id_, event.id);
  time_.clear();
  append_time(time_, event.occurred_at);
  const bool catalog = std::holds_alternative<CatalogPublished>(event.body);
  headers_ = {Header{"ce_specversion", "1.0"},
              Header{"ce_id", id_},
              Header{"ce_type", "subledger.events.v1"},
              Header{"ce_source", "/subledger/events"},
              Header{"ce_time", time_},
              Header{"ce_dataschema", "urn:subledger:schema:event:1"},
              Header{"content-type", "application/x-flatbuffers"},
              Header{"ce_subject", event.subscriber}};
  record_.topic = Topic::events;
  record_.partition = partition;
  record_.timestamp = event.occurred_at;
  record_.key = catalog ? catalog_key : event.subscriber;
  record_.value = value;
  // A catalog has no subject.
  record_.headers = std::span<const Header>(headers_.data(), headers_.size() - (catalog ? 1 : 0));
  return record_;
}

}  // namespace subledger::ops
