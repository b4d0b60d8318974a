// The JSON form of events: what is read, and by which words the rest is refused.
#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/events/forms.h"

namespace subledger {
namespace {

const std::string id_text = R"("id":"018f2d3c-4b5a-7968-8776-a5b4c3d2e1f0")";
const std::string envelope_rest =
    R"("subscriber":"79161234567","occurred_at":"2014-11-02T10:15:00Z","channel":"network")";

/// A line of this type with these members after the envelope.
std::string line(const std::string& type, const std::string& members) {
  return '{' + id_text + ",\"type\":\"" + type + "\"," + envelope_rest + (members.empty() ? "" : ",") +
         members + '}';
}

std::string read(const std::string& text) { return verdict(parse_event_json(text)); }
std::string read(const std::string& type, const std::string& members) { return read(line(type, members)); }

/// The line of a well-formed event with its first `from` replaced.
std::string read_with(const std::string& from, const std::string& to) {
  std::string text = line("traffic_used", R"("bytes_up":1,"bytes_down":2)");
  const std::size_t at = text.find(from);
  BOOST_REQUIRE(at != std::string::npos);
  return read(text.replace(at, from.size(), to));
}

std::string rewritten(const std::string& text) {
  const Decoded<std::string> out = json_of_json(Form::event, text);
  return out.value_or(verdict(out));
}

std::string stored(const std::string& text) {
  const Decoded<JsonEvent> event = parse_event_json(text);
  BOOST_REQUIRE(event.has_value());
  std::string out;
  BOOST_REQUIRE(append_stored_event_json(
      out, event->value, {.source = {.partition = 3, .offset = 1042}, .recorded_at = Timestamp{1'000'000}}));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_event)

BOOST_AUTO_TEST_CASE(example_of_the_interfaces) {
  const std::string text =
      R"({"id":"018f2d3c-4b5a-7968-8776-a5b4c3d2e1f0","type":"traffic_used","subscriber":"79161234567",)"
      R"("occurred_at":"2014-11-02T10:15:00.25Z","channel":"network","bytes_up":312,"bytes_down":48921,)"
      R"("session":"a1","zone":"home"})";
  BOOST_CHECK_EQUAL(rewritten(text), text);
}

BOOST_AUTO_TEST_CASE(members_in_any_order_and_any_form) {
  BOOST_CHECK_EQUAL(
      rewritten(R"( { "reference" : "r", "money":"1.5", "channel":"operator", "type":"payment_received",)"
                R"("occurred_at":"2015-07-01T13:00:01.100+03:00", "subscriber":"79000012001", )"
                R"("id":"ABCDEF00-0000-4000-8000-000000000001" } )"),
      R"({"id":"abcdef00-0000-4000-8000-000000000001","type":"payment_received","subscriber":"79000012001",)"
      R"("occurred_at":"2015-07-01T10:00:01.1Z","channel":"operator","money":"1.50","reference":"r"})");
}

BOOST_AUTO_TEST_CASE(what_is_no_object) {
  BOOST_CHECK_EQUAL(read("[]"), "malformed: an object is expected, not an array");
  BOOST_CHECK_EQUAL(read("null"), "malformed: an object is expected, not null");
  BOOST_CHECK_EQUAL(read("{"), "malformed: not JSON at byte 2");
  BOOST_CHECK_EQUAL(read("{}"), "malformed: id: missing");
}

BOOST_AUTO_TEST_CASE(missing_members_of_the_envelope) {
  BOOST_CHECK_EQUAL(read_with(id_text + ",", ""), "malformed: id: missing");
  BOOST_CHECK_EQUAL(read_with(R"("type":"traffic_used",)", ""), "malformed: type: missing");
  BOOST_CHECK_EQUAL(read_with(R"("subscriber":"79161234567",)", ""), "malformed: subscriber: missing");
  BOOST_CHECK_EQUAL(read_with(R"("occurred_at":"2014-11-02T10:15:00Z",)", ""),
                    "malformed: occurred_at: missing");
  BOOST_CHECK_EQUAL(read_with(R"("channel":"network",)", ""), "malformed: channel: missing");
}

BOOST_AUTO_TEST_CASE(missing_members_of_bodies) {
  BOOST_CHECK_EQUAL(read("password_set", R"("verifier":"v")"), "malformed: method: missing");
  BOOST_CHECK_EQUAL(read("password_set", R"("method":"issued")"), "malformed: verifier: missing");
  BOOST_CHECK_EQUAL(read("login_attempted", ""), "malformed: outcome: missing");
  BOOST_CHECK_EQUAL(read("option_connected", ""), "malformed: option: missing");
  BOOST_CHECK_EQUAL(read("option_disconnected", ""), "malformed: option: missing");
  BOOST_CHECK_EQUAL(read("tariff_switched", ""), "malformed: tariff: missing");
  BOOST_CHECK_EQUAL(read("traffic_used", R"("bytes_down":1)"), "malformed: bytes_up: missing");
  BOOST_CHECK_EQUAL(read("traffic_used", R"("bytes_up":1)"), "malformed: bytes_down: missing");
  BOOST_CHECK_EQUAL(read("service_used", R"("units":1)"), "malformed: service: missing");
  BOOST_CHECK_EQUAL(read("service_used", R"("service":"s")"), "malformed: units: missing");
  BOOST_CHECK_EQUAL(read("bonus_granted", R"("bytes":1)"), "malformed: reason: missing");
  BOOST_CHECK_EQUAL(read("payment_received", R"("reference":"r")"), "malformed: money: missing");
  BOOST_CHECK_EQUAL(read("payment_received", R"("money":"1.00")"), "malformed: reference: missing");
  BOOST_CHECK_EQUAL(read("charge_reversed", R"("reason":"r")"), "malformed: charge_id: missing");
}

BOOST_AUTO_TEST_CASE(unknown_members) {
  BOOST_CHECK_EQUAL(read("subscriber_closed", R"("note":"x")"),
                    "malformed: note: not a member of subscriber_closed");
  BOOST_CHECK_EQUAL(read("subscriber_closed", R"("Type":"x")"),
                    "malformed: Type: not a member of subscriber_closed");
  BOOST_CHECK_EQUAL(read("subscriber_closed", R"("\u001b[2J":0)"),
                    "malformed: \\u001b[2J: not a member of subscriber_closed");
  BOOST_CHECK_EQUAL(read("subscriber_closed", R"("schema_major":1)"),
                    "malformed: schema_major: not a member of subscriber_closed");
}

BOOST_AUTO_TEST_CASE(members_of_another_type) {
  BOOST_CHECK_EQUAL(read("tariff_switched", R"("tariff":"t","option":"o")"),
                    "malformed: option: not a member of tariff_switched");
  BOOST_CHECK_EQUAL(read("service_used", R"("service":"s","units":1,"rating_group":1)"),
                    "malformed: rating_group: not a member of service_used");
  BOOST_CHECK_EQUAL(read("assistant_activated", R"("catalog":{})"),
                    "malformed: catalog: not a member of assistant_activated");
}

BOOST_AUTO_TEST_CASE(duplicate_members) {
  BOOST_CHECK_EQUAL(read("subscriber_closed", R"("channel":"web")"),
                    "malformed: duplicate member /channel at byte 165");
}

BOOST_AUTO_TEST_CASE(members_of_another_kind) {
  BOOST_CHECK_EQUAL(read_with(id_text, R"("id":1)"), "malformed: id: a string is expected, not an integer");
  BOOST_CHECK_EQUAL(read_with(R"("type":"traffic_used")", R"("type":null)"),
                    "malformed: type: a string is expected, not null");
  BOOST_CHECK_EQUAL(read_with(R"("subscriber":"79161234567")", R"("subscriber":79161234567)"),
                    "malformed: subscriber: a string is expected, not an integer");
  BOOST_CHECK_EQUAL(read_with(R"("bytes_up":1)", R"("bytes_up":"1")"),
                    "malformed: bytes_up: an integer is expected, not a string");
  BOOST_CHECK_EQUAL(read("payment_received", R"("money":1.5,"reference":"r")"),
                    "malformed: money: a string is expected, not a number that is no integer of 64 bits");
  BOOST_CHECK_EQUAL(read("service_used", R"("service":"s","units":1,"final":1)"),
                    "malformed: final: a boolean is expected, not an integer");
  BOOST_CHECK_EQUAL(read("service_used", R"("service":"s","units":1,"zone":null)"),
                    "malformed: zone: a string is expected, not null");
  BOOST_CHECK_EQUAL(read("service_used", R"("service":["s"],"units":1)"),
                    "malformed: service: a string is expected, not an array");
}

BOOST_AUTO_TEST_CASE(numbers_within_the_wire_type) {
  BOOST_CHECK_EQUAL(read_with(R"("bytes_up":1)", R"("bytes_up":18446744073709551615)"), "accepted");
  BOOST_CHECK_EQUAL(read_with(R"("bytes_up":1)", R"("bytes_up":0)"), "accepted");
  const std::string refused = "malformed: bytes_up: not an integer from 0 to 18446744073709551615";
  for (const char* number : {"-1", "18446744073709551616", "1.0", "1.5", "1e3", "99999999999999999999999"}) {
    BOOST_CHECK_EQUAL(read_with(R"("bytes_up":1)", std::string(R"("bytes_up":)") + number), refused);
  }
  const auto rating_group = [](const std::string& number) {
    return read("traffic_used", R"("bytes_up":1,"bytes_down":1,"rating_group":)" + number);
  };
  BOOST_CHECK_EQUAL(rating_group("4294967295"), "accepted");
  BOOST_CHECK_EQUAL(rating_group("4294967296"),
                    "malformed: rating_group: not an integer from 0 to 4294967295");
}

BOOST_AUTO_TEST_CASE(texts_of_another_form) {
  BOOST_CHECK_EQUAL(read_with("018f2d3c-", "018f2d3c"), "malformed: id: not a UUID");
  BOOST_CHECK_EQUAL(
      read_with("T10:15:00Z", " 10:15:00Z"),
      "malformed: occurred_at: not an RFC 3339 time with Z or an offset and at most 6 fraction digits");
  BOOST_CHECK_EQUAL(read_with("\"network\"", "\"pigeon\""),
                    "malformed: channel: not one of the values known");
  BOOST_CHECK_EQUAL(read_with("\"network\"", "\"\""), "malformed: channel: not one of the values known");
  BOOST_CHECK_EQUAL(read_with("\"network\"", "\"Network\""),
                    "malformed: channel: not one of the values known");
  BOOST_CHECK_EQUAL(read("payment_received", R"("money":"01.00","reference":"r")"),
                    "malformed: money: not an amount with at most 6 decimals and within 64 bits");
  BOOST_CHECK_EQUAL(read("login_attempted", R"("outcome":"maybe")"),
                    "malformed: outcome: not one of the values known");
}

BOOST_AUTO_TEST_CASE(form_of_strings) {
  BOOST_CHECK_EQUAL(read("option_connected", R"("option":"")"), "malformed: option: empty");
  BOOST_CHECK_EQUAL(read("option_connected", R"("option":")" + std::string(65, 'o') + '"'),
                    "malformed: option: longer than 64 bytes");
  BOOST_CHECK_EQUAL(read("option_connected", R"("option":"a\nb")"), "malformed: option: control character");
  BOOST_CHECK_EQUAL(read("option_connected", R"("option":"a\u0000b")"),
                    "malformed: option: control character");
  BOOST_CHECK_EQUAL(read("option_connected", R"("option":"\u0085")"), "malformed: option: control character");
  BOOST_CHECK_EQUAL(read_with("79161234567", ""), "malformed: subscriber: empty");
}

// The sender's mistakes of meaning are the engine's to reject, with their bytes kept.
BOOST_AUTO_TEST_CASE(meaning_is_not_judged) {
  BOOST_CHECK_EQUAL(read_with("79161234567", "+7 916"), "accepted");
  BOOST_CHECK_EQUAL(read_with("2014-11", "9999-11"), "accepted");
  BOOST_CHECK_EQUAL(read("bonus_granted", R"("reason":"neither")"), "accepted");
  BOOST_CHECK_EQUAL(read("bonus_granted", R"("money":"-1.00","bytes":0,"reason":"both")"), "accepted");
}

BOOST_AUTO_TEST_CASE(unknown_type) {
  BOOST_CHECK_EQUAL(read("call_made", R"("seconds":1)"),
                    "unsupported: type: not an event type of this build");
  BOOST_CHECK_EQUAL(read("", ""), "unsupported: type: not an event type of this build");
}

BOOST_AUTO_TEST_CASE(malformed_comes_before_an_unknown_type) {
  BOOST_CHECK_EQUAL(read_with(R"("type":"traffic_used","subscriber":"79161234567","occurred_at":"2014)",
                              R"("type":"call_made","subscriber":"79161234567","occurred_at":"14)")
                        .substr(0, 22),
                    "malformed: occurred_at");
}

BOOST_AUTO_TEST_CASE(catalog) {
  const std::string head =
      '{' + id_text +
      R"(,"type":"catalog_published","occurred_at":"2014-11-02T10:15:00Z","channel":"operator")";
  const std::string text = head + R"(,"catalog":{"version":"v1","b":[1.50,"x"],"a":{}}})";
  BOOST_CHECK_EQUAL(rewritten(text), text);
  BOOST_CHECK_EQUAL(read(head + '}'), "malformed: catalog: missing");
  BOOST_CHECK_EQUAL(read(head + R"(,"catalog":"{}"})"),
                    "malformed: catalog: an object is expected, not a string");
  BOOST_CHECK_EQUAL(read(head + R"(,"subscriber":"79161234567","catalog":{}})"),
                    "malformed: subscriber: not a field of catalog_published");
  BOOST_CHECK_EQUAL(read(head + R"(,"catalog":{"a":{"b":1,"b":1}}})"),
                    "malformed: duplicate member /catalog/a/b at byte 155");
}

BOOST_AUTO_TEST_CASE(catalog_stands_verbatim_in_one_line) {
  Event event{.id = {},
              .subscriber = {},
              .occurred_at = {},
              .channel = Channel::operator_desk,
              .body = CatalogPublished{.catalog = "{\n  \"version\": \"\\u0041 b\",\n  \"n\": 1.0\n}\n"}};
  std::string out;
  BOOST_REQUIRE(append_event_json(out, event));
  BOOST_CHECK_EQUAL(out, R"({"id":"00000000-0000-0000-0000-000000000000","type":"catalog_published",)"
                         R"("occurred_at":"1970-01-01T00:00:00Z","channel":"operator",)"
                         R"("catalog":{"version":"\u0041 b","n":1.0}})");
}

BOOST_AUTO_TEST_CASE(catalog_without_a_json_form) {
  for (const char* catalog : {"not JSON", "[1]", "\"{}\"", "{", "\xFF"}) {
    Event event{.id = {},
                .subscriber = {},
                .occurred_at = {},
                .channel = Channel::operator_desk,
                .body = CatalogPublished{.catalog = catalog}};
    std::string out = "before";
    BOOST_CHECK(!append_event_json(out, event));
    BOOST_CHECK_EQUAL(out, "before");
  }
}

BOOST_AUTO_TEST_CASE(stored_event) {
  BOOST_CHECK_EQUAL(stored(line("option_connected", R"("option":"locator")")),
                    '{' + id_text + R"(,"type":"option_connected",)" + envelope_rest +
                        R"(,"option":"locator","source":{"partition":3,"offset":1042},)"
                        R"("recorded_at":"1970-01-01T00:00:01Z"})");
}

BOOST_AUTO_TEST_CASE(stored_event_shows_no_verifier) {
  const std::string out = stored(line("password_set", R"("method":"chosen","verifier":"scrypt$secret")"));
  BOOST_CHECK(out.find("secret") == std::string::npos);
  BOOST_CHECK(out.find(R"("method":"chosen","source":)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(refusals_show_no_values) {
  for (const char* members :
       {R"("method":"Secret1","verifier":"v")", R"("method":"issued","verifier":"Secret1\n")",
        R"("method":"issued","verifier":"Secret1","x":"Secret1")"}) {
    BOOST_CHECK_MESSAGE(read("password_set", members).find("Secret") == std::string::npos, members);
  }
}

BOOST_AUTO_TEST_CASE(views_survive_a_move) {
  Decoded<JsonEvent> event =
      parse_event_json(line("service_used", R"("service":"s","units":1,"session":"short")"));
  BOOST_REQUIRE(event.has_value());
  const JsonEvent moved = std::move(*event);
  event = parse_event_json("{}");
  const auto& body = std::get<ServiceUsed>(moved.value.body);
  BOOST_CHECK_EQUAL(moved.value.subscriber, "79161234567");
  BOOST_CHECK_EQUAL(body.service, "s");
  BOOST_CHECK_EQUAL(body.session.value(), "short");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace subledger
