// Look-ups in a compiled catalog: lists are sorted by name number when the catalog is compiled.
#include "projections/catalog.h"

#include <algorithm>

namespace subledger {
namespace {

template <class Item>
const Item* find_by_name(const std::vector<Item>& items, NameId name) {
  const auto at = std::lower_bound(items.begin(), items.end(), name,
                                   [](const Item& item, NameId wanted) { return item.name < wanted; });
  return at != items.end() && at->name == name ? &*at : nullptr;
}

bool names(const Option* option, NameId other) {
  return option != nullptr &&
         std::find(option->excludes.begin(), option->excludes.end(), other) != option->excludes.end();
}

}  // namespace

const Tariff* Catalog::find_tariff(NameId name) const { return find_by_name(tariffs, name); }
const Option* Catalog::find_option(NameId name) const { return find_by_name(options, name); }
const Service* Catalog::find_service(NameId name) const { return find_by_name(services, name); }

const OptionFees& fees_of(const Tariff& tariff, const Option& option) {
  for (const OptionOverride& entry : tariff.options) {
    if (entry.option == option.name) return entry.fees;
  }
  return option.fees;
}

bool excludes(const Catalog& catalog, NameId one, NameId other) {
  return names(catalog.find_option(one), other) || names(catalog.find_option(other), one);
}

}  // namespace subledger
