#include "engine/look_ahead.h"

#include <utility>

#include "projections/rows.h"

namespace subledger {
namespace {

constexpr std::size_t scratch_size = 64 * 1024;

bool same_bytes(const std::optional<std::string_view>& a, const std::optional<std::string_view>& b) {
  return a.has_value() == b.has_value() && (!a || (a->data() == b->data() && a->size() == b->size()));
}

/// The very record, not only its place in the log: what was examined points into it.
bool is_of(const ExaminedRecord& examined, const LogRecord& record) {
  return examined.input.source.offset == record.offset && same_bytes(examined.input.key, record.key) &&
         same_bytes(examined.input.value, record.value);
}

}  // namespace

std::optional<KnownKey> ExaminedRecord::key() const {
  const auto* examined = std::get_if<Examined>(&outcome);
  if (examined == nullptr || std::holds_alternative<CatalogPublished>(examined->event.body)) {
    return std::nullopt;
  }
  return KnownKey{examined->subscriber, examined->charge_id};
}

LookAhead::LookAhead(const StorePort& store, Accounts& accounts, int32_t partitions)
    : store_(store),
      accounts_(accounts),
      partitions_(partitions),
      scratch_bytes_(scratch_size),
      scratch_(scratch_bytes_.data(), scratch_bytes_.size()) {}

void LookAhead::forget() {
  records_.clear();
  taken_ = 0;
  scratch_.release();
}

void LookAhead::forget_rows() {
  for (ExaminedRecord& record : records_) {
    record.account = nullptr;
    record.row.reset();
  }
}

void LookAhead::examine_next(const LogRecord& record) {
  const InputRecord input{{record.partition, record.offset}, record.recorded_at, record.key, record.value};
  records_.push_back({input, examine(input, partitions_, scratch_), nullptr, std::nullopt});
}

void LookAhead::expect(std::span<const LogRecord> records, std::size_t names, const RecentEvents& recent) {
  if (taken_ == records_.size()) forget();
  const std::size_t begin = records_.size();
  for (const LogRecord& record : records) examine_next(record);

  subscribers_.clear();
  reading_.clear();
  reading_keys_.clear();
  for (ExaminedRecord& record : std::span(records_).subspan(begin)) {
    const auto key = record.key();
    if (!key) continue;
    recent.prefetch(RecentEvents::tag_of(*key));
    subscribers_.push_back(key->subscriber);
    reading_.push_back(&record);
  }
  const auto accounts = accounts_.expect(subscribers_, names);
  for (std::size_t i = 0; i < reading_.size(); ++i) reading_[i]->account = accounts[i];
  // Who has no account in the store has no event there.
  std::erase_if(reading_, [](const ExaminedRecord* record) {
    return record->account != nullptr && !record->account->row;
  });
  for (const ExaminedRecord* record : reading_) {
    const auto key = record->key();
    reading_keys_.push_back(event_key(key->subscriber, key->charge_id));
  }
  if (reading_.empty()) return;
  auto rows = store_.get_many(std::vector<std::string_view>(reading_keys_.begin(), reading_keys_.end()));
  if (!rows) return;
  for (std::size_t i = 0; i < reading_.size(); ++i) reading_[i]->row = std::move((*rows)[i]);
}

ExaminedRecord& LookAhead::take(const LogRecord& record) {
  if (taken_ == records_.size() || !is_of(records_[taken_], record)) {
    forget();
    examine_next(record);
  }
  return records_[taken_++];
}

}  // namespace subledger
