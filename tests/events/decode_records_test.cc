// Emitted records are read from a log like any other bytes: what an engine cannot have written is refused.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "tests/events/forms.h"
#include "tests/events/raw_event.h"

namespace subledger {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::uoffset_t;

std::string finished(FlatBufferBuilder& builder, uoffset_t root, const char* identifier) {
  builder.Finish(flatbuffers::Offset<void>(root), identifier);
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

std::string bytes_of(const RawTable& table, const char* identifier) {
  FlatBufferBuilder builder;
  const uoffset_t root = table.build(builder);
  return finished(builder, root, identifier);
}

/// The reject that refers `count` times to one and the same header.
std::string reject_with_one_header(std::size_t count) {
  FlatBufferBuilder builder;
  const uoffset_t header = RawTable().string(0, "name").bytes(1, "value").build(builder);
  const std::vector<flatbuffers::Offset<void>> headers(count, flatbuffers::Offset<void>(header));
  const auto vector = builder.CreateVector(headers);
  const auto detail = builder.CreateString("detail");
  const uoffset_t start = builder.StartTable();
  const std::array<int64_t, 2> source{1, 2};
  builder.AddStruct(slot(1), &source);
  builder.AddElement<uint8_t>(slot(3), 2);
  builder.AddOffset(slot(4), detail);
  builder.AddOffset(slot(7), vector);
  return finished(builder, builder.EndTable(start), "SLRJ");
}

ChargeRecord charge() {
  ChargeRecord made;
  made.sequence = 1;
  made.subscriber = Msisdn{79161234567};
  made.kind = ChargeKind::activation;
  return made;
}

AccessRecord access() {
  AccessRecord made;
  made.subscriber = Msisdn{79161234567};
  made.type = AccessType::password_set;
  made.decision = AccessDecision::accepted;
  return made;
}

RejectRecord reject() {
  RejectRecord made;
  made.reason = Reason::malformed;
  made.detail = "why";
  return made;
}

// The encoder writes what it is given, so these come out as they are.
std::string decoded(const ChargeRecord& record) {
  Encoder encoder;
  return verdict(json_of_bytes(Form::charge, encoder.encode(record)));
}

std::string decoded(const AccessRecord& record) {
  Encoder encoder;
  return verdict(json_of_bytes(Form::access, encoder.encode(record)));
}

std::string decoded(const RejectRecord& record) {
  Encoder encoder;
  return verdict(json_of_bytes(Form::reject, encoder.encode(record)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(decode_records)

BOOST_AUTO_TEST_CASE(plain_records_are_accepted) {
  BOOST_CHECK_EQUAL(decoded(charge()), "accepted");
  BOOST_CHECK_EQUAL(decoded(access()), "accepted");
  BOOST_CHECK_EQUAL(decoded(reject()), "accepted");
}

BOOST_AUTO_TEST_CASE(empty_and_rubbish) {
  for (const Form form : {Form::charge, Form::access, Form::reject}) {
    BOOST_CHECK_EQUAL(verdict(json_of_bytes(form, "")), "malformed: value: empty");
    BOOST_CHECK_EQUAL(verdict(json_of_bytes(form, "SLCH")), "malformed: value: size");
    BOOST_CHECK_EQUAL(verdict(json_of_bytes(form, std::string(64, '\xFF'))),
                      "malformed: value: file identifier");
  }
}

BOOST_AUTO_TEST_CASE(required_fields) {
  BOOST_CHECK_EQUAL(verdict(json_of_bytes(Form::charge, bytes_of(RawTable(), "SLCH"))),
                    "malformed: value: not verifiable");
  BOOST_CHECK_EQUAL(verdict(json_of_bytes(Form::access, bytes_of(RawTable(), "SLAC"))),
                    "malformed: value: not verifiable");
  BOOST_CHECK_EQUAL(verdict(json_of_bytes(Form::reject, bytes_of(RawTable(), "SLRJ"))),
                    "malformed: value: not verifiable");
}

BOOST_AUTO_TEST_CASE(charge_numbers) {
  ChargeRecord record = charge();
  record.sequence = 0;
  BOOST_CHECK_EQUAL(decoded(record), "malformed: sequence: missing");
  record = charge();
  record.subscriber = Msisdn{};
  BOOST_CHECK_EQUAL(decoded(record), "malformed: subscriber: missing, or not an MSISDN");
  record.subscriber = Msisdn{999'999};
  BOOST_CHECK_EQUAL(decoded(record), "malformed: subscriber: missing, or not an MSISDN");
  record.subscriber = Msisdn{1'000'000};
  BOOST_CHECK_EQUAL(decoded(record), "accepted");
  record.subscriber = Msisdn{1'000'000'000'000'000};
  BOOST_CHECK_EQUAL(decoded(record), "malformed: subscriber: missing, or not an MSISDN");
}

BOOST_AUTO_TEST_CASE(charge_kind) {
  ChargeRecord record = charge();
  record.kind = ChargeKind{};
  BOOST_CHECK_EQUAL(decoded(record), "malformed: kind: missing or unknown");
  record.kind = static_cast<ChargeKind>(12);
  BOOST_CHECK_EQUAL(decoded(record), "malformed: kind: missing or unknown");
  record.kind = ChargeKind::closing;
  BOOST_CHECK_EQUAL(decoded(record), "accepted");
}

BOOST_AUTO_TEST_CASE(charge_strings) {
  ChargeRecord record = charge();
  record.tariff = "a\nb";
  BOOST_CHECK_EQUAL(decoded(record), "malformed: tariff: control character");
  record = charge();
  record.currency = "\xFF";
  BOOST_CHECK_EQUAL(decoded(record), "malformed: currency: not UTF-8");
}

BOOST_AUTO_TEST_CASE(access_enums) {
  AccessRecord record = access();
  record.type = AccessType{};
  BOOST_CHECK_EQUAL(decoded(record), "malformed: type: missing or unknown");
  record.type = static_cast<AccessType>(6);
  BOOST_CHECK_EQUAL(decoded(record), "malformed: type: missing or unknown");
  record = access();
  record.decision = AccessDecision{};
  BOOST_CHECK_EQUAL(decoded(record), "malformed: decision: missing or unknown");
  record.decision = static_cast<AccessDecision>(4);
  BOOST_CHECK_EQUAL(decoded(record), "malformed: decision: missing or unknown");
  record = access();
  record.reason = static_cast<AccessReason>(6);
  BOOST_CHECK_EQUAL(decoded(record), "malformed: reason: unknown");
  record = access();
  record.transition = static_cast<AccessTransition>(3);
  BOOST_CHECK_EQUAL(decoded(record), "malformed: transition: unknown");
  record = access();
  record.subscriber = Msisdn{7};
  BOOST_CHECK_EQUAL(decoded(record), "malformed: subscriber: missing, or not an MSISDN");
}

BOOST_AUTO_TEST_CASE(reject_fields) {
  RejectRecord record = reject();
  record.reason = Reason{};
  BOOST_CHECK_EQUAL(decoded(record), "malformed: reason: missing or unknown");
  record.reason = static_cast<Reason>(27);
  BOOST_CHECK_EQUAL(decoded(record), "malformed: reason: missing or unknown");
  record = reject();
  record.detail = "\xFF";
  BOOST_CHECK_EQUAL(decoded(record), "malformed: detail: not UTF-8");
  record = reject();
  record.subscriber = "7\n";
  BOOST_CHECK_EQUAL(decoded(record), "malformed: subscriber: control character");
}

// A header's name is whatever the producer sent.
BOOST_AUTO_TEST_CASE(any_header_survives) {
  const Header headers[] = {{.name = "\xFF\x00\n", .value = "\xFF"}, {.name = "", .value = std::nullopt}};
  RejectRecord record = reject();
  record.headers = headers;
  Encoder encoder;
  const std::string bytes(encoder.encode(record));
  std::pmr::monotonic_buffer_resource scratch;
  const Decoded<RejectRecord> decoded_record = decode_reject(bytes, scratch);
  BOOST_REQUIRE(decoded_record.has_value());
  BOOST_REQUIRE_EQUAL(decoded_record->headers.size(), 2U);
  BOOST_CHECK_EQUAL(decoded_record->headers[0].name, headers[0].name);
  BOOST_CHECK(decoded_record->headers[0].value == headers[0].value);
  BOOST_CHECK(!decoded_record->headers[1].value.has_value());
}

BOOST_AUTO_TEST_CASE(thousands_of_headers) {
  const std::vector<Header> headers(10'000, Header{.name = "n", .value = "v"});
  RejectRecord record = reject();
  record.headers = headers;
  BOOST_CHECK_EQUAL(decoded(record), "accepted");
  const std::vector<Header> smallest(10'000);
  record.headers = smallest;
  BOOST_CHECK_EQUAL(decoded(record), "accepted");
}

// A small buffer must not make a reader visit a table a million times.
BOOST_AUTO_TEST_CASE(a_million_references_to_one_header) {
  BOOST_CHECK_EQUAL(verdict(json_of_bytes(Form::reject, reject_with_one_header(1))), "accepted");
  const std::string bytes = reject_with_one_header(1'000'000);
  const auto start = std::chrono::steady_clock::now();
  const std::string answer = verdict(json_of_bytes(Form::reject, bytes));
  const auto taken = std::chrono::steady_clock::now() - start;
  BOOST_CHECK_EQUAL(answer, "malformed: value: not verifiable");
  BOOST_TEST_MESSAGE(std::chrono::duration_cast<std::chrono::microseconds>(taken).count() << " us");
}

BOOST_AUTO_TEST_CASE(other_schema_major) {
  const auto verdict_of = [](uint16_t major) {
    const RawTable table = RawTable().number<uint16_t>(0, major).uuid(1, 1).uuid(4, 1).source(6);
    return verdict(json_of_bytes(Form::charge, bytes_of(table, "SLCH")));
  };
  BOOST_CHECK_EQUAL(verdict_of(2), "unsupported: schema_major: 2");
  BOOST_CHECK_EQUAL(verdict_of(1), "malformed: subscriber: missing, or not an MSISDN");
}

BOOST_AUTO_TEST_CASE(one_encoder_for_all_gives_the_bytes_of_a_fresh_one) {
  Encoder used;
  const std::vector<Header> headers(100, Header{.name = "n", .value = "v"});
  RejectRecord large = reject();
  large.headers = headers;
  used.encode(large);
  used.encode(charge());
  Encoder fresh;
  BOOST_CHECK_EQUAL(used.encode(access()), fresh.encode(access()));
  BOOST_CHECK_EQUAL(used.encode(reject()), fresh.encode(reject()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace subledger
