// The JSON forms of interfaces 2: events, charges, access records, rejects, one object a line, both ways
// without loss. Not the account, statements or differences, which commands make and no record has.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/codec.h"
#include "events/event.h"
#include "events/json_value.h"
#include "events/records.h"

namespace subledger {

/// What the views of a value that was read from JSON point into.
struct JsonOwner {
  JsonValue document;
  std::string catalog;            ///< a published catalog in one line
  std::deque<std::string> bytes;  ///< what stood in base64
  std::vector<Header> headers;
};

/// A value with the owner of its views; they stay good when it is moved.
template <class T>
struct FromJson {
  T value;
  std::unique_ptr<const JsonOwner> owner;
};
using JsonEvent = FromJson<Event>;
using JsonCharge = FromJson<ChargeRecord>;
using JsonAccess = FromJson<AccessRecord>;
using JsonReject = FromJson<RejectRecord>;

/// Reads one event and checks its form (domain 8, steps 2 and 3). Refusals: malformed; unsupported for a type
/// that this build does not know. The detail names the first offending member and shows no value.
Decoded<JsonEvent> parse_event_json(std::string_view line);

/// Read back what the writers below wrote. Refusals: malformed.
Decoded<JsonCharge> parse_charge_json(std::string_view line);
Decoded<JsonAccess> parse_access_json(std::string_view line);
Decoded<JsonReject> parse_reject_json(std::string_view line);

// Writers append one object without a newline.

/// False, and nothing appended: a published catalog that is no JSON object has no JSON form.
[[nodiscard]] bool append_event_json(std::string& out, const Event& event);

/// Where and when the events topic took an event.
struct StoredAt {
  Source source;
  Timestamp recorded_at;
};

/// As `tail events` shows it: `source` and `recorded_at` after the event's own members, a password's verifier
/// left out. False, and nothing appended: as above; such a record is shown by `append_undecodable_json`.
[[nodiscard]] bool append_stored_event_json(std::string& out, const Event& event, const StoredAt& stored);

void append_charge_json(std::string& out, const ChargeRecord& charge);
void append_access_json(std::string& out, const AccessRecord& access);
/// Names of headers are the producer's bytes; those that are not UTF-8 become U+FFFD, all else is without
/// loss.
void append_reject_json(std::string& out, const RejectRecord& reject);

/// A record of any topic as it is stored. A null key or value is an absent member.
struct RawRecord {
  Source source = {};
  Timestamp timestamp = {};
  std::optional<std::string_view> key = {};
  std::optional<std::string_view> payload = {};
  std::span<const Header> headers = {};
};

/// `source`, `recorded_at`, `key_base64`, `payload_base64`: an event that cannot be decoded.
void append_undecodable_json(std::string& out, const RawRecord& record);

/// `partition`, `offset`, `timestamp`, `key_base64`, `payload_base64`, `headers`: the answer of `tail --raw`.
void append_raw_json(std::string& out, const RawRecord& record);

}  // namespace subledger
