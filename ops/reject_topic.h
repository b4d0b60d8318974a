// The rejects topic, read through a filter, for the commands that look at rejects or send them again.
#pragma once

#include <atomic>
#include <functional>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports.h"
#include "events/event.h"
#include "ops/arguments.h"
#include "ops/command.h"

namespace subledger::ops {

struct RejectFilter {
  std::vector<Reason> reasons;            ///< empty: any
  std::optional<std::string> subscriber;  ///< of the event, or the record's key
  TimeSpan recorded;

  bool matches(const RejectRecord& reject) const;
};

/// --reason, --subscriber, --from and --to.
std::vector<CommandOption> reject_filter_options();
Attempt<RejectFilter> reject_filter_of(const Invocation& call);

/// Every reject that stood in the topic at the start, by recorded time, then partition, until `stop` or until
/// `take` gives false. Views live until it returns. A record that is no reject: a failure that names it.
Attempt<void> each_reject(Log& log, const std::vector<int32_t>& partitions, const std::atomic<bool>& stop,
                          const std::function<Attempt<bool>(const RejectRecord&)>& take);

/// All partitions of a log.
Attempt<std::vector<int32_t>> partitions_of(Log& log);

/// A reject as an object: source, recorded time, reason, detail, subscriber, event id, and the event where
/// its bytes are one, without a password's verifier. `whole`: the record of interfaces 2, its original bytes
/// included, and the event behind them.
void append_listed_reject(std::string& out, const RejectRecord& reject, bool whole);

/// The event that was rejected. nullopt: the bytes are none. Views live as long as the reject and `scratch`.
std::optional<Event> rejected_event(const RejectRecord& reject, std::pmr::memory_resource& scratch);

}  // namespace subledger::ops
