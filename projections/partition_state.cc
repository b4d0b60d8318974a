// Which catalog version is in force.
#include "projections/partition_state.h"

#include <algorithm>
#include <utility>

namespace subledger {
namespace {

bool earlier(Timestamp time, const PublishedCatalog* published) {
  return time < published->catalog.effective_from;
}

}  // namespace

PublishedCatalog* PartitionState::in_force(Timestamp time) const {
  const auto after = std::upper_bound(by_effect.begin(), by_effect.end(), time, earlier);
  return after == by_effect.begin() ? nullptr : *std::prev(after);
}

std::string_view PartitionState::currency() const {
  return catalogs.empty() ? std::string_view() : std::string_view(catalogs.front().catalog.currency);
}

const PublishedCatalog* PartitionState::find_version(std::string_view version) const {
  for (const PublishedCatalog& published : catalogs) {
    if (published.catalog.version == version) return &published;
  }
  return nullptr;
}

void PartitionState::publish(PublishedCatalog published) {
  PublishedCatalog& kept = catalogs.emplace_back(std::move(published));
  by_effect.insert(std::upper_bound(by_effect.begin(), by_effect.end(), kept.catalog.effective_from, earlier),
                   &kept);
}

}  // namespace subledger
