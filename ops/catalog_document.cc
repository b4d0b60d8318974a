#include "ops/catalog_document.h"

#include <algorithm>
#include <chrono>

#include "events/codec.h"
#include "events/json_value.h"
#include "ops/files.h"
#include "projections/catalog_reader.h"

namespace subledger::ops {
namespace {

/// White space is not part of the document, so a file may be larger than a document.
constexpr std::size_t file_size_max = 16 * catalog_size_max;

Uuid event_id_of(const std::string& version, const std::string& canonical) {
  return uuid_of_name("subledger:catalog:" + version + ":" + canonical);
}

Timestamp now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

}  // namespace

Attempt<CatalogDocument> read_catalog_document(const std::string& path) {
  const Attempt<std::string> file = read_whole_file(path, file_size_max);
  if (!file) return tl::unexpected<Failure>(file.error());
  std::string text;
  // What is no JSON at all is left for the reader of catalogs to say.
  if (!append_json_verbatim(text, *file)) text = *file;
  NameTable names;
  auto catalog = read_catalog(text, names);
  if (!catalog) return failure(ExitCode::failed, path + ": " + catalog.error().text());
  std::string canonical = canonical_catalog(text);
  const Uuid id = event_id_of(catalog->version, canonical);
  Encoder encoder;
  std::string event(encoder.encode(Event{id, "", now(), Channel::operator_desk, CatalogPublished{text}}));
  if (event.size() > catalog_size_max) {
    return failure(ExitCode::failed, path + ": as an event, the document has " +
                                         std::to_string(event.size()) + " bytes, at most " +
                                         std::to_string(catalog_size_max) + " are taken");
  }
  return CatalogDocument{std::move(text), std::move(canonical), *std::move(catalog), std::move(event)};
}

}  // namespace subledger::ops
