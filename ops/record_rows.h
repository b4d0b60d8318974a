// Records as rows of tables for people. Their JSON forms stand in events/json.h.
#pragma once

#include <string>
#include <vector>

#include "events/event.h"
#include "events/records.h"
#include "ops/table.h"

namespace subledger::ops {

std::vector<Column> charge_columns();
std::vector<std::string> charge_cells(const ChargeRecord& charge);

std::vector<Column> access_columns();
std::vector<std::string> access_cells(const AccessRecord& access);

std::vector<Column> reject_columns();
std::vector<std::string> reject_cells(const RejectRecord& reject);

std::vector<Column> event_columns();
/// A verifier is left out.
std::vector<std::string> event_cells(const Event& event, Source source, Timestamp recorded_at);

/// "3:1042".
std::string source_text(Source source);

}  // namespace subledger::ops
