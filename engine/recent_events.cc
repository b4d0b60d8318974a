#include "engine/recent_events.h"

#include <utility>

namespace subledger {
namespace {

constexpr std::size_t slots_min = 1'024;

}  // namespace

RecentEvents::RecentEvents() : slots_(slots_min) {}

void RecentEvents::add(Tag tag, RowPlace place) {
  if ((taken_ + 1) * 2 > slots_.size()) grow();
  put({place.chunk, place.row, tag});
  ++taken_;
}

void RecentEvents::clear() {
  if (taken_ == 0) return;
  slots_.assign(slots_.size(), Slot());
  taken_ = 0;
}

void RecentEvents::put(const Slot& slot) {
  std::size_t at = home_of(slot.tag);
  while (slots_[at].row != no_row) at = next(at);
  slots_[at] = slot;
}

void RecentEvents::grow() {
  const std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
  for (const Slot& slot : before) {
    if (slot.row != no_row) put(slot);
  }
}

}  // namespace subledger
