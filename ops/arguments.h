// What commands take in words: times, counts, subscribers, places in a topic. Wrong ones are wrong usage.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/msisdn.h"
#include "events/records.h"
#include "ops/command.h"

namespace subledger::ops {

/// Digits only, 0 or more.
std::optional<int64_t> parse_count(std::string_view text);

/// An option that is a count; `fallback` where it is not given.
Attempt<int64_t> count_option(const Invocation& call, std::string_view name, int64_t fallback);

/// nullopt: the option is not given.
Attempt<std::optional<Timestamp>> time_option(const Invocation& call, std::string_view name);

Attempt<Msisdn> parse_subscriber(std::string_view digits);

/// "3:1042", as tables show it, or "3-1042", as headers have it. nullopt: another form.
std::optional<Source> parse_source(std::string_view text);

/// From inclusive to exclusive; an absent end is open.
struct TimeSpan {
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;

  bool contains(Timestamp time) const { return (!from || time >= *from) && (!to || time < *to); }
};

/// The options --from and --to. Wrong usage also where nothing can lie between them.
Attempt<TimeSpan> time_span_of(const Invocation& call);

/// --from and --to; `what` as in "only what occurred".
std::vector<CommandOption> time_span_options(const std::string& what);

}  // namespace subledger::ops
