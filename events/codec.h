// The FlatBuffers wire form of events and records. Decoding trusts nothing: size, file identifier, verifier,
// schema version, meaning, in this order (domain 8, steps 1 to 3). It does not judge state: that is
// projections' matter.
#pragma once

#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "events/event.h"
#include "events/records.h"

namespace subledger {

/// Why bytes are not a record of the expected type; `detail` is free text for a person.
struct Refusal {
  Reason reason{};
  std::string detail;
};

template <class T>
using Decoded = tl::expected<T, Refusal>;

/// Decodes an event of the current schema. `value` is nullopt for a null record. The event's strings are
/// views into `value` or into `scratch`, where bytes that are not 8-byte aligned are copied. `catalog_record`
/// says that the record's key is "catalog", for which the larger size limit holds. Refusals: oversize,
/// malformed, unsupported.
Decoded<Event> decode_event(std::optional<std::string_view> value, bool catalog_record,
                            std::pmr::memory_resource& scratch);

/// The form checks of domain 8, steps 2 and 3, that the wire form and the JSON form share: string lengths,
/// UTF-8, control characters, presence of the subscriber. nullopt: well-formed.
std::optional<Refusal> check_form(const Event& event);

/// Decode records that an engine wrote. Strings are views into `value` or `scratch`. Refusals: malformed,
/// unsupported.
Decoded<ChargeRecord> decode_charge(std::string_view value, std::pmr::memory_resource& scratch);
Decoded<AccessRecord> decode_access(std::string_view value, std::pmr::memory_resource& scratch);
Decoded<RejectRecord> decode_reject(std::string_view value, std::pmr::memory_resource& scratch);
/// Bytes that end with the statement would leave what was decoded without them.
Decoded<ChargeRecord> decode_charge(std::string&& value, std::pmr::memory_resource& scratch) = delete;
Decoded<AccessRecord> decode_access(std::string&& value, std::pmr::memory_resource& scratch) = delete;
Decoded<RejectRecord> decode_reject(std::string&& value, std::pmr::memory_resource& scratch) = delete;

/// Encodes records; equal values give equal bytes. One encoder serves one thread and reuses its buffer.
class Encoder {
 public:
  Encoder();
  ~Encoder();
  Encoder(Encoder&&) noexcept;
  Encoder& operator=(Encoder&&) noexcept;

  /// The bytes live until the next call on this encoder.
  std::string_view encode(const Event& event);
  std::string_view encode(const ChargeRecord& charge);
  std::string_view encode(const AccessRecord& access);
  /// What it carries must stay below a gigabyte in sum; a log that takes such records is not served.
  std::string_view encode(const RejectRecord& reject);

 private:
  struct Buffer;
  std::unique_ptr<Buffer> buffer_;
};

}  // namespace subledger
