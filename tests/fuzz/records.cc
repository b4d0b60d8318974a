// Codec of charge, access and reject records: whatever is taken is written again to bytes that mean the same.
#include <memory_resource>
#include <string>

#include "events/codec.h"
#include "events/json.h"
#include "tests/fuzz/fuzz.h"

using namespace subledger;

namespace {

template <class Record>
void check(std::string_view bytes, Decoded<Record> (*decode)(std::string_view, std::pmr::memory_resource&),
           void (*write)(std::string&, const Record&)) {
  std::pmr::monotonic_buffer_resource scratch;
  const auto record = decode(bytes, scratch);
  if (!record) return;
  Encoder encoder;
  const std::string written(encoder.encode(*record));
  const auto again = decode(written, scratch);
  CHECK(again.has_value());
  CHECK(written == encoder.encode(*again));
  std::string line;
  write(line, *record);
  CHECK(line.find('\n') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const std::string_view bytes = as_text(data, size);
  check(bytes, decode_charge, append_charge_json);
  check(bytes, decode_access, append_access_json);
  check(bytes, decode_reject, append_reject_json);
  return 0;
}
