// The fold of catalog_published (domain 5).
#include <utility>

#include "projections/catalog_reader.h"
#include "projections/fold.h"

namespace subledger {
namespace {

Rejection invalid(const Examined& examined, const CatalogError& error) {
  return Rejection{Reason::invalid_catalog, error.text(), {}, examined.event.id};
}

/// Rule: domain 5. A name may come again only with equal JSON, and all versions have one currency.
std::optional<CatalogError> check_log(const PartitionState& state, const Catalog& catalog) {
  if (state.find_version(catalog.version) != nullptr) {
    return CatalogError{"/version", "'" + catalog.version + "' is published with other content"};
  }
  if (!state.catalogs.empty() && catalog.currency != state.currency()) {
    return CatalogError{"/currency",
                        "must be " + std::string(state.currency()) + " as in the versions before"};
  }
  return std::nullopt;
}

}  // namespace

Outcome apply_catalog(PartitionState& state, const Examined& examined) {
  ++state.counts.records;
  const std::string_view document = std::get<CatalogPublished>(examined.event.body).catalog;
  const auto rejected = [&](const CatalogError& error) {
    ++state.counts.rejected;
    return invalid(examined, error);
  };
  NameTable names_of_a_check;
  const auto checked = read_catalog(document, names_of_a_check);
  if (!checked) return rejected(checked.error());
  std::string canonical = canonical_catalog(document);
  const PublishedCatalog* known = state.find_version(checked->version);
  if (known != nullptr && known->canonical == canonical) {
    ++state.counts.duplicates;
    return Duplicate{};
  }
  if (const auto error = check_log(state, *checked)) return rejected(*error);

  // From here on nothing can fail: the same document is compiled again, now with the partition's names.
  Catalog catalog = *read_catalog(document, state.names);
  const LocalCalendar calendar(catalog.time_zone);
  state.publish({std::move(catalog), std::move(canonical), calendar});
  ++state.counts.accepted;
  return Published{};
}

}  // namespace subledger
