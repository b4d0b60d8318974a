// An event's fields in one fixed layout, hashed by XXH3 with 128 bits.
#include "projections/content.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

#include "events/check.h"

namespace subledger {
namespace {

/// Collects fields; every string has its length before it, so that no two field lists have the same bytes.
class Layout {
 public:
  template <class Number>
  void number(Number value) {
    static_assert(std::is_integral_v<Number> || std::is_enum_v<Number>);
    bytes(&value, sizeof value);
  }
  void text(std::string_view value) {
    number(static_cast<uint16_t>(value.size()));
    bytes(value.data(), value.size());
  }
  void uuid(const Uuid& value) { bytes(value.bytes.data(), value.bytes.size()); }

  template <class Value, class Write>
  void optional(const std::optional<Value>& value, Write write) {
    number(static_cast<uint8_t>(value.has_value()));
    if (value) write(*value);
  }
  void optional_text(const std::optional<std::string_view>& value) {
    optional(value, [this](std::string_view present) { text(present); });
  }

  ContentHash hash() const {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(buffer_, size_));
    ContentHash out;
    std::memcpy(out.data(), canonical.digest, out.size());
    return out;
  }

 private:
  void bytes(const void* data, std::size_t size) {
    CHECK(size_ + size <= sizeof buffer_);
    if (size != 0) std::memcpy(buffer_ + size_, data, size);
    size_ += size;
  }

  char buffer_[1024];  // the longest event: one text of 256 bytes, four strings of 64, a few numbers
  std::size_t size_ = 0;
};

struct BodyWriter {
  Layout& out;

  void operator()(const AssistantActivated&) const {}
  void operator()(const AssistantDeactivated&) const {}
  void operator()(const PasswordSet& body) const {
    out.number(body.method);
    out.text(body.verifier);
  }
  void operator()(const LoginAttempted& body) const {
    out.number(body.outcome);
    out.optional(body.password_id, [this](const Uuid& id) { out.uuid(id); });
  }
  void operator()(const OptionConnected& body) const { out.text(body.option); }
  void operator()(const OptionDisconnected& body) const { out.text(body.option); }
  void operator()(const TariffSwitched& body) const { out.text(body.tariff); }
  void operator()(const TrafficUsed& body) const {
    out.number(body.bytes_up);
    out.number(body.bytes_down);
    out.optional_text(body.session);
    out.number(static_cast<uint8_t>(body.final.value_or(false)));
    out.optional_text(body.zone);
    out.optional(body.rating_group, [this](uint32_t group) { out.number(group); });
  }
  void operator()(const ServiceUsed& body) const {
    out.text(body.service);
    out.number(body.units);
    out.optional_text(body.session);
    out.number(static_cast<uint8_t>(body.final.value_or(false)));
    out.optional_text(body.zone);
  }
  void operator()(const BonusGranted& body) const {
    out.optional(body.money, [this](Money money) { out.number(money.micros); });
    out.optional(body.bytes, [this](uint64_t bytes) { out.number(bytes); });
    out.optional(body.expires_at, [this](Timestamp at) { out.number(at.micros); });
    out.text(body.reason);
  }
  void operator()(const PaymentReceived& body) const {
    out.number(body.money.micros);
    out.text(body.reference);
  }
  void operator()(const ChargeReversed& body) const {
    out.uuid(body.charge_id);
    out.text(body.reason);
  }
  void operator()(const SubscriberClosed&) const {}
  void operator()(const CatalogPublished&) const {
    check_failed("a catalog has an identity of its own", __FILE__, __LINE__);
  }
};

}  // namespace

ContentHash content_of(const Event& event) {
  Layout layout;
  layout.number(static_cast<uint8_t>(event.body.index()));
  layout.number(event.occurred_at.micros);
  layout.number(event.channel);
  std::visit(BodyWriter{layout}, event.body);
  return layout.hash();
}

}  // namespace subledger
