// JSON form of events: whatever is taken has the same text once it was written.
#include <string>

#include "events/json.h"
#include "tests/fuzz/fuzz.h"

using namespace subledger;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const auto event = parse_event_json(as_text(data, size));
  if (!event) return 0;
  std::string line;
  CHECK(append_event_json(line, event->value));
  const auto again = parse_event_json(line);
  CHECK(again.has_value());
  std::string second;
  CHECK(append_event_json(second, again->value));
  CHECK(line == second);
  Encoder first_encoder;
  Encoder second_encoder;
  CHECK(first_encoder.encode(event->value) == second_encoder.encode(again->value));
  return 0;
}
