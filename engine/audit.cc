#include "engine/audit.h"

#include <algorithm>
#include <array>
#include <memory_resource>
#include <vector>

#include "engine/audit_outputs.h"
#include "engine/audit_store.h"
#include "engine/emitted.h"
#include "events/codec.h"
#include "projections/rows.h"

namespace subledger {
namespace {

std::optional<int64_t> last_of(std::optional<int64_t> position) {
  return position && *position > 0 ? std::optional(*position - 1) : std::nullopt;
}

std::string offset_text(int64_t position) {
  return position == 0 ? "nothing" : "offset " + std::to_string(position - 1);
}

class Audit {
 public:
  Audit(Log& log, const StorePort* store, StorePort& scratch, const AuditOptions& options,
        const ReplayHooks& hooks, const TellFinding& tell)
      : log_(log), store_(store), scratch_(scratch), options_(options), hooks_(hooks), tell_(tell) {}

  Result<std::optional<AuditFigures>> run() {
    if (auto read = read_positions(); !read) return tl::unexpected(read.error());
    const auto reader = log_.open_reader(Topic::events);
    if (!reader) return tl::unexpected(reader.error());
    Replay::Options options;
    options.partition = {options_.partition, options_.partitions, options_.accounts_max};
    auto replay = Replay::open(**reader, scratch_, std::move(options));
    if (!replay) return tl::unexpected(replay.error());
    const auto end = replay_end(**reader, options_.partition, std::nullopt);
    if (!end) return tl::unexpected(end.error());
    check_positions(*end);
    // In the order of the log: the store may stand before or behind what is committed.
    const int64_t store_end = std::min(meta_.position, *end);
    const int64_t committed_end = std::min(committed_.position.value_or(processed_), *end);
    Result<bool> done = true;
    if (store_end < committed_end) {
      done = fold_to(*replay, store_end, true);
      if (done && *done) done = check_store();
    }
    if (done && *done) done = fold_to(*replay, committed_end, true);
    if (done && *done) done = check_committed(*replay);
    if (done && *done && store_end >= committed_end) {
      done = fold_to(*replay, store_end, false);
      if (done && *done) done = check_store();
    }
    if (!done) return tl::unexpected(done.error());
    return *done ? std::optional(figures_) : std::nullopt;
  }

 private:
  void find(const std::string& where, const std::string& what, std::optional<int64_t> offset = {}) {
    ++figures_.findings;
    tell_({options_.partition, where, offset, what});
  }

  /// In an order in which a running engine cannot deceive: what the topics hold now comes of what is
  /// committed when it is asked for next, and all of that is in the topics afterwards.
  Result<void> read_positions() {
    for (const Topic topic : {Topic::charges, Topic::access, Topic::rejects}) {
      auto output = OutputAudit::open(log_, topic, options_.partition, options_.outputs_expire,
                                      [this, topic](std::optional<int64_t> offset, const std::string& what) {
                                        find(std::string(topic_name(topic)), what, offset);
                                      });
      if (!output) return tl::unexpected(output.error());
      outputs_.push_back(*std::move(output));
    }
    auto committed = log_.position_of(options_.group, options_.partition);
    if (!committed) return tl::unexpected(committed.error());
    committed_ = *std::move(committed);
    for (OutputAudit& output : outputs_) {
      if (auto extended = output.extend(); !extended) return extended;
    }
    figures_.committed_offset = last_of(committed_.position);
    if (store_ != nullptr) {
      if (auto read = read_meta(); !read) return read;
    }
    if (committed_.position) return {};
    // Outputs that cannot tell where they come from are found when they are compared.
    const auto emitted = EmittedOutputs(log_).in_partition(options_.partition);
    if (!emitted && emitted.error().kind == Fault::Kind::unreachable) return tl::unexpected(emitted.error());
    if (emitted) processed_ = emitted->position;
    if (!options_.store_may_lead) processed_ = std::max(processed_, meta_.position);
    return {};
  }

  Result<void> read_meta() {
    const auto row = store_->get(meta_key);
    if (!row) return tl::unexpected(row.error());
    const auto meta = *row ? parse_meta(**row) : Meta{};
    if (!meta) {
      find("store", "the row of position, counts and sums cannot be read, so no row was compared");
      store_ = nullptr;
      return {};
    }
    meta_ = *meta;
    figures_.store_offset = last_of(meta_.position);
    figures_.trial_balance = trial_balance(meta_.postings);
    figures_.digest = digest_of(meta_);
    return {};
  }

  void check_positions(int64_t end) {
    const int64_t committed = committed_.position.value_or(0);
    if (committed_.position && meta_.position > committed && !options_.store_may_lead) {
      find("position", "the store holds " + offset_text(meta_.position) + ", but group '" + options_.group +
                           "' has committed " + offset_text(committed) + " only");
    }
    if (committed > end) {
      find("position", "group '" + options_.group + "' has committed " + offset_text(committed) +
                           ", but the log ends before offset " + std::to_string(end));
    }
    if (meta_.position > end) {
      find("position", "the store holds " + offset_text(meta_.position) +
                           ", but the log ends before offset " + std::to_string(end));
    }
  }

  Result<bool> fold_to(Replay& replay, int64_t end, bool outputs) {
    ReplayHooks hooks = hooks_;
    hooks.outputs = nullptr;
    if (outputs) hooks.outputs = [this](const Outputs& made) { return expect(made); };
    return replay.run({end, {}}, hooks);
  }

  Result<void> expect(const Outputs& made) {
    std::array<Header, Outputs::headers_max> headers;
    for (std::size_t i = 0; i < made.size(); ++i) {
      const NewRecord record = made.record(i, headers);
      count_source(record);
      const auto output = std::ranges::find(outputs_, record.topic, &OutputAudit::topic);
      if (auto expected = output->expect(record); !expected) return expected;
    }
    return {};
  }

  /// An event's records stand together.
  void count_source(const NewRecord& record) {
    if (record.topic == Topic::rejects) return;
    std::pmr::monotonic_buffer_resource scratch(buffer_.data(), buffer_.size());
    int64_t offset = -1;
    if (record.topic == Topic::charges) {
      if (const auto charge = decode_charge(*record.value, scratch)) offset = charge->source.offset;
    } else if (const auto access = decode_access(*record.value, scratch)) {
      offset = access->source.offset;
    }
    if (offset == last_answered_) return;
    last_answered_ = offset;
    ++figures_.events_answered;
  }

  Result<bool> check_committed(const Replay& replay) {
    for (OutputAudit& output : outputs_) {
      if (auto finished = output.finish(); !finished) return tl::unexpected(finished.error());
      if (output.topic() == Topic::charges) figures_.charges = output.compared();
      if (output.topic() == Topic::access) figures_.access = output.compared();
      if (output.topic() == Topic::rejects) figures_.rejects = output.compared();
      figures_.expired += output.expired();
    }
    const Meta& meta = replay.partition().sealed();
    figures_.counts = meta.counts;
    figures_.catalogs = meta.catalogs;
    const Counts& counts = meta.counts;
    if (counts.records !=
        figures_.events_answered + figures_.catalogs + counts.duplicates + counts.rejected) {
      find("events", "the events and what came of them do not add up");
    }
    if (committed_.position && meta.position == *committed_.position &&
        committed_.metadata != commit_note(meta)) {
      find("position", "the digest noted beside the committed position is not that of the log's events");
    }
    return true;
  }

  Result<bool> check_store() {
    if (store_ == nullptr) return true;
    const auto audited =
        audit_store(*store_, scratch_, meta_, [this](const std::string& what) { find("store", what); });
    if (!audited) return tl::unexpected(audited.error());
    figures_.rows = audited->rows;
    figures_.subscribers = audited->subscribers;
    return true;
  }

  Log& log_;
  const StorePort* store_;
  StorePort& scratch_;
  const AuditOptions& options_;
  const ReplayHooks& hooks_;
  const TellFinding& tell_;
  std::vector<OutputAudit> outputs_;
  Committed committed_;
  int64_t processed_ = 0;  // where nothing is committed, how far the engine has come
  Meta meta_;
  AuditFigures figures_;
  int64_t last_answered_ = -1;
  std::array<std::byte, 16 * 1024> buffer_;
};

}  // namespace

Result<std::optional<AuditFigures>> audit_partition(Log& log, const StorePort* store, StorePort& scratch,
                                                    const AuditOptions& options, const ReplayHooks& hooks,
                                                    const TellFinding& tell) {
  return Audit(log, store, scratch, options, hooks, tell).run();
}

}  // namespace subledger
