#include "engine/audit_outputs.h"

#include <algorithm>
#include <charconv>
#include <ranges>
#include <span>
#include <utility>

namespace subledger {
namespace {

constexpr std::string_view sequence_header = "output-sequence";
constexpr std::string_view id_header = "ce_id";
/// Offsets in a row that cannot be read, until the log itself counts as broken.
constexpr int damaged_max = 10'000;

std::optional<std::string_view> find(std::span<const Header> headers, std::string_view name) {
  const auto found = std::ranges::find(headers, name, &Header::name);
  return found == headers.end() ? std::nullopt : found->value;
}

/// nullopt: absent, or no number from 1.
std::optional<uint64_t> sequence_of(std::span<const Header> headers) {
  const std::string_view digits = find(headers, sequence_header).value_or("");
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number == 0) return std::nullopt;
  return number;
}

bool equal(std::span<const Header> a, std::span<const Header> b) {
  return std::ranges::equal(
      a, b, [](const Header& x, const Header& y) { return x.name == y.name && x.value == y.value; });
}

std::string name_of(std::span<const Header> headers) {
  return std::string(find(headers, id_header).value_or("without ce_id"));
}

}  // namespace

Result<OutputAudit> OutputAudit::open(Log& log, Topic topic, int32_t partition, bool expire, Tell tell) {
  auto cursor = TopicCursor::open(log, topic, partition);
  if (!cursor) return tl::unexpected(cursor.error());
  return OutputAudit(*std::move(cursor), expire, std::move(tell));
}

Result<const LogRecord*> OutputAudit::next() {
  for (int damaged = 0;; ++damaged) {
    const auto record = cursor_.record();
    if (record) return record;
    // A log that answers has a damaged record; one that does not is unreachable.
    const auto answers = cursor_.extend();
    if (!answers) return tl::unexpected(answers.error());
    if (damaged == damaged_max) return tl::unexpected(record.error());
    tell_(cursor_.next_offset(), record.error().message);
    const auto more = cursor_.step_over();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return nullptr;
  }
}

Result<void> OutputAudit::expect(const NewRecord& wanted) {
  ++sequence_;
  for (;;) {
    const auto found = next();
    if (!found) return tl::unexpected(found.error());
    const std::vector<Header> headers = *found == nullptr ? std::vector<Header>() : cursor_.headers();
    const auto sequence = sequence_of(headers);
    if (std::exchange(expire_, false) && cursor_.range().first > 0 && sequence && *sequence > sequence_) {
      expired_ = *sequence - sequence_;
    }
    if (sequence_ <= expired_) return {};
    if (*found == nullptr || (sequence && *sequence > sequence_)) {
      tell_(std::nullopt, "record " + std::to_string(sequence_) + " (" + name_of(wanted.headers) +
                              ") is missing from its place");
      return {};
    }
    if (sequence == sequence_) {
      compare(**found, wanted);
      cursor_.advance();
      return {};
    }
    tell_((*found)->offset, sequence ? "record " + std::to_string(*sequence) + " (" + name_of(headers) +
                                           ") stands here again, or out of its order"
                                     : "a record (" + name_of(headers) + ") has no output-sequence");
    cursor_.advance();
  }
}

void OutputAudit::compare(const LogRecord& found, const NewRecord& wanted) {
  ++compared_;
  std::string parts;
  const auto differs = [&parts](const char* part) {
    parts += (parts.empty() ? "" : ", ") + std::string(part);
  };
  if (found.key != wanted.key) differs("key");
  if (found.value != wanted.value) differs("value");
  if (found.recorded_at != wanted.timestamp) differs("timestamp");
  if (!equal(cursor_.headers(), wanted.headers)) differs("headers");
  if (parts.empty()) return;
  tell_(found.offset, "record " + std::to_string(sequence_) + " (" + name_of(wanted.headers) +
                          ") is not what its event gives: " + parts);
}

Result<void> OutputAudit::finish() {
  for (;;) {
    const auto found = next();
    if (!found) return tl::unexpected(found.error());
    if (*found == nullptr || (*found)->offset >= certain_end_) return {};
    tell_((*found)->offset, "a record (" + name_of(cursor_.headers()) +
                                ") comes of no event below the committed position, or stands here again");
    cursor_.advance();
  }
}

}  // namespace subledger
