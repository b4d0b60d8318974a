// Steps 1 to 8 of domain section 8: everything that can be refused without knowing the subscriber.
#include "events/partitioner.h"
#include "projections/content.h"
#include "projections/fold.h"

namespace subledger {
namespace {

/// Rule: domain 8, step 8.
constexpr uint64_t quantity_max = uint64_t{1} << 50;

bool out_of_range(uint64_t quantity) { return quantity == 0 || quantity > quantity_max; }

/// Finds what domain 8, step 8, forbids; nullptr: nothing.
struct ValueCheck {
  Timestamp occurred_at;

  const char* operator()(const TrafficUsed& body) const {
    // Each addend is checked first, so that the sum cannot wrap.
    const bool wrong = body.bytes_up > quantity_max || body.bytes_down > quantity_max ||
                       out_of_range(body.bytes_up + body.bytes_down);
    return wrong ? "bytes_up + bytes_down is 0 or above 2^50" : nullptr;
  }
  const char* operator()(const ServiceUsed& body) const {
    return out_of_range(body.units) ? "units is 0 or above 2^50" : nullptr;
  }
  const char* operator()(const BonusGranted& body) const {
    if (body.money.has_value() == body.bytes.has_value()) return "a bonus has either money or bytes";
    if (body.money && *body.money <= Money{}) return "money is not above 0";
    if (body.bytes && out_of_range(*body.bytes)) return "bytes is 0 or above 2^50";
    if (body.expires_at && *body.expires_at <= occurred_at) return "expires_at is not after occurred_at";
    return nullptr;
  }
  const char* operator()(const PaymentReceived& body) const {
    return body.money <= Money{} ? "money is not above 0" : nullptr;
  }
  const char* operator()(const AssistantActivated&) const { return nullptr; }
  const char* operator()(const AssistantDeactivated&) const { return nullptr; }
  const char* operator()(const PasswordSet&) const { return nullptr; }
  const char* operator()(const LoginAttempted&) const { return nullptr; }
  const char* operator()(const OptionConnected&) const { return nullptr; }
  const char* operator()(const OptionDisconnected&) const { return nullptr; }
  const char* operator()(const TariffSwitched&) const { return nullptr; }
  const char* operator()(const ChargeReversed&) const { return nullptr; }
  const char* operator()(const SubscriberClosed&) const { return nullptr; }
  const char* operator()(const CatalogPublished&) const { return nullptr; }
};

/// Rule: domain 8, step 7. A time that is not too early can lose a day without wrapping, whatever the log
/// recorded.
bool time_in_range(Timestamp occurred_at, Timestamp recorded_at) {
  return occurred_at >= earliest_event_time && occurred_at.micros - micros_per_day <= recorded_at.micros;
}

/// Steps 4 to 6 for an event of a subscriber.
std::optional<Rejection> check_identity(const Event& event, const InputRecord& record, int32_t partitions) {
  if (!parse_msisdn(event.subscriber)) {
    return Rejection{Reason::invalid_subscriber, "subscriber is not 7 to 15 digits, the first not 0",
                     event.subscriber, event.id};
  }
  if (record.key != event.subscriber) {
    return Rejection{Reason::key_mismatch, "the record's key is not the subscriber", event.subscriber,
                     event.id};
  }
  const int32_t expected = partition_of(event.subscriber, partitions);
  if (record.source.partition != expected) {
    return Rejection{Reason::wrong_partition, "the key belongs to partition " + std::to_string(expected),
                     event.subscriber, event.id};
  }
  return std::nullopt;
}

std::optional<Rejection> check_catalog_key(const Event& event, const InputRecord& record) {
  if (record.key == catalog_key) return std::nullopt;
  return Rejection{Reason::key_mismatch, "the record's key is not \"catalog\"", {}, event.id};
}

}  // namespace

std::variant<Examined, Rejection> examine(const InputRecord& record, int32_t partitions,
                                          std::pmr::memory_resource& scratch) {
  Decoded<Event> decoded = decode_event(record.value, record.key == catalog_key, scratch);
  if (!decoded) return Rejection{decoded.error().reason, std::move(decoded.error().detail), {}, {}};
  const Event& event = *decoded;
  const bool is_catalog = std::holds_alternative<CatalogPublished>(event.body);
  if (auto refused =
          is_catalog ? check_catalog_key(event, record) : check_identity(event, record, partitions)) {
    return *std::move(refused);
  }
  if (!time_in_range(event.occurred_at, record.recorded_at)) {
    return Rejection{Reason::time_out_of_range, "before 2000 or more than 24 h after the recorded time",
                     event.subscriber, event.id};
  }
  if (const char* wrong = std::visit(ValueCheck{event.occurred_at}, event.body)) {
    return Rejection{Reason::invalid_value, wrong, event.subscriber, event.id};
  }
  Examined examined{event, {}, {}, {}};
  if (!is_catalog) {
    examined.subscriber = *parse_msisdn(event.subscriber);
    examined.charge_id = charge_id_of(event.subscriber, event.id);
    examined.content = content_of(event);
  }
  return examined;
}

std::optional<Uuid> reversal_target(const Examined& examined) {
  const auto* reversed = std::get_if<ChargeReversed>(&examined.event.body);
  return reversed == nullptr ? std::nullopt : std::optional(reversed->charge_id);
}

}  // namespace subledger
