// The log in memory. One mutex for all: the ports hold it for the length of a step, never during a callback.
#include "tests/support/memory_log.h"

#include <algorithm>
#include <utility>

#include "events/check.h"
#include "tests/support/memory_cursor.h"

namespace subledger {
namespace {

constexpr int64_t default_start_micros = 1'414'800'000'000'000;  // 2014-11-01T00:00:00Z

constexpr int64_t whole_millis(int64_t micros) {
  return micros >= 0 ? micros / 1'000 : -((-micros + 999) / 1'000);
}

}  // namespace

class MemoryReader : public ReaderPort {
 public:
  MemoryReader(MemoryLog& log, Topic topic) : log_(log), topic_(topic), cursor_(log, topic) {}

  Result<OffsetRange> range(Topic topic, int32_t partition) override {
    if (topic != topic_) return failed("memory log: the reader is of another topic");
    const std::lock_guard lock(log_.mutex_);
    if (!log_.has(partition)) return failed("memory log: no such partition");
    return cursor_.range(partition);
  }

  Result<void> seek(Topic topic, int32_t partition, int64_t offset) override {
    if (topic != topic_) return failed("memory log: the reader is of another topic");
    const std::lock_guard lock(log_.mutex_);
    if (!log_.has(partition)) return failed("memory log: no such partition");
    cursor_.seek(partition, offset);
    return {};
  }

  Result<std::span<const LogRecord>> poll(int timeout_ms, std::size_t records_max) override {
    const auto deadline = deadline_in(timeout_ms);
    std::unique_lock lock(log_.mutex_);
    while (true) {
      if (const auto gap = cursor_.gap()) return tl::unexpected<Fault>(*gap);
      if (cursor_.collect(records_max)) break;
      if (log_.changed_.wait_until(lock, deadline) == std::cv_status::timeout) {
        cursor_.collect(records_max);
        break;
      }
    }
    return std::span<const LogRecord>(cursor_.batch);
  }

  std::vector<Header> headers(const LogRecord& record) override { return header_views(record); }

  bool passed(int32_t partition, int64_t end) override {
    const std::lock_guard lock(log_.mutex_);
    return cursor_.passed(partition, end);
  }

 private:
  MemoryLog& log_;
  Topic topic_;
  MemoryLog::Cursor cursor_;
};

class MemoryWriter : public WriterPort {
 public:
  MemoryWriter(MemoryLog& log, bool atomic) : log_(log), atomic_(atomic) {}

  Result<void> append(const NewRecord& record) override {
    MemoryLog::PendingRecord pending = MemoryLog::copy(record);
    const std::lock_guard lock(log_.mutex_);
    if (!log_.has(record.partition)) return failed("memory log: no such partition");
    if (atomic_) {
      pending_.push_back(std::move(pending));
    } else {
      log_.append(std::move(pending));
      log_.changed_.notify_all();
    }
    return {};
  }

  Result<void> flush() override {
    const std::lock_guard lock(log_.mutex_);
    log_.append_all(std::exchange(pending_, {}));
    return {};
  }

 private:
  MemoryLog& log_;
  bool atomic_;
  std::vector<MemoryLog::PendingRecord> pending_;
};

MemoryLog::MemoryLog(MemoryLogOptions options)
    : options_(std::move(options)), default_now_micros_(default_start_micros) {
  const int32_t partitions = std::exchange(options_.partitions, 0);
  if (partitions > 0) CHECK(create_topics(partitions));
}

MemoryLog::~MemoryLog() = default;

Result<void> MemoryLog::create_topics(int32_t partitions) {
  CHECK(partitions > 0);
  const std::lock_guard lock(mutex_);
  if (options_.partitions == partitions) return {};
  if (options_.partitions != 0) {
    return failed("memory log: the topics have " + std::to_string(options_.partitions) + " partitions, not " +
                  std::to_string(partitions));
  }
  options_.partitions = partitions;
  streams_.resize(topic_count * static_cast<std::size_t>(partitions));
  ownership_.assign(static_cast<std::size_t>(partitions), Ownership::held);
  return {};
}

Result<int32_t> MemoryLog::partitions() {
  const std::lock_guard lock(mutex_);
  if (options_.partitions == 0) return unreachable("memory log: no topics; create them first");
  return options_.partitions;
}

Result<std::string> MemoryLog::identity() { return options_.identity; }

Result<std::unique_ptr<ReaderPort>> MemoryLog::open_reader(Topic topic) {
  if (const auto count = partitions(); !count) return tl::unexpected<Fault>(count.error());
  return std::make_unique<MemoryReader>(*this, topic);
}

Result<std::unique_ptr<WriterPort>> MemoryLog::open_writer(bool atomic) {
  if (const auto count = partitions(); !count) return tl::unexpected<Fault>(count.error());
  return std::make_unique<MemoryWriter>(*this, atomic);
}

void MemoryLog::set_clock(std::function<int64_t()> now_micros) {
  const std::lock_guard lock(mutex_);
  options_.now_micros = std::move(now_micros);
}

void MemoryLog::fail_next(MemoryStep step, StepOutcome outcome, bool committed_anyway, int skip) {
  CHECK(!committed_anyway || (step == MemoryStep::commit && outcome == StepOutcome::unknown));
  const std::lock_guard lock(mutex_);
  faults_[step].push_back({outcome, committed_anyway, skip});
}

int64_t MemoryLog::calls(MemoryStep step) const {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(step);
  return found == calls_.end() ? 0 : found->second;
}

void MemoryLog::take(int32_t partition, bool orderly) {
  const std::lock_guard lock(mutex_);
  ownership_.at(static_cast<std::size_t>(partition)) = orderly ? Ownership::leaving : Ownership::lost;
  changed_.notify_all();
}

void MemoryLog::give(int32_t partition) {
  const std::lock_guard lock(mutex_);
  ownership_.at(static_cast<std::size_t>(partition)) = Ownership::held;
  changed_.notify_all();
}

void MemoryLog::drop_before(Topic topic, int32_t partition, int64_t offset) {
  const std::lock_guard lock(mutex_);
  Stream& dropped = stream(topic, partition);
  dropped.first = std::clamp(offset, dropped.first, dropped.end);
}

void MemoryLog::skip_offset(Topic topic, int32_t partition) {
  const std::lock_guard lock(mutex_);
  ++stream(topic, partition).end;
}

std::vector<MemoryRecord> MemoryLog::records(Topic topic, int32_t partition) const {
  const std::lock_guard lock(mutex_);
  const Stream& all = const_cast<MemoryLog*>(this)->stream(topic, partition);
  return {all.records.begin(), all.records.end()};
}

Result<Committed> MemoryLog::position_of(const std::string& group, int32_t partition) {
  return committed(group, partition);
}

Committed MemoryLog::committed(const std::string& group, int32_t partition) const {
  const std::lock_guard lock(mutex_);
  const auto found = committed_.find({group, partition});
  return found == committed_.end() ? Committed{} : found->second;
}

void MemoryLog::set_committed(const std::string& group, int32_t partition, Committed committed) {
  const std::lock_guard lock(mutex_);
  committed_[{group, partition}] = std::move(committed);
}

MemoryLog::PendingRecord MemoryLog::copy(const NewRecord& record) {
  PendingRecord pending{record.topic, record.partition, {}};
  pending.record.timestamp = record.timestamp;
  if (record.key) pending.record.key.emplace(*record.key);
  if (record.value) pending.record.value.emplace(*record.value);
  for (const Header& header : record.headers) {
    auto& [name, value] = pending.record.headers.emplace_back();
    name = header.name;
    if (header.value) value.emplace(*header.value);
  }
  return pending;
}

bool MemoryLog::has(int32_t partition) const { return partition >= 0 && partition < options_.partitions; }

MemoryLog::Stream& MemoryLog::stream(Topic topic, int32_t partition) {
  return streams_.at(static_cast<std::size_t>(topic) * static_cast<std::size_t>(options_.partitions) +
                     static_cast<std::size_t>(partition));
}

const MemoryRecord* MemoryLog::next_record(Topic topic, int32_t partition, int64_t offset) {
  const std::deque<MemoryRecord>& records = stream(topic, partition).records;
  const auto found = std::ranges::lower_bound(records, offset, {}, &MemoryRecord::offset);
  return found == records.end() ? nullptr : &*found;
}

void MemoryLog::append(PendingRecord&& pending) {
  Stream& target = stream(pending.topic, pending.partition);
  int64_t millis = whole_millis(pending.record.timestamp.micros);
  if (pending.topic == Topic::events) {
    if (!options_.now_micros) default_now_micros_ += 1'000;
    millis = whole_millis(options_.now_micros ? options_.now_micros() : default_now_micros_);
    target.last_ms = std::max(target.last_ms, millis);  // recorded times never fall
    millis = target.last_ms;
  }
  pending.record.timestamp = Timestamp{millis * 1'000};
  pending.record.offset = target.end++;
  target.records.push_back(std::move(pending.record));
}

void MemoryLog::append_all(std::vector<PendingRecord>&& pending) {
  for (PendingRecord& record : pending) append(std::move(record));
  skip_offsets(pending, false);
  changed_.notify_all();
}

void MemoryLog::skip_offsets(const std::vector<PendingRecord>& pending, bool aborted) {
  if (!options_.offset_gaps) return;
  std::map<std::pair<Topic, int32_t>, int64_t> written;
  for (const PendingRecord& record : pending) ++written[{record.topic, record.partition}];
  for (const auto& [where, count] : written) {
    stream(where.first, where.second).end += 1 + (aborted ? count : 0);
  }
}

std::optional<MemoryLog::ScriptedFault> MemoryLog::next_fault(MemoryStep step) {
  ++calls_[step];
  std::deque<ScriptedFault>& script = faults_[step];
  if (script.empty() || script.front().skip-- > 0) return std::nullopt;
  ScriptedFault fault = script.front();
  script.pop_front();
  return fault;
}

}  // namespace subledger
