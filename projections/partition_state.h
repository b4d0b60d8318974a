// What a partition's log has established beyond single subscribers: the catalog versions, the names in them,
// the counts and the postings. Bounded by the number of published versions.
#pragma once

#include <array>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "events/time.h"
#include "projections/catalog.h"
#include "projections/names.h"
#include "projections/time_zone.h"
#include "projections/totals.h"

namespace subledger {

/// A published version with the form in which it is compared when its name comes again.
struct PublishedCatalog {
  Catalog catalog;
  std::string canonical;   ///< canonical JSON: equal documents have equal text
  LocalCalendar calendar;  ///< remembers the last look-up only; no state of the ledger
};

struct PartitionState {
  int32_t partition = 0;
  int32_t partitions = 1;
  NameTable names;
  std::deque<PublishedCatalog> catalogs;     ///< in order of publication
  std::vector<PublishedCatalog*> by_effect;  ///< by effective_from, then order of publication
  Counts counts;
  Postings postings;

  /// Rule: domain 5. The greatest `effective_from` ≤ `time`; of two with the same, the later published.
  /// nullptr: none.
  PublishedCatalog* in_force(Timestamp time) const;
  /// The currency of all versions; empty until one is published.
  std::string_view currency() const;
  const PublishedCatalog* find_version(std::string_view version) const;
  void publish(PublishedCatalog published);
};

}  // namespace subledger
