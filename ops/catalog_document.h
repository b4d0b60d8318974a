// A catalog document out of a file, checked, and the event that publishes it.
#pragma once

#include <string>

#include "ops/failure.h"
#include "projections/catalog.h"

namespace subledger::ops {

struct CatalogDocument {
  std::string text;       ///< verbatim, but in one line
  std::string canonical;  ///< equal for equal documents
  Catalog catalog;
  std::string event;  ///< the encoded catalog_published event, which occurs when it was made
};

/// Fails with the pointer of the first offending field. The event's id is the UUIDv5, namespace URL, of
/// "subledger:catalog:<version>:<canonical document>": the same document has the same id wherever it is
/// published.
Attempt<CatalogDocument> read_catalog_document(const std::string& path);

}  // namespace subledger::ops
