// One try of a transaction, and what its outcome asks for.
#include "engine/commit.h"

namespace subledger {
namespace {

/// The first record of each partition goes ahead of all others: a log adds partitions to a transaction as it
/// sees them, those that it sees at once in one step.
StepResult produce(TransactionPort& log, const Outputs& outputs) {
  std::array<Header, Outputs::headers_max> headers;
  const auto& firsts = outputs.firsts();
  for (const std::size_t i : firsts) {
    StepResult produced = log.produce(outputs.record(i, headers));
    if (produced.outcome != StepOutcome::done) return produced;
  }
  auto sent = firsts.begin();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (sent != firsts.end() && *sent == i) {
      ++sent;
      continue;
    }
    StepResult produced = log.produce(outputs.record(i, headers));
    if (produced.outcome != StepOutcome::done) return produced;
  }
  return {};
}

StepResult try_once(TransactionPort& log, const OutgoingChunk& chunk,
                    std::span<const PositionUpdate> positions) {
  if (StepResult begun = log.begin(); begun.outcome != StepOutcome::done) return begun;
  if (StepResult produced = produce(log, chunk.outputs); produced.outcome != StepOutcome::done)
    return produced;
  return log.commit(positions);
}

enum class Found : uint8_t { start, end, neither };

/// What the group has committed, compared with the chunk's spans.
Result<Found> find_committed(TransactionPort& log, const OutgoingChunk& chunk) {
  std::size_t at_start = 0;
  std::size_t at_end = 0;
  for (const ChunkSpan& span : chunk.spans) {
    const auto committed = log.committed(span.end.partition);
    if (!committed) return tl::unexpected(committed.error());
    if (committed->position == span.end.position) {
      ++at_end;
    } else if (committed->position == span.start) {
      ++at_start;
    }
  }
  if (at_end == chunk.spans.size()) return Found::end;
  return at_start == chunk.spans.size() ? Found::start : Found::neither;
}

std::string spans_text(const OutgoingChunk& chunk) {
  std::string text;
  for (const ChunkSpan& span : chunk.spans) {
    if (!text.empty()) text += ", ";
    text += "partition " + std::to_string(span.end.partition) + " to " + std::to_string(span.end.position);
  }
  return text;
}

std::optional<CommitResult> final_result(const StepResult& step) {
  switch (step.outcome) {
    case StepOutcome::done:
      return CommitResult{};
    case StepOutcome::lost:
      return CommitResult{CommitOutcome::lost, step.message};
    case StepOutcome::fenced:
      return CommitResult{CommitOutcome::fenced, step.message};
    case StepOutcome::fault:
      return CommitResult{CommitOutcome::fault, step.message};
    case StepOutcome::aborted:
    case StepOutcome::unknown:
      return std::nullopt;
  }
  return std::nullopt;
}

/// After an unknown outcome: settles the past and finds out. nullopt: the chunk is not in; send it again.
std::optional<CommitResult> resolve(TransactionPort& log, const OutgoingChunk& chunk,
                                    const CommitPolicy& policy, int& tries) {
  for (;;) {
    std::string message;
    if (const auto made = log.reset(); !made) {
      if (made.error().kind == Fault::Kind::fenced) {
        return CommitResult{CommitOutcome::fenced, made.error().message};
      }
      message = made.error().message;
    } else if (const auto found = find_committed(log, chunk); !found) {
      message = found.error().message;
    } else if (*found == Found::end) {
      return CommitResult{};
    } else if (*found == Found::start) {
      return std::nullopt;
    } else {
      return CommitResult{CommitOutcome::lost,
                          "the group's positions are neither before nor after the chunk (" +
                              spans_text(chunk) + "): somebody else has moved them"};
    }
    if (!policy.wait(++tries, message)) return CommitResult{CommitOutcome::given_up, message};
  }
}

}  // namespace

CommitResult commit_chunk(TransactionPort& log, const OutgoingChunk& chunk, const CommitPolicy& policy) {
  std::vector<PositionUpdate> positions;
  for (const ChunkSpan& span : chunk.spans) positions.push_back(span.end);
  for (int tries = 0;;) {
    const StepResult step = try_once(log, chunk, positions);
    if (auto result = final_result(step)) return *std::move(result);
    if (!policy.wait(++tries, step.message)) return {CommitOutcome::given_up, step.message};
    if (step.outcome == StepOutcome::unknown) {
      if (auto result = resolve(log, chunk, policy, tries)) return *std::move(result);
    }
  }
}

}  // namespace subledger
