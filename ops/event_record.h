// An event as a record of the events topic: key, and the CloudEvents 1.0 headers of binary mode (interfaces
// 1).
#pragma once

#include <array>
#include <string>

#include "engine/ports.h"
#include "events/event.h"

namespace subledger::ops {

/// Keeps what the record's views point to, and is reused for the next one.
class EventRecord {
 public:
  /// The record lives until the next call, and as long as `event` and `value`.
  const NewRecord& make(const Event& event, std::string_view value, int32_t partition);

 private:
  std::string id_;
  std::string time_;
  std::array<Header, 8> headers_;
  NewRecord record_;
};

}  // namespace subledger::ops
