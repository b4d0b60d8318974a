// Event codec: whatever is taken is written again to bytes that mean the same, and has a JSON form.
#include <memory_resource>
#include <string>

#include "events/codec.h"
#include "events/json.h"
#include "tests/fuzz/fuzz.h"

using namespace subledger;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  std::pmr::monotonic_buffer_resource scratch;
  for (const bool catalog_record : {false, true}) {
    const auto event = decode_event(as_text(data, size), catalog_record, scratch);
    if (!event) continue;
    CHECK(!check_form(*event));
    Encoder encoder;
    const std::string bytes(encoder.encode(*event));
    const auto again = decode_event(bytes, true, scratch);
    CHECK(again.has_value());
    CHECK(bytes == encoder.encode(*again));
    std::string line;
    if (append_event_json(line, *event)) CHECK(line.find('\n') == std::string::npos);
  }
  return 0;
}
