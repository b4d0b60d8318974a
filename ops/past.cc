#include "ops/past.h"

#include "ops/progress.h"

namespace subledger::ops {

Attempt<void> read_past(Log& log, int32_t partition, const HistoryEnd& end, History& history,
                        const History::Visitor& visit, const std::function<bool()>& go_on) {
  const auto reader = log.open_reader(Topic::events);
  if (!reader) return failure_of(reader.error());
  Progress progress("going through", "record");
  if (const auto range = (*reader)->range(Topic::events, partition)) {
    progress.set_total(static_cast<uint64_t>(end.offset.value_or(range->end)));
  }
  const auto read = read_history(**reader, partition, end, history, visit, [&](std::size_t records) {
    progress.add(records);
    return go_on();
  });
  if (!read) return failure_of(read.error());
  return {};
}

}  // namespace subledger::ops
