// What domain 8, steps 1 to 3, and the table of hostile input say about event bytes, case by case.
#include <boost/test/unit_test.hpp>
#include <memory_resource>
#include <string>

#include "tests/events/forms.h"
#include "tests/events/raw_event.h"

namespace subledger {
namespace {

std::string decoded(const std::string& bytes) { return verdict(json_of_bytes(Form::event, bytes)); }
std::string decoded(const RawEvent& event) { return decoded(event.bytes()); }

/// Under any key but "catalog".
std::string decoded_small(const std::string& bytes) {
  std::pmr::monotonic_buffer_resource scratch;
  return verdict(decode_event(bytes, false, scratch));
}

std::string decoded_body(uint8_t type, const RawTable& body) {
  return decoded(RawEvent{.body_type = type, .body = body});
}

/// A traffic_used with this session.
std::string decoded_session(const std::string& session) {
  return decoded_body(body_number::traffic_used,
                      RawTable().number<uint64_t>(0, 1).number<uint64_t>(1, 2).string(2, session));
}

RawEvent catalog_event(const std::string& catalog) {
  RawEvent event;
  event.subscriber.reset();
  event.channel = 5;
  event.body_type = body_number::catalog_published;
  event.body = RawTable().bytes(0, catalog);
  return event;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(decode_event_bytes)

BOOST_AUTO_TEST_CASE(plain_event_is_accepted) { BOOST_CHECK_EQUAL(decoded(RawEvent{}), "accepted"); }

BOOST_AUTO_TEST_CASE(null_value) {
  std::pmr::monotonic_buffer_resource scratch;
  BOOST_CHECK_EQUAL(verdict(decode_event(std::nullopt, false, scratch)), "malformed: value: null");
}

BOOST_AUTO_TEST_CASE(empty_value) { BOOST_CHECK_EQUAL(decoded(""), "malformed: value: empty"); }

BOOST_AUTO_TEST_CASE(too_short_for_an_identifier) {
  for (std::size_t size = 1; size < 8; ++size) {
    BOOST_CHECK_EQUAL(decoded(std::string(size, 'S')), "malformed: value: size");
  }
}

BOOST_AUTO_TEST_CASE(json_and_text) {
  BOOST_CHECK_EQUAL(decoded("{\"type\":\"traffic_used\"}"), "malformed: value: file identifier");
  BOOST_CHECK_EQUAL(decoded("a line of text"), "malformed: value: file identifier");
}

BOOST_AUTO_TEST_CASE(wrong_identifier) {
  BOOST_CHECK_EQUAL(decoded(RawEvent{.identifier = "SLCH"}), "malformed: value: file identifier");
  BOOST_CHECK_EQUAL(decoded(RawEvent{.identifier = nullptr}), "malformed: value: file identifier");
}

BOOST_AUTO_TEST_CASE(identifier_and_rubbish) {
  BOOST_CHECK_EQUAL(decoded("\x08" + std::string(3, '\0') + "SLEV" + std::string(64, '\xFF')),
                    "malformed: value: not verifiable");
  BOOST_CHECK_EQUAL(decoded(std::string(4, '\0') + "SLEV" + std::string(64, '\0')),
                    "malformed: value: not verifiable");
}

BOOST_AUTO_TEST_CASE(size_limit_of_events) {
  std::string bytes = RawEvent{}.bytes();
  bytes.resize(64 * 1024);
  BOOST_CHECK_EQUAL(decoded_small(bytes), "accepted");
  bytes.resize(64 * 1024 + 1);
  BOOST_CHECK_EQUAL(decoded_small(bytes), "oversize: value: 65537 bytes");
  BOOST_CHECK_EQUAL(decoded_small(std::string(64 * 1024 + 1, 'x')), "oversize: value: 65537 bytes");
}

BOOST_AUTO_TEST_CASE(size_limit_of_catalogs) {
  std::string bytes = catalog_event("{\"a\":\"" + std::string(100'000, 'x') + "\"}").bytes();
  BOOST_CHECK_EQUAL(decoded(bytes), "accepted");
  BOOST_CHECK_EQUAL(decoded_small(bytes), "oversize: value: " + std::to_string(bytes.size()) + " bytes");
  bytes.resize(1024 * 1024);
  BOOST_CHECK_EQUAL(decoded(bytes), "accepted");
  bytes.resize(1024 * 1024 + 1);
  BOOST_CHECK_EQUAL(decoded(bytes), "oversize: value: 1048577 bytes");
}

BOOST_AUTO_TEST_CASE(the_catalog_key_makes_no_other_event_larger) {
  std::string bytes = RawEvent{}.bytes();
  bytes.resize(64 * 1024);
  BOOST_CHECK_EQUAL(decoded(bytes), "accepted");
  bytes.resize(64 * 1024 + 1);
  BOOST_CHECK_EQUAL(decoded(bytes), "oversize: value: 65537 bytes");
}

BOOST_AUTO_TEST_CASE(oversize_comes_before_malformed) {
  std::string bytes = RawEvent{.channel = 0}.bytes();
  bytes.resize(64 * 1024 + 1);
  BOOST_CHECK_EQUAL(decoded(bytes), "oversize: value: 65537 bytes");
  bytes = RawEvent{.schema_major = 2}.bytes();
  bytes.resize(64 * 1024 + 1);
  BOOST_CHECK_EQUAL(decoded(bytes), "unsupported: schema_major: 2");
}

BOOST_AUTO_TEST_CASE(a_gigabyte_is_refused_by_its_size_alone) {
  // The view is never read beyond its size: one byte stands for all.
  const char byte = 0;
  std::pmr::monotonic_buffer_resource scratch;
  BOOST_CHECK_EQUAL(verdict(decode_event(std::string_view(&byte, 1U << 30), true, scratch)),
                    "oversize: value: 1073741824 bytes");
}

BOOST_AUTO_TEST_CASE(schema_major) {
  BOOST_CHECK_EQUAL(decoded(RawEvent{.schema_major = 1}), "accepted");
  BOOST_CHECK_EQUAL(decoded(RawEvent{.schema_major = 2}), "unsupported: schema_major: 2");
  BOOST_CHECK_EQUAL(decoded(RawEvent{.schema_major = 0}), "unsupported: schema_major: 0");
}

BOOST_AUTO_TEST_CASE(another_major_comes_before_what_it_may_have_changed) {
  BOOST_CHECK_EQUAL(decoded(RawEvent{.schema_major = 2, .occurred_at = {}, .channel = 0, .body_type = 99}),
                    "unsupported: schema_major: 2");
}

BOOST_AUTO_TEST_CASE(missing_id) {
  BOOST_CHECK_EQUAL(decoded(RawEvent{.with_id = false}), "malformed: value: not verifiable");
}

BOOST_AUTO_TEST_CASE(missing_time) {
  BOOST_CHECK_EQUAL(decoded(RawEvent{.occurred_at = {}}), "malformed: occurred_at: missing");
}

BOOST_AUTO_TEST_CASE(time_zero_is_a_time) {
  BOOST_CHECK_EQUAL(decoded(RawEvent{.occurred_at = 0}), "accepted");
}

BOOST_AUTO_TEST_CASE(channel_values) {
  BOOST_CHECK_EQUAL(decoded(RawEvent{.channel = 1}), "accepted");
  BOOST_CHECK_EQUAL(decoded(RawEvent{.channel = 5}), "accepted");
  BOOST_CHECK_EQUAL(decoded(RawEvent{.channel = 0}), "malformed: channel: missing or unknown");
  BOOST_CHECK_EQUAL(decoded(RawEvent{.channel = 6}), "malformed: channel: missing or unknown");
  BOOST_CHECK_EQUAL(decoded(RawEvent{.channel = 255}), "malformed: channel: missing or unknown");
  BOOST_CHECK_EQUAL(decoded(RawEvent{.channel = {}}), "malformed: channel: missing or unknown");
}

BOOST_AUTO_TEST_CASE(union_without_a_type) {
  BOOST_CHECK_EQUAL(decoded(RawEvent{.body_type = 0}), "malformed: type: missing");
  BOOST_CHECK_EQUAL(decoded(RawEvent{.body_type = {}}), "malformed: type: missing");
  BOOST_CHECK_EQUAL(decoded(RawEvent{.body_type = {}, .body = {}}), "malformed: type: missing");
}

BOOST_AUTO_TEST_CASE(union_type_without_a_value) {
  BOOST_CHECK_EQUAL(decoded(RawEvent{.body = {}}), "malformed: body: missing");
}

BOOST_AUTO_TEST_CASE(unknown_event_type) {
  BOOST_CHECK_EQUAL(decoded(RawEvent{.body_type = 15}), "unsupported: type: number 15");
  BOOST_CHECK_EQUAL(decoded(RawEvent{.body_type = 255}), "unsupported: type: number 255");
  BOOST_CHECK_EQUAL(decoded(RawEvent{.subscriber = {}, .body_type = 15}), "unsupported: type: number 15");
}

BOOST_AUTO_TEST_CASE(malformed_comes_before_an_unknown_type) {
  BOOST_CHECK_EQUAL(decoded(RawEvent{.body_type = 15, .body = {}}), "malformed: body: missing");
  BOOST_CHECK_EQUAL(decoded(RawEvent{.channel = 9, .body_type = 15}),
                    "malformed: channel: missing or unknown");
  BOOST_CHECK_EQUAL(decoded(RawEvent{.subscriber = "\x01", .body_type = 15}),
                    "malformed: subscriber: control character");
}

BOOST_AUTO_TEST_CASE(subscriber_form) {
  BOOST_CHECK_EQUAL(decoded(RawEvent{.subscriber = {}}), "malformed: subscriber: missing");
  BOOST_CHECK_EQUAL(decoded(RawEvent{.subscriber = ""}), "malformed: subscriber: empty");
  BOOST_CHECK_EQUAL(decoded(RawEvent{.subscriber = std::string(65, '7')}),
                    "malformed: subscriber: longer than 64 bytes");
}

// Whether it is an MSISDN is step 4, which the rules decide.
BOOST_AUTO_TEST_CASE(subscriber_that_is_no_msisdn_is_well_formed) {
  for (const char* subscriber :
       {"+79161234567", "0079161234567", "letters", "79 16", "123456", "7916123456789012"}) {
    BOOST_CHECK_EQUAL(decoded(RawEvent{.subscriber = subscriber}), "accepted");
  }
}

BOOST_AUTO_TEST_CASE(missing_numbers) {
  using namespace body_number;
  BOOST_CHECK_EQUAL(decoded_body(traffic_used, RawTable().number<uint64_t>(1, 2)),
                    "malformed: bytes_up: missing");
  BOOST_CHECK_EQUAL(decoded_body(traffic_used, RawTable().number<uint64_t>(0, 2)),
                    "malformed: bytes_down: missing");
  BOOST_CHECK_EQUAL(decoded_body(service_used, RawTable().string(0, "locator")), "malformed: units: missing");
  BOOST_CHECK_EQUAL(decoded_body(payment_received, RawTable().string(1, "r")), "malformed: money: missing");
}

BOOST_AUTO_TEST_CASE(missing_strings) {
  using namespace body_number;
  const std::string refused = "malformed: value: not verifiable";
  BOOST_CHECK_EQUAL(decoded_body(password_set, RawTable().number<uint8_t>(0, 1)), refused);
  BOOST_CHECK_EQUAL(decoded_body(option_connected, RawTable()), refused);
  BOOST_CHECK_EQUAL(decoded_body(option_disconnected, RawTable()), refused);
  BOOST_CHECK_EQUAL(decoded_body(tariff_switched, RawTable()), refused);
  BOOST_CHECK_EQUAL(decoded_body(service_used, RawTable().number<uint64_t>(1, 1)), refused);
  BOOST_CHECK_EQUAL(decoded_body(bonus_granted, RawTable().number<int64_t>(0, 1)), refused);
  BOOST_CHECK_EQUAL(decoded_body(payment_received, RawTable().number<int64_t>(0, 1)), refused);
  BOOST_CHECK_EQUAL(decoded_body(charge_reversed, RawTable().string(1, "r")), refused);
  BOOST_CHECK_EQUAL(decoded_body(charge_reversed, RawTable().uuid(0, 1)), refused);
  BOOST_CHECK_EQUAL(decoded_body(catalog_published, RawTable()), refused);
}

BOOST_AUTO_TEST_CASE(enum_ranges_of_bodies) {
  using namespace body_number;
  const auto method = [](uint8_t value) {
    return decoded_body(password_set, RawTable().number<uint8_t>(0, value).string(1, "v"));
  };
  BOOST_CHECK_EQUAL(method(1), "accepted");
  BOOST_CHECK_EQUAL(method(2), "accepted");
  BOOST_CHECK_EQUAL(method(0), "malformed: method: missing or unknown");
  BOOST_CHECK_EQUAL(method(3), "malformed: method: missing or unknown");
  const auto outcome = [](uint8_t value) {
    return decoded_body(login_attempted, RawTable().number<uint8_t>(0, value));
  };
  BOOST_CHECK_EQUAL(outcome(1), "accepted");
  BOOST_CHECK_EQUAL(outcome(2), "accepted");
  BOOST_CHECK_EQUAL(outcome(0), "malformed: outcome: missing or unknown");
  BOOST_CHECK_EQUAL(outcome(200), "malformed: outcome: missing or unknown");
  BOOST_CHECK_EQUAL(decoded_body(login_attempted, RawTable()), "malformed: outcome: missing or unknown");
}

BOOST_AUTO_TEST_CASE(bonus_of_neither_or_both_is_well_formed) {
  using namespace body_number;
  BOOST_CHECK_EQUAL(decoded_body(bonus_granted, RawTable().string(3, "r")), "accepted");
  BOOST_CHECK_EQUAL(
      decoded_body(bonus_granted, RawTable().number<int64_t>(0, -1).number<uint64_t>(1, 0).string(3, "r")),
      "accepted");
}

BOOST_AUTO_TEST_CASE(string_sizes) {
  using namespace body_number;
  BOOST_CHECK_EQUAL(decoded_session(std::string(64, 's')), "accepted");
  BOOST_CHECK_EQUAL(decoded_session(std::string(65, 's')), "malformed: session: longer than 64 bytes");
  BOOST_CHECK_EQUAL(decoded_session(""), "malformed: session: empty");
  const auto reason = [](std::size_t size) {
    return decoded_body(bonus_granted, RawTable().string(3, std::string(size, 'r')));
  };
  BOOST_CHECK_EQUAL(reason(256), "accepted");
  BOOST_CHECK_EQUAL(reason(257), "malformed: reason: longer than 256 bytes");
  BOOST_CHECK_EQUAL(reason(0), "malformed: reason: empty");
}

BOOST_AUTO_TEST_CASE(each_string_is_checked) {
  using namespace body_number;
  const std::string bad = "a\nb";
  BOOST_CHECK_EQUAL(decoded_body(password_set, RawTable().number<uint8_t>(0, 1).string(1, bad)),
                    "malformed: verifier: control character");
  BOOST_CHECK_EQUAL(decoded_body(option_connected, RawTable().string(0, bad)),
                    "malformed: option: control character");
  BOOST_CHECK_EQUAL(decoded_body(option_disconnected, RawTable().string(0, bad)),
                    "malformed: option: control character");
  BOOST_CHECK_EQUAL(decoded_body(tariff_switched, RawTable().string(0, bad)),
                    "malformed: tariff: control character");
  BOOST_CHECK_EQUAL(
      decoded_body(traffic_used, RawTable().number<uint64_t>(0, 1).number<uint64_t>(1, 1).string(4, bad)),
      "malformed: zone: control character");
  BOOST_CHECK_EQUAL(decoded_body(service_used, RawTable().string(0, bad).number<uint64_t>(1, 1)),
                    "malformed: service: control character");
  BOOST_CHECK_EQUAL(
      decoded_body(service_used, RawTable().string(0, "s").number<uint64_t>(1, 1).string(2, bad)),
      "malformed: session: control character");
  BOOST_CHECK_EQUAL(
      decoded_body(service_used, RawTable().string(0, "s").number<uint64_t>(1, 1).string(4, bad)),
      "malformed: zone: control character");
  BOOST_CHECK_EQUAL(decoded_body(payment_received, RawTable().number<int64_t>(0, 1).string(1, bad)),
                    "malformed: reference: control character");
  BOOST_CHECK_EQUAL(decoded_body(charge_reversed, RawTable().uuid(0, 1).string(1, bad)),
                    "malformed: reason: control character");
}

BOOST_AUTO_TEST_CASE(control_characters) {
  const std::string refused = "malformed: session: control character";
  for (char c = 0; c < 0x20; ++c) BOOST_CHECK_EQUAL(decoded_session(std::string("a") + c), refused);
  BOOST_CHECK_EQUAL(decoded_session("a\x7F"), refused);
  BOOST_CHECK_EQUAL(decoded_session("a\xC2\x80"), refused);
  BOOST_CHECK_EQUAL(decoded_session("a\xC2\x9F"), refused);
  BOOST_CHECK_EQUAL(decoded_session("a\xC2\xA0"), "accepted");
  BOOST_CHECK_EQUAL(decoded_session("\x1B[31mred"), refused);
  BOOST_CHECK_EQUAL(decoded_session(std::string("a\0b", 3)), refused);
}

BOOST_AUTO_TEST_CASE(invalid_utf8) {
  const std::string refused = "malformed: session: not UTF-8";
  for (const char* text :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x80\x80", "\xE2\x82", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "long enough for words \xC3("}) {
    BOOST_CHECK_EQUAL(decoded_session(text), refused);
  }
  for (const char* text : {"\xC3\xA9", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "\xEF\xBB\xBF"}) {
    BOOST_CHECK_EQUAL(decoded_session(text), "accepted");
  }
}

BOOST_AUTO_TEST_CASE(catalog_with_a_subscriber) {
  RawEvent event = catalog_event("{}");
  BOOST_CHECK_EQUAL(decoded(event), "accepted");
  event.subscriber = "79161234567";
  BOOST_CHECK_EQUAL(decoded(event), "malformed: subscriber: not a field of catalog_published");
  event.subscriber = "";
  BOOST_CHECK_EQUAL(decoded(event), "malformed: subscriber: empty");
}

BOOST_AUTO_TEST_CASE(catalog_bytes) {
  BOOST_CHECK_EQUAL(decoded(catalog_event("")), "malformed: catalog: empty");
  // The document is judged as a catalog, not as a form.
  BOOST_CHECK_EQUAL(decoded(catalog_event("not JSON\n\xFF")), "accepted");
}

// A later minor version may add fields, which an older build passes over.
BOOST_AUTO_TEST_CASE(added_fields_are_passed_over) {
  BOOST_CHECK_EQUAL(
      decoded_body(body_number::traffic_used,
                   RawTable().number<uint64_t>(0, 1).number<uint64_t>(1, 2).number<uint32_t>(20, 7)),
      "accepted");
}

// Both references of the root lead to the same place: the subscriber's text is read as a table.
BOOST_AUTO_TEST_CASE(overlapping_tables) {
  flatbuffers::FlatBufferBuilder builder;
  const auto text = builder.CreateString("79161234567");
  const flatbuffers::uoffset_t start = builder.StartTable();
  const std::array<uint8_t, 16> id{};
  builder.AddStruct(slot(1), &id);
  builder.AddOffset(slot(2), text);
  builder.AddElement<int64_t>(slot(3), 1);
  builder.AddElement<uint8_t>(slot(4), 1);
  builder.AddElement<uint8_t>(slot(5), body_number::traffic_used);
  builder.AddOffset(slot(6), flatbuffers::Offset<void>(text.o));
  builder.Finish(flatbuffers::Offset<void>(builder.EndTable(start)), "SLEV");
  const std::string bytes(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
  BOOST_CHECK_EQUAL(decoded(bytes), "malformed: value: not verifiable");
}

BOOST_AUTO_TEST_CASE(unaligned_bytes_are_copied_to_scratch) {
  const std::string bytes = RawEvent{}.bytes();
  for (std::size_t shift = 1; shift < 8; ++shift) {
    const std::unique_ptr<char[]> block(new char[bytes.size() + shift]);
    bytes.copy(block.get() + shift, bytes.size());
    std::pmr::monotonic_buffer_resource scratch;
    const Decoded<Event> event =
        decode_event(std::string_view(block.get() + shift, bytes.size()), false, scratch);
    BOOST_REQUIRE_EQUAL(verdict(event), "accepted");
    block[shift + bytes.find("79161234567")] = 'x';
    BOOST_CHECK_EQUAL(event->subscriber, "79161234567");
  }
}

BOOST_AUTO_TEST_CASE(aligned_bytes_take_nothing_from_scratch) {
  const std::string bytes = RawEvent{}.bytes();
  const std::unique_ptr<char[]> block(new char[bytes.size()]);
  bytes.copy(block.get(), bytes.size());
  const Decoded<Event> event =
      decode_event(std::string_view(block.get(), bytes.size()), false, *std::pmr::null_memory_resource());
  BOOST_CHECK_EQUAL(verdict(event), "accepted");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace subledger
