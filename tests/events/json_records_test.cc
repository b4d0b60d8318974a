// The JSON forms of emitted records and of records as they are stored, and any value's way through both
// forms.
#include <boost/test/unit_test.hpp>
#include <random>
#include <string>

#include "tests/events/files.h"
#include "tests/events/forms.h"
#include "tests/events/generate.h"

namespace subledger {
namespace {

/// A golden record's text with its first `from` replaced.
std::string read_with(Form form, const std::string& name, const std::string& from, const std::string& to) {
  std::string text = read_source_file("tests/events/golden/" + name + ".json");
  const std::size_t at = text.find(from);
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, from);
  return verdict(json_of_json(form, text.replace(at, from.size(), to)));
}

std::string charge_with(const std::string& from, const std::string& to) {
  return read_with(Form::charge, "charge_traffic_max", from, to);
}

std::string access_with(const std::string& from, const std::string& to) {
  return read_with(Form::access, "access_login_locks", from, to);
}

std::string reject_with(const std::string& from, const std::string& to) {
  return read_with(Form::reject, "reject_max", from, to);
}

/// Text, bytes, text, bytes: both texts and both bytes must be the same.
template <class Record>
void survives(Form form, const Record& record, const std::string& text, unsigned seed) {
  Encoder encoder;
  const std::string bytes(encoder.encode(record));
  BOOST_REQUIRE_MESSAGE(json_of_bytes(form, bytes) == text, "seed " << seed << ": " << text);
  BOOST_REQUIRE_MESSAGE(json_of_json(form, text) == text, "seed " << seed << ": " << text);
  BOOST_REQUIRE_MESSAGE(bytes_of_json(form, text) == bytes, "seed " << seed << ": " << text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_records)

BOOST_AUTO_TEST_CASE(charge_members) {
  BOOST_CHECK_EQUAL(charge_with("\"sequence\":7", "\"sequence\":0"), "malformed: sequence: counts from 1");
  BOOST_CHECK_EQUAL(charge_with("\"sequence\":7,", ""), "malformed: sequence: missing");
  BOOST_CHECK_EQUAL(charge_with("\"traffic\"", "\"travel\""), "malformed: kind: not one of the values known");
  BOOST_CHECK_EQUAL(charge_with("79161234567", "+7916"), "malformed: subscriber: not an MSISDN");
  BOOST_CHECK_EQUAL(charge_with("\"classic\"", "\"\""), "malformed: tariff: empty");
  BOOST_CHECK_EQUAL(charge_with("\"currency\"", "\"Currency\""),
                    "malformed: Currency: not a member of a charge record");
}

BOOST_AUTO_TEST_CASE(charge_source) {
  BOOST_CHECK_EQUAL(charge_with("\"partition\":2147483647", "\"partition\":2147483648"),
                    "malformed: source.partition: not an integer from -2147483648 to 2147483647");
  BOOST_CHECK_EQUAL(charge_with("\"partition\":2147483647,", ""), "malformed: source.partition: missing");
  BOOST_CHECK_EQUAL(charge_with("\"offset\"", "\"epoch\":1,\"offset\""),
                    "malformed: source.epoch: not a member of source");
}

BOOST_AUTO_TEST_CASE(charge_unit_follows_from_the_kind) {
  BOOST_CHECK_EQUAL(charge_with("\"byte\"", "\"each\""),
                    "malformed: unit: not the unit of this kind and quantity");
  BOOST_CHECK_EQUAL(charge_with("\"unit\":\"byte\",", ""),
                    "malformed: unit: not the unit of this kind and quantity");
  BOOST_CHECK_EQUAL(charge_with("\"quantity\":1125899906842624,", ""),
                    "malformed: unit: not the unit of this kind and quantity");
}

BOOST_AUTO_TEST_CASE(access_members) {
  BOOST_CHECK_EQUAL(access_with("\"locked\":true,", ""), "malformed: locked: missing");
  BOOST_CHECK_EQUAL(access_with("\"refused\"", "\"denied\""),
                    "malformed: decision: not one of the values known");
  BOOST_CHECK_EQUAL(access_with("\"wrong_password\"", "\"none\""),
                    "malformed: reason: not one of the values known");
  BOOST_CHECK_EQUAL(access_with("4294967295", "4294967296"),
                    "malformed: failures: not an integer from 0 to 4294967295");
  BOOST_CHECK_EQUAL(access_with("\"login_attempted\"", "\"traffic_used\""),
                    "malformed: type: not one of the values known");
}

BOOST_AUTO_TEST_CASE(reject_members) {
  BOOST_CHECK_EQUAL(reject_with("\"invalid_catalog\"", "\"because\""),
                    "malformed: reason: not one of the values known");
  BOOST_CHECK_EQUAL(reject_with("\"Y2F0YWxvZw==\"", "\"catalog\""), "malformed: key_base64: not base64");
  BOOST_CHECK_EQUAL(reject_with("{\"name\":\"null\"}", "{}"), "malformed: headers.2.name: missing");
  BOOST_CHECK_EQUAL(reject_with("{\"name\":\"null\"}", "null"),
                    "malformed: headers: an array of objects is expected");
  BOOST_CHECK_EQUAL(reject_with("{\"name\":\"null\"}", "{\"name\":\"null\",\"value\":1}"),
                    "malformed: headers.2.value: not a member of a header");
  BOOST_CHECK_EQUAL(reject_with("\"headers\"", "\"heads\""), "malformed: headers: missing");
}

BOOST_AUTO_TEST_CASE(header_name_that_is_not_utf8) {
  const Header headers[] = {{.name = "a\xFF", .value = std::nullopt}};
  RejectRecord record;
  record.reason = Reason::malformed;
  record.headers = headers;
  std::string out;
  append_reject_json(out, record);
  BOOST_CHECK(out.find("{\"name\":\"a\xEF\xBF\xBD\"}") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(undecodable_record) {
  std::string out;
  append_undecodable_json(
      out,
      {.source = {.partition = 3, .offset = 7}, .timestamp = Timestamp{1'000}, .key = "k", .payload = "{}"});
  BOOST_CHECK_EQUAL(out, R"({"source":{"partition":3,"offset":7},"recorded_at":"1970-01-01T00:00:00.001Z",)"
                         R"("key_base64":"aw==","payload_base64":"e30="})");
}

BOOST_AUTO_TEST_CASE(undecodable_record_of_nulls) {
  std::string out;
  append_undecodable_json(out, {.source = {.partition = 0, .offset = 0}});
  BOOST_CHECK_EQUAL(out, R"({"source":{"partition":0,"offset":0},"recorded_at":"1970-01-01T00:00:00Z"})");
}

BOOST_AUTO_TEST_CASE(raw_record) {
  const Header headers[] = {{.name = "ce_id", .value = "3-7"}, {.name = "none", .value = std::nullopt}};
  std::string out;
  append_raw_json(out, {.source = {.partition = 3, .offset = 7},
                        .timestamp = Timestamp{0},
                        .key = "",
                        .payload = "\xFF",
                        .headers = headers});
  BOOST_CHECK_EQUAL(
      out, R"({"partition":3,"offset":7,"timestamp":"1970-01-01T00:00:00Z","key_base64":"",)"
           R"("payload_base64":"/w==","headers":[{"name":"ce_id","value_base64":"My03"},{"name":"none"}]})");
}

BOOST_AUTO_TEST_CASE(raw_record_of_nulls) {
  std::string out;
  append_raw_json(out, {.source = {.partition = 0, .offset = 1}});
  BOOST_CHECK_EQUAL(out, R"({"partition":0,"offset":1,"timestamp":"1970-01-01T00:00:00Z","headers":[]})");
}

BOOST_AUTO_TEST_CASE(any_event_survives) {
  const unsigned seed = std::random_device{}();
  Generator generator(seed);
  for (int i = 0; i < 5'000; ++i) {
    const Event event = generator.event();
    std::string text;
    BOOST_REQUIRE(append_event_json(text, event));
    survives(Form::event, event, text, seed);
  }
}

BOOST_AUTO_TEST_CASE(any_charge_survives) {
  const unsigned seed = std::random_device{}();
  Generator generator(seed);
  for (int i = 0; i < 5'000; ++i) {
    const ChargeRecord charge = generator.charge();
    std::string text;
    append_charge_json(text, charge);
    survives(Form::charge, charge, text, seed);
  }
}

BOOST_AUTO_TEST_CASE(any_access_record_survives) {
  const unsigned seed = std::random_device{}();
  Generator generator(seed);
  for (int i = 0; i < 5'000; ++i) {
    const AccessRecord access = generator.access();
    std::string text;
    append_access_json(text, access);
    survives(Form::access, access, text, seed);
  }
}

BOOST_AUTO_TEST_CASE(any_reject_survives) {
  const unsigned seed = std::random_device{}();
  Generator generator(seed);
  for (int i = 0; i < 5'000; ++i) {
    const RejectRecord reject = generator.reject();
    std::string text;
    append_reject_json(text, reject);
    survives(Form::reject, reject, text, seed);
  }
}

// Whatever is done to a line, it is read or refused, and nothing else happens.
BOOST_AUTO_TEST_CASE(no_damaged_line_crashes) {
  const unsigned seed = std::random_device{}();
  Generator generator(seed);
  std::size_t accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    BOOST_REQUIRE(append_event_json(text, generator.event()));
    generator.damage(text);
    if (parse_event_json(text)) ++accepted;
  }
  BOOST_TEST_MESSAGE("seed " << seed << ", still accepted: " << accepted);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace subledger
