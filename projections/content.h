// The content of an event as one hash, by which the same id with other content is told (domain 2).
#pragma once

#include "events/event.h"
#include "projections/fold.h"

namespace subledger {

/// Equal decoded fields have equal hashes: times, money and UUIDs by value, `final: false` equals absent, an
/// absent `zone` differs from "home". Requires an event that passed check_form; not for catalog_published.
ContentHash content_of(const Event& event);

}  // namespace subledger
