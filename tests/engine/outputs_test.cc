// Output records: keys, times and CloudEvents headers (interfaces 1).
#include "engine/outputs.h"

#include <boost/test/unit_test.hpp>

#include "events/codec.h"
#include "events/json.h"
#include "tests/engine/world.h"

using namespace subledger;
using namespace subledger::test;

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

Headers headers_of(const NewRecord& record) {
  Headers headers;
  for (const Header& header : record.headers)
    headers.emplace_back(header.name, header.value.value_or("(null)"));
  return headers;
}

Headers headers_of(const MemoryRecord& record) {
  Headers headers;
  for (const auto& [name, value] : record.headers) headers.emplace_back(name, value.value_or("(null)"));
  return headers;
}

void check_equal(const Headers& left, const Headers& right) {
  BOOST_REQUIRE(left.size() == right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    BOOST_TEST(left[i].first == right[i].first);
    BOOST_TEST(left[i].second == right[i].second);
  }
}

/// One subscriber's activation and one record of rubbish with a null key.
struct SmallWorld : World {
  SmallWorld() : World({.partitions = 2, .gaps = false, .subscribers = 1}) {
    append(event_json(1, "assistant_activated", "79161234567"));
    partition = broker.records(Topic::events, 0).empty() ? 1 : 0;
    const std::array headers{Header{"trace", "7"}, Header{"empty", std::nullopt}};
    append_raw(partition, std::nullopt, "rubbish", headers);
    append_raw(partition, "key", std::nullopt);
    run_to_end();
  }
  MemoryRecord only(Topic topic) const {
    const auto records = broker.records(topic, partition);
    BOOST_REQUIRE(records.size() == 1U);
    return records.front();
  }
  std::string place(int64_t offset) const { return std::to_string(partition) + '-' + std::to_string(offset); }
  Timestamp recorded_at(std::size_t offset) const {
    return broker.records(Topic::events, partition).at(offset).timestamp;
  }
  int32_t partition = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(outputs)

BOOST_AUTO_TEST_CASE(headers_of_a_charge) {
  const SmallWorld world;
  const MemoryRecord record = world.only(Topic::charges);
  const auto event_id = parse_uuid("00000000-0000-4000-8000-000001000001");
  check_equal(headers_of(record), {{"ce_specversion", "1.0"},
                                   {"ce_id", format_uuid(charge_id_of("79161234567", *event_id))},
                                   {"ce_type", "subledger.charges.v1"},
                                   {"ce_source", "/subledger/charges"},
                                   {"ce_time", "2014-11-01T00:00:00.001Z"},
                                   {"ce_subject", "79161234567"},
                                   {"ce_dataschema", "urn:subledger:schema:charge:1"},
                                   {"content-type", "application/x-flatbuffers"},
                                   {"output-sequence", "1"}});
  BOOST_TEST(record.key.value() == "79161234567");
  BOOST_TEST((record.timestamp == world.recorded_at(0)));
}

BOOST_AUTO_TEST_CASE(headers_of_an_access_record) {
  const SmallWorld world;
  const MemoryRecord record = world.only(Topic::access);
  check_equal(headers_of(record), {{"ce_specversion", "1.0"},
                                   {"ce_id", world.place(0)},
                                   {"ce_type", "subledger.access.v1"},
                                   {"ce_source", "/subledger/access"},
                                   {"ce_time", "2014-11-01T00:00:00.001Z"},
                                   {"ce_subject", "79161234567"},
                                   {"ce_dataschema", "urn:subledger:schema:access:1"},
                                   {"content-type", "application/x-flatbuffers"},
                                   {"output-sequence", "1"}});
  BOOST_TEST(record.key.value() == "79161234567");
  BOOST_TEST((record.timestamp == world.recorded_at(0)));
}

/// Without a subject, since none was read; its key is null as the rejected record's is.
BOOST_AUTO_TEST_CASE(headers_of_a_reject) {
  const SmallWorld world;
  const auto rejects = world.broker.records(Topic::rejects, world.partition);
  BOOST_REQUIRE(rejects.size() == 2U);
  check_equal(headers_of(rejects[0]), {{"ce_specversion", "1.0"},
                                       {"ce_id", world.place(1)},
                                       {"ce_type", "subledger.rejects.v1"},
                                       {"ce_source", "/subledger/rejects"},
                                       {"ce_time", "2014-11-01T00:00:00.002Z"},
                                       {"ce_dataschema", "urn:subledger:schema:reject:1"},
                                       {"content-type", "application/x-flatbuffers"},
                                       {"output-sequence", "1"}});
  BOOST_TEST(!rejects[0].key);
  BOOST_TEST(rejects[1].key.value() == "key");
  BOOST_TEST((rejects[1].timestamp == world.recorded_at(2)));
  BOOST_TEST(rejects[1].headers.back().second.value() == "2");
}

/// Invariant I3: the rejected record's own bytes, unchanged.
BOOST_AUTO_TEST_CASE(reject_carries_its_input) {
  const SmallWorld world;
  const auto rejects = world.broker.records(Topic::rejects, world.partition);
  std::pmr::monotonic_buffer_resource scratch;
  const auto rubbish = decode_reject(rejects.at(0).value.value(), scratch);
  BOOST_REQUIRE(rubbish);
  BOOST_TEST(!rubbish->key);
  BOOST_TEST(rubbish->payload.value() == "rubbish");
  BOOST_TEST((rubbish->source == Source{world.partition, 1}));
  BOOST_REQUIRE(rubbish->headers.size() == 2U);
  BOOST_TEST(rubbish->headers[0].name == "trace");
  BOOST_TEST(rubbish->headers[0].value.value() == "7");
  BOOST_TEST(!rubbish->headers[1].value);
  const auto null_value = decode_reject(rejects.at(1).value.value(), scratch);
  BOOST_REQUIRE(null_value);
  BOOST_TEST(null_value->key.value() == "key");
  BOOST_TEST(!null_value->payload);
}

/// A subject stands where step 3 was passed, also in a reject.
BOOST_AUTO_TEST_CASE(reject_with_a_subject) {
  World world({.partitions = 1, .gaps = false, .subscribers = 1});
  world.append(event_json(1, "option_connected", "79161234567", R"(,"option":"locator")"));
  world.run_to_end();
  const Headers headers = headers_of(world.broker.records(Topic::rejects, 0).at(0));
  BOOST_TEST(headers.at(5).first == "ce_subject");
  BOOST_TEST(headers.at(5).second == "79161234567");
}

/// Null and empty are not the same, and what was given need not live on.
BOOST_AUTO_TEST_CASE(kept_bytes) {
  Outputs outputs;
  {
    std::string text(200, 'x');
    outputs.add({Topic::charges, 3, Timestamp{1'500'000}, 41, std::nullopt, text, "id", ""});
    outputs.add({Topic::charges, 3, Timestamp{2'000'000}, 42, "", "", "id", "subject"});
    text.assign(200, 'y');
  }
  std::array<Header, Outputs::headers_max> headers;
  const NewRecord first = outputs.record(0, headers);
  BOOST_TEST((first.topic == Topic::charges));
  BOOST_TEST(first.partition == 3);
  BOOST_TEST(!first.key);
  BOOST_TEST(first.value.value() == std::string(200, 'x'));
  BOOST_TEST(first.headers.size() == 8U);
  BOOST_TEST(headers_of(first)[4].second == "1970-01-01T00:00:01.5Z");
  BOOST_TEST(headers_of(first).back().second == "41");
  const NewRecord second = outputs.record(1, headers);
  BOOST_TEST(second.key.value().empty());
  BOOST_TEST(second.value.value().empty());
  BOOST_TEST(second.headers.size() == Outputs::headers_max);
}

BOOST_AUTO_TEST_CASE(cleared_outputs_begin_anew) {
  Outputs outputs;
  outputs.add({Topic::access, 0, {}, 1, "key", "value", "id", "subject"});
  BOOST_TEST(outputs.size() == 1U);
  BOOST_TEST(outputs.bytes() > 0U);
  outputs.clear();
  BOOST_TEST(outputs.size() == 0U);
  BOOST_TEST(outputs.bytes() == 0U);
  BOOST_TEST(outputs.firsts().empty());
  outputs.add({Topic::access, 0, {}, 2, "key", "value", "id", "subject"});
  BOOST_TEST(outputs.firsts().size() == 1U);
}

BOOST_AUTO_TEST_CASE(topic_names) {
  for (const Topic topic : {Topic::events, Topic::charges, Topic::access, Topic::rejects}) {
    BOOST_TEST((parse_topic(topic_name(topic)) == topic));
  }
  BOOST_TEST(!parse_topic("charge"));
}

BOOST_AUTO_TEST_SUITE_END()
