// Steps 1 to 8 of domain 8 on wire bytes: each reason at its edge, and of two faults the one of the earlier
// step.
#include <boost/test/unit_test.hpp>
#include <memory_resource>
#include <string>
#include <variant>
#include <vector>

#include "events/partitioner.h"
#include "projections/content.h"
#include "projections/fold.h"
#include "tests/events/raw_event.h"
#include "tests/projections/events_at_hand.h"

namespace subledger {
namespace {

constexpr int32_t partitions = 12;
constexpr std::string_view subscriber = "79161234567";
constexpr uint64_t two_to_50 = uint64_t{1} << 50;

std::string bytes_of(const Event& event) {
  Encoder encoder;
  return std::string(encoder.encode(event));
}

/// A record of the subscriber in its partition; a test changes what it is about.
struct Given {
  std::optional<std::string> key = std::string(subscriber);
  std::optional<std::string> value = {};
  int32_t partition = partition_of(subscriber, partitions);
  Timestamp recorded_at = noon;
};

Given given(const Event& event) { return {.value = bytes_of(event)}; }
Given given(const RawEvent& event) { return {.value = event.bytes()}; }

/// The name of the reason, or "examined". Also checks when the subscriber and the event's id stand in a
/// rejection.
std::string verdict(const Given& given) {
  InputRecord record;
  record.source = {given.partition, 7};
  record.recorded_at = given.recorded_at;
  record.key = given.key;
  record.value = given.value;
  std::pmr::monotonic_buffer_resource scratch;
  const auto result = examine(record, partitions, scratch);
  const auto* rejection = std::get_if<Rejection>(&result);
  if (rejection == nullptr) return "examined";
  BOOST_TEST(!rejection->detail.empty());
  BOOST_TEST(rejection->event_id.has_value() == (rejection->reason > Reason::unsupported));
  if (rejection->reason <= Reason::unsupported) BOOST_TEST(rejection->subscriber.empty());
  return std::string(reason_name(rejection->reason));
}

std::string verdict(const Event& event) { return verdict(given(event)); }
std::string verdict(EventBody body) { return verdict(event_of(body)); }

Event late(Event event) {
  event.occurred_at = Timestamp{noon.micros + micros_per_day + 1};
  return event;
}

const EventBody traffic = TrafficUsed{1, 2, {}, {}, {}, {}};
const EventBody no_traffic = TrafficUsed{0, 0, {}, {}, {}, {}};

BOOST_AUTO_TEST_SUITE(examine_record)

BOOST_AUTO_TEST_CASE(what_passes_brings_what_its_look_ups_need) {
  const std::string value = bytes_of(event_of(traffic));
  InputRecord record{{partition_of(subscriber, partitions), 7}, noon, subscriber, value};
  std::pmr::monotonic_buffer_resource scratch;
  const auto result = examine(record, partitions, scratch);
  const auto* examined = std::get_if<Examined>(&result);
  BOOST_REQUIRE(examined != nullptr);
  BOOST_TEST(examined->subscriber.number == 79'161'234'567u);
  BOOST_TEST((examined->charge_id == charge_id_of(subscriber, event_of(traffic).id)));
  BOOST_TEST((examined->content == content_of(event_of(traffic))));
  BOOST_TEST(!reversal_target(*examined));
}

BOOST_AUTO_TEST_CASE(a_reversal_names_its_target) {
  Uuid target;
  target.bytes.fill(7);
  const std::string value = bytes_of(event_of(ChargeReversed{target, "r"}));
  InputRecord record{{partition_of(subscriber, partitions), 7}, noon, subscriber, value};
  std::pmr::monotonic_buffer_resource scratch;
  const auto result = examine(record, partitions, scratch);
  BOOST_TEST((reversal_target(std::get<Examined>(result)) == target));
}

BOOST_AUTO_TEST_CASE(step_1_oversize_before_malformed) {
  Given record;
  record.value = std::string(value_size_max, 'x');
  BOOST_TEST(verdict(record) == "malformed");
  *record.value += 'x';
  BOOST_TEST(verdict(record) == "oversize");
  record.key = "catalog";
  BOOST_TEST(verdict(record) == "malformed");
  record.value = std::string(catalog_size_max, 'x');
  BOOST_TEST(verdict(record) == "malformed");
  *record.value += 'x';
  BOOST_TEST(verdict(record) == "oversize");
}

BOOST_AUTO_TEST_CASE(the_larger_limit_is_the_catalogs_alone) {
  // Bytes behind the root are not part of an event, but they count.
  Given record = given(event_of(traffic));
  record.value->resize(value_size_max, '\0');
  BOOST_TEST(verdict(record) == "examined");
  record.value->resize(value_size_max + 1, '\0');
  BOOST_TEST(verdict(record) == "oversize");
  record.key = "catalog";
  BOOST_TEST(verdict(record) == "oversize");
}

BOOST_AUTO_TEST_CASE(step_2_malformed) {
  Given record;
  BOOST_TEST(verdict(record) == "malformed");  // null
  for (const char* text : {"", "x", "{}", "SLEV", "\0\0\0\0SLEV"}) {
    record.value = text;
    BOOST_TEST(verdict(record) == "malformed", text);
  }
  const std::string whole = bytes_of(event_of(ServiceUsed{"locator", 1, "s", true, "home"}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    record.value = whole.substr(0, size);
    BOOST_TEST(verdict(record) == "malformed", size);
  }
  record.value = RawEvent{.identifier = "SLCH"}.bytes();
  BOOST_TEST(verdict(record) == "malformed");
}

BOOST_AUTO_TEST_CASE(step_2_before_3_malformed_unsupported) {
  BOOST_TEST(verdict(given(RawEvent{})) == "examined");
  BOOST_TEST(verdict(given(RawEvent{.schema_major = 2})) == "unsupported");
  BOOST_TEST(verdict(given(RawEvent{.schema_major = 2, .with_id = false})) == "malformed");
  BOOST_TEST(verdict(given(RawEvent{.body_type = 99})) == "unsupported");
  BOOST_TEST(verdict(given(RawEvent{.channel = 99, .body_type = 99})) == "malformed");
  BOOST_TEST(verdict(given(RawEvent{.occurred_at = {}, .body_type = 99})) == "malformed");
  BOOST_TEST(verdict(given(RawEvent{.body_type = 99, .body = {}})) == "malformed");
  BOOST_TEST(verdict(given(RawEvent{.subscriber = "a\nb", .body_type = 99})) == "malformed");
}

BOOST_AUTO_TEST_CASE(step_3_before_4_unsupported_invalid_subscriber) {
  BOOST_TEST(verdict(given(RawEvent{.subscriber = "0", .body_type = 99})) == "unsupported");
  BOOST_TEST(verdict(given(RawEvent{.subscriber = "0"})) == "invalid_subscriber");
}

BOOST_AUTO_TEST_CASE(step_4_invalid_subscriber_before_5_key_mismatch) {
  Event event = event_of(traffic);
  for (const char* number :
       {"0", "123456", "1234567890123456", "07916123456", "+79161234567", "7916123456x", "7916 123456",
        "79161234567 ", "\xd9\xa7\xd9\xa9\xd9\xa1\xd9\xa6\xd9\xa1\xd9\xa2\xd9\xa3"}) {
    event.subscriber = number;
    BOOST_TEST(verdict(event) == "invalid_subscriber", number);
  }
  for (const char* number : {"1234567", "123456789012345", "1000000", "999999999999999"}) {
    event.subscriber = number;
    BOOST_TEST(verdict(event) == "key_mismatch", number);
    Given record = given(event);
    record.key = number;
    record.partition = partition_of(number, partitions);
    BOOST_TEST(verdict(record) == "examined", number);
  }
}

BOOST_AUTO_TEST_CASE(step_5_key_mismatch_before_6_wrong_partition) {
  Given record = given(event_of(traffic));
  for (const std::optional<std::string>& key :
       {std::optional<std::string>(), std::optional<std::string>(""),
        std::optional<std::string>("79161234568"), std::optional<std::string>("+79161234567"),
        std::optional<std::string>("79161234567 "), std::optional<std::string>("catalog"),
        std::optional<std::string>(std::string("79161234567\0", 12))}) {
    record.key = key;
    record.partition = partition_of(subscriber, partitions);
    BOOST_TEST(verdict(record) == "key_mismatch");
    ++record.partition;
    BOOST_TEST(verdict(record) == "key_mismatch");
  }
}

BOOST_AUTO_TEST_CASE(step_6_wrong_partition_before_7_time_out_of_range) {
  Given record = given(late(event_of(traffic)));
  for (int32_t partition = 0; partition < partitions; ++partition) {
    record.partition = partition;
    const bool own = partition == partition_of(subscriber, partitions);
    BOOST_TEST(verdict(record) == (own ? "time_out_of_range" : "wrong_partition"));
  }
}

BOOST_AUTO_TEST_CASE(step_7_time_out_of_range) {
  Event event = event_of(traffic);
  const auto at = [&event](int64_t occurred_at, int64_t recorded_at) {
    event.occurred_at = Timestamp{occurred_at};
    Given record = given(event);
    record.recorded_at = Timestamp{recorded_at};
    return verdict(record);
  };
  const int64_t first = earliest_event_time.micros;
  BOOST_TEST(at(first, noon.micros) == "examined");
  BOOST_TEST(at(first - 1, noon.micros) == "time_out_of_range");
  BOOST_TEST(at(noon.micros + micros_per_day, noon.micros) == "examined");
  BOOST_TEST(at(noon.micros + micros_per_day + 1, noon.micros) == "time_out_of_range");
  for (const int64_t occurred_at : {int64_t{0}, int64_t{1'430'481'600}, INT64_MIN, INT64_MAX}) {
    BOOST_TEST(at(occurred_at, noon.micros) == "time_out_of_range");
  }
  // Whatever the log recorded, nothing wraps: a broker without a time records −1 ms.
  BOOST_TEST(at(INT64_MAX, -1'000) == "time_out_of_range");
  BOOST_TEST(at(INT64_MAX, INT64_MIN) == "time_out_of_range");
  BOOST_TEST(at(first, -1'000) == "time_out_of_range");
  BOOST_TEST(at(INT64_MAX, INT64_MAX) == "examined");
}

BOOST_AUTO_TEST_CASE(step_7_before_8) {
  BOOST_TEST(verdict(late(event_of(no_traffic))) == "time_out_of_range");
  BOOST_TEST(verdict(event_of(no_traffic)) == "invalid_value");
}

BOOST_AUTO_TEST_CASE(step_8_quantities) {
  const auto used = [](uint64_t up, uint64_t down) { return verdict(TrafficUsed{up, down, {}, {}, {}, {}}); };
  BOOST_TEST(used(0, 0) == "invalid_value");
  BOOST_TEST(used(1, 0) == "examined");
  BOOST_TEST(used(0, 1) == "examined");
  BOOST_TEST(used(0, two_to_50) == "examined");
  BOOST_TEST(used(two_to_50 - 1, 1) == "examined");
  BOOST_TEST(used(two_to_50, 1) == "invalid_value");
  BOOST_TEST(used(1, two_to_50) == "invalid_value");
  BOOST_TEST(used(two_to_50 + 1, 0) == "invalid_value");
  BOOST_TEST(used(UINT64_MAX, 2) == "invalid_value");  // 1 if it wrapped
  BOOST_TEST(used(2, UINT64_MAX) == "invalid_value");
  BOOST_TEST(used(uint64_t{1} << 63, (uint64_t{1} << 63) + 1) == "invalid_value");
  const auto served = [](uint64_t units) { return verdict(ServiceUsed{"a", units, {}, {}, {}}); };
  BOOST_TEST(served(0) == "invalid_value");
  BOOST_TEST(served(1) == "examined");
  BOOST_TEST(served(two_to_50) == "examined");
  BOOST_TEST(served(two_to_50 + 1) == "invalid_value");
  BOOST_TEST(served(UINT64_MAX) == "invalid_value");
}

BOOST_AUTO_TEST_CASE(step_8_money_and_bonuses) {
  const auto paid = [](int64_t micros) { return verdict(PaymentReceived{Money{micros}, "r"}); };
  BOOST_TEST(paid(0) == "invalid_value");
  BOOST_TEST(paid(-1) == "invalid_value");
  BOOST_TEST(paid(INT64_MIN) == "invalid_value");
  BOOST_TEST(paid(1) == "examined");
  BOOST_TEST(paid(INT64_MAX) == "examined");  // amount_overflow is a later step
  using Bonus = BonusGranted;
  BOOST_TEST(verdict(Bonus{{}, {}, {}, "r"}) == "invalid_value");
  BOOST_TEST(verdict(Bonus{Money{1}, 1, {}, "r"}) == "invalid_value");
  BOOST_TEST(verdict(Bonus{Money{0}, 0, {}, "r"}) == "invalid_value");
  BOOST_TEST(verdict(Bonus{Money{1}, {}, {}, "r"}) == "examined");
  BOOST_TEST(verdict(Bonus{Money{0}, {}, {}, "r"}) == "invalid_value");
  BOOST_TEST(verdict(Bonus{Money{-1}, {}, {}, "r"}) == "invalid_value");
  BOOST_TEST(verdict(Bonus{{}, 0, {}, "r"}) == "invalid_value");
  BOOST_TEST(verdict(Bonus{{}, 1, {}, "r"}) == "examined");
  BOOST_TEST(verdict(Bonus{{}, two_to_50, {}, "r"}) == "examined");
  BOOST_TEST(verdict(Bonus{{}, two_to_50 + 1, {}, "r"}) == "invalid_value");
  BOOST_TEST(verdict(Bonus{Money{1}, {}, noon, "r"}) == "invalid_value");
  BOOST_TEST(verdict(Bonus{Money{1}, {}, Timestamp{noon.micros + 1}, "r"}) == "examined");
  BOOST_TEST(verdict(Bonus{Money{1}, {}, Timestamp{INT64_MIN}, "r"}) == "invalid_value");
  BOOST_TEST(verdict(Bonus{Money{1}, {}, Timestamp{INT64_MAX}, "r"}) == "examined");
}

BOOST_AUTO_TEST_CASE(types_without_values_pass_step_8) {
  for (const EventBody& body : std::vector<EventBody>{
           AssistantActivated{}, AssistantDeactivated{}, PasswordSet{PasswordMethod::issued, "h"},
           LoginAttempted{LoginOutcome::wrong, {}}, OptionConnected{"a"}, OptionDisconnected{"a"},
           TariffSwitched{"a"}, ChargeReversed{{}, "r"}, SubscriberClosed{}}) {
    BOOST_TEST(verdict(body) == "examined", type_name(body));
  }
}

// Rule: domain 5. Steps 1 to 3, 5 with the key "catalog", and 7; any partition.
BOOST_AUTO_TEST_CASE(catalog_records) {
  Event event = event_of(CatalogPublished{"{}"});
  event.subscriber = {};
  Given record = given(event);
  record.key = "catalog";
  for (int32_t partition = 0; partition < partitions; ++partition) {
    record.partition = partition;
    BOOST_TEST(verdict(record) == "examined");
  }
  record.value = bytes_of(late(event));
  BOOST_TEST(verdict(record) == "time_out_of_range");
  for (const std::optional<std::string>& key :
       {std::optional<std::string>(), std::optional<std::string>("Catalog"),
        std::optional<std::string>(subscriber)}) {
    record.key = key;
    BOOST_TEST(verdict(record) == "key_mismatch");
  }
  event.subscriber = subscriber;
  record.value = bytes_of(event);
  BOOST_TEST(verdict(record) == "malformed");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace subledger
