// Line reader: the same lines whatever the pieces in which the input comes. The first byte says how large the
// other reading's pieces are.
#include <algorithm>
#include <cstring>
#include <string>

#include "events/ndjson.h"
#include "tests/fuzz/fuzz.h"

using namespace subledger;

namespace {

/// All that a reader tells, one after another.
std::string lines_of(std::string_view input, std::size_t piece) {
  std::string told;
  LineReader reader(
      [&](std::span<char> room) {
        const std::size_t size = std::min({room.size(), piece, input.size()});
        if (size > 0) std::memcpy(room.data(), input.data(), size);
        input.remove_prefix(size);
        return size;
      },
      {});
  uint64_t last = 0;
  while (const auto line = reader.next()) {
    CHECK(line->number > last);
    last = line->number;
    CHECK(line->raw.find('\n') == std::string_view::npos);
    CHECK(line->overlong || line->raw.find(line->text) != std::string_view::npos);
    told += std::to_string(line->number) + (line->overlong ? '!' : ':');
    told.append(line->text).append("|").append(line->raw).append("\n");
  }
  return told;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input = as_text(data + 1, size - 1);
  CHECK(lines_of(input, SIZE_MAX) == lines_of(input, 1 + data[0] % 16U));
  return 0;
}
