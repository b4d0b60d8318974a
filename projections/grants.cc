// The list of grants is kept in the order in which they are drawn, so each rule is one walk from its front.
#include "projections/grants.h"

#include <algorithm>

#include "events/check.h"

namespace subledger {
namespace {

/// Rule: domain 6. A grant whose `expires_at` is the event's own time is too late.
bool expired(const Grant& grant, Timestamp at) { return grant.expires_at && *grant.expires_at <= at; }

bool expires_before(const Grant& one, const Grant& other) {
  if (!one.expires_at) return false;
  return !other.expires_at || *one.expires_at < *other.expires_at;
}

}  // namespace

Draw plan_draw(const std::vector<Grant>& grants, GrantKind kind, int64_t wanted, Timestamp at) {
  Draw draw;
  for (const Grant& grant : grants) {
    if (draw.covered == wanted) break;
    if (grant.kind != kind || expired(grant, at)) continue;
    draw.covered += std::min(wanted - draw.covered, grant.remaining);
    draw.expires_at =
        grant.expires_at;  // the walk is by expiry with none last, so the last one drawn is the latest
  }
  return draw;
}

void take_draw(std::vector<Grant>& grants, GrantKind kind, int64_t covered, Timestamp at) {
  if (covered == 0) return;
  for (Grant& grant : grants) {
    if (covered == 0) break;
    if (grant.kind != kind || expired(grant, at)) continue;
    const int64_t taken = std::min(covered, grant.remaining);
    grant.remaining -= taken;
    covered -= taken;
  }
  CHECK(covered == 0);
  std::erase_if(grants, [](const Grant& grant) { return grant.remaining == 0; });
}

bool has_room(const std::vector<Grant>& grants, std::size_t count, Timestamp at) {
  if (grants.size() + count <= grants_max) return true;
  const auto gone =
      std::count_if(grants.begin(), grants.end(), [at](const Grant& g) { return expired(g, at); });
  return grants.size() + count - static_cast<std::size_t>(gone) <= grants_max;
}

void make_room(std::vector<Grant>& grants, std::size_t count, Timestamp at) {
  while (grants.size() + count > grants_max) {
    CHECK(!grants.empty() && expired(grants.front(), at));
    grants.erase(grants.begin());
  }
}

void add_grant(std::vector<Grant>& grants, const Grant& grant) {
  CHECK(grants.size() < grants_max);
  grants.insert(std::upper_bound(grants.begin(), grants.end(), grant, expires_before), grant);
}

int64_t available(const std::vector<Grant>& grants, GrantKind kind, Timestamp at) {
  int64_t sum = 0;
  for (const Grant& grant : grants) {
    if (grant.kind == kind && !expired(grant, at)) sum += grant.remaining;
  }
  return sum;
}

}  // namespace subledger
