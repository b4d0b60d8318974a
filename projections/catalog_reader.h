// A catalog document read, checked and compiled (catalog.md). Errors name the first offending field, in the
// order of the document, by JSON Pointer.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "projections/catalog.h"

namespace subledger {

struct CatalogError {
  std::string pointer;  ///< RFC 6901; empty: the document as a whole
  std::string message;

  /// "<pointer>: <message>", as it stands in a reject's `detail`.
  std::string text() const { return pointer.empty() ? message : pointer + ": " + message; }
};

/// Compiles a document. Its names are interned in the order of the document, also when an error is found:
/// hand in a table of your own to check only.
tl::expected<Catalog, CatalogError> read_catalog(std::string_view document, NameTable& names);

/// The document with its members sorted and without white space: equal documents have equal text. Requires
/// one that read_catalog took.
std::string canonical_catalog(std::string_view document);

}  // namespace subledger
