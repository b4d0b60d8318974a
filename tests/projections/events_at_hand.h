// An event with a body, ready to be changed by a test; its strings are literals.
#pragma once

#include "events/event.h"

namespace subledger {

constexpr Timestamp noon{1'430'481'600'000'000};  ///< 2015-05-01T12:00:00Z

inline Event event_of(EventBody body) {
  Event event;
  event.id.bytes.back() = 1;
  event.subscriber = "79161234567";
  event.occurred_at = noon;
  event.channel = Channel::sms;
  event.body = body;
  return event;
}

}  // namespace subledger
