// Catalog documents: whatever is taken has a canonical form, which is taken as well and is its own.
#include <string>

#include "projections/catalog_reader.h"
#include "tests/fuzz/fuzz.h"

using namespace subledger;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  NameTable names;
  const std::string_view document = as_text(data, size);
  const auto catalog = read_catalog(document, names);
  if (!catalog) {
    CHECK(!catalog.error().message.empty());
    return 0;
  }
  const std::string canonical = canonical_catalog(document);
  NameTable more_names;
  const auto again = read_catalog(canonical, more_names);
  CHECK(again.has_value());
  CHECK(again->version == catalog->version);
  CHECK(canonical_catalog(canonical) == canonical);
  return 0;
}
