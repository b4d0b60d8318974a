// Rows of a store: whatever is taken is written again to a row that means the same. The first byte is the
// row's prefix, as in its key.
#include <string>

#include "engine/meta.h"
#include "projections/rows.h"
#include "tests/fuzz/fuzz.h"

using namespace subledger;

namespace {

constexpr std::size_t names = 12;  // known ones

void check_account(std::string_view row) {
  const auto account = parse_account(row, names);
  if (!account) return;
  std::string written;
  append_account(written, *account);
  const auto again = parse_account(written, names);
  CHECK(again.has_value());
  std::string second;
  append_account(second, *again);
  CHECK(written == second);
}

void check_event(std::string_view row) {
  const auto event = parse_event_row(row);
  if (!event) return;
  std::string written;
  append_event_row(written, *event);
  const auto again = parse_event_row(written);
  CHECK(again.has_value());
  CHECK(again->known == event->known && again->charge == event->charge && again->access == event->access);
}

void check_meta(std::string_view row) {
  const auto meta = parse_meta(row);
  if (!meta) return;
  std::string written;
  append_meta(written, *meta);
  const auto again = parse_meta(written);
  CHECK(again.has_value());
  CHECK(commit_note(*again) == commit_note(*meta));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view row = as_text(data + 1, size - 1);
  switch (static_cast<char>(data[0])) {
    case account_prefix:
      check_account(row);
      break;
    case event_prefix:
      check_event(row);
      break;
    case 'm':
      check_meta(row);
      break;
    default:
      break;
  }
  return 0;
}
