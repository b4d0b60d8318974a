// What a run's input is: every type of event, valid and not, for a few subscribers, with catalog versions
// among them, repeated and contradicting ids, and bytes that are no event.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "events/event.h"
#include "tests/simulation/random.h"
#include "tests/support/memory_log.h"

namespace subledger::simulation {

/// A record as somebody sends it.
struct Input {
  int32_t partition = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
};

class Workload {
 public:
  Workload(Random& random, int32_t partitions) : random_(random), partitions_(partitions) {}

  /// About `count` records, in the order in which they are sent.
  std::vector<Input> make(std::size_t count);

 private:
  void send_event();
  void send_catalog();
  void send_rubbish();
  void send(const Event& event, int32_t partition);
  Event new_event();
  EventBody body(std::size_t type);
  EventBody usage_body(bool traffic);
  Timestamp time();
  Uuid fresh_id();
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }
  std::string_view name_of(std::initializer_list<const char*> names) {
    return keep(names.begin()[random_.below(names.size())]);
  }
  std::string catalog_text(const std::string& version);
  std::string rules_text(bool traffic);
  std::string rule_text(const std::string& rule, const std::string& when);

  Random& random_;
  int32_t partitions_;
  std::vector<Input> made_;
  std::deque<std::string> kept_;
  std::deque<Event> sent_;  // a part of what was sent, to be repeated, contradicted and reversed
  std::vector<std::string> subscribers_;
  std::vector<std::string> catalogs_;
  uint64_t ids_ = 0;
};

}  // namespace subledger::simulation
