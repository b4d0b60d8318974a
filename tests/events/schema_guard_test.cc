// A released schema may grow, and nothing else: the current ones are compared with the frozen baseline, and
// for each rule of the guard a schema that breaks it is refused.
#include <flatbuffers/idl.h>

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/events/files.h"
#include "tests/events/schema_guard.h"

namespace subledger {
namespace {

const std::string schema_folder = "events/schema/";

/// The schema with common.fbs in place of its include, so that a test can change either.
std::string flat_schema(const std::string& name) {
  std::string text = read_source_file(schema_folder + name + ".fbs");
  const std::string include = "include \"common.fbs\";";
  const std::size_t at = text.find(include);
  BOOST_REQUIRE(at != std::string::npos);
  return text.replace(at, include.size(), read_source_file(schema_folder + "common.fbs"));
}

/// What `flatc -b --schema` writes for the text.
std::string compiled(const std::string& text) {
  flatbuffers::Parser parser;
  BOOST_REQUIRE_MESSAGE(parser.Parse(text.c_str()), parser.error_);
  parser.Serialize();
  return {reinterpret_cast<const char*>(parser.builder_.GetBufferPointer()), parser.builder_.GetSize()};
}

std::string baseline(const std::string& name) {
  return read_source_file(schema_folder + "baseline/" + name + ".bfbs");
}

/// What `flatc --conform` says; empty: conforms. Reading a binary schema, 2.0.8 forgets that an optional
/// number's default is null, and then finds that all of them differ; so it is put back.
std::string conform(const std::string& released_bfbs, const std::string& text) {
  flatbuffers::Parser released;
  BOOST_REQUIRE(
      released.Deserialize(reinterpret_cast<const uint8_t*>(released_bfbs.data()), released_bfbs.size()));
  for (const flatbuffers::StructDef* object : released.structs_.vec) {
    for (flatbuffers::FieldDef* field : object->fields.vec) {
      if (field->IsScalarOptional()) field->value.constant = "null";
    }
  }
  flatbuffers::Parser current;
  BOOST_REQUIRE_MESSAGE(current.Parse(text.c_str()), current.error_);
  return current.ConformTo(released);
}

std::string all(const std::vector<std::string>& findings) {
  std::string lines;
  for (const std::string& finding : findings) lines += finding + '\n';
  return lines;
}

/// Findings for the schema with its first `from` replaced by `to`.
std::vector<std::string> findings(const std::string& name, const std::string& from, const std::string& to) {
  std::string text = flat_schema(name);
  const std::size_t at = text.find(from);
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, "the schema has no text " << from);
  text.replace(at, from.size(), to);
  return incompatible_changes(baseline(name), compiled(text));
}

void refused(const std::string& name, const std::string& from, const std::string& to,
             const std::string& finding) {
  const std::string found = all(findings(name, from, to));
  BOOST_CHECK_MESSAGE(found.find(finding) != std::string::npos,
                      "wanted: " << finding << "\nfound: " << (found.empty() ? "nothing" : found));
}

void accepted(const std::string& name, const std::string& from, const std::string& to) {
  BOOST_CHECK_EQUAL(all(findings(name, from, to)), "");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(schema_guard)

BOOST_AUTO_TEST_CASE(current_schemas_keep_what_was_released) {
  for (const char* name : {"event", "charge", "access", "reject"}) {
    const std::string text = flat_schema(name);
    BOOST_CHECK_EQUAL(all(incompatible_changes(baseline(name), compiled(text))), "");
    BOOST_CHECK_EQUAL(conform(baseline(name), text), "");
  }
}

BOOST_AUTO_TEST_CASE(conform_runs_against_the_baseline) {
  std::string text = flat_schema("event");
  const std::string from = "bytes_down: ulong = null (id: 1)";
  text.replace(text.find(from), from.size(), "bytes_down: long = null (id: 1)");
  BOOST_CHECK_NE(conform(baseline("event"), text), "");
}

BOOST_AUTO_TEST_CASE(added_field_is_taken) {
  accepted("charge", "reverses: Uuid (id: 25);", "reverses: Uuid (id: 25); note: string (id: 26);");
}

BOOST_AUTO_TEST_CASE(added_event_type_is_taken) {
  accepted("event", "CatalogPublished = 14\n}", "CatalogPublished = 14, Renamed = 15\n}\ntable Renamed {}");
}

BOOST_AUTO_TEST_CASE(added_enum_value_is_taken) {
  accepted("event", "operator_desk = 5 }", "operator_desk = 5, post = 6 }");
}

BOOST_AUTO_TEST_CASE(added_required_field) {
  refused("charge", "reverses: Uuid (id: 25);", "reverses: Uuid (id: 25); note: string (id: 26, required);",
          "wire.Charge.note: added as required");
}

BOOST_AUTO_TEST_CASE(removed_last_field) {
  refused("charge", "reverses: Uuid (id: 25);", "", "wire.Charge.reverses: removed");
}

BOOST_AUTO_TEST_CASE(renamed_field) {
  refused("event", "rating_group: uint", "rating: uint", "wire.TrafficUsed.rating_group: removed");
}

BOOST_AUTO_TEST_CASE(exchanged_ids) {
  refused("event", "bytes_up: ulong = null (id: 0);\n  bytes_down: ulong = null (id: 1);",
          "bytes_up: ulong = null (id: 1);\n  bytes_down: ulong = null (id: 0);",
          "wire.TrafficUsed.bytes_up: id or place changed");
}

BOOST_AUTO_TEST_CASE(changed_type) {
  refused("event", "rating_group: uint", "rating_group: int", "wire.TrafficUsed.rating_group: type changed");
}

BOOST_AUTO_TEST_CASE(changed_enum_of_a_field) {
  refused("event", "outcome: LoginOutcome", "outcome: PasswordMethod",
          "wire.LoginAttempted.outcome: type changed");
}

BOOST_AUTO_TEST_CASE(changed_default) {
  refused("access", "failures: uint (id: 9)", "failures: uint = 3 (id: 9)",
          "wire.Access.failures: default changed");
}

BOOST_AUTO_TEST_CASE(optional_made_plain) {
  refused("event", "units: ulong = null", "units: ulong", "wire.ServiceUsed.units: optional changed");
}

BOOST_AUTO_TEST_CASE(plain_made_optional) {
  refused("access", "failures: uint (id: 9)", "failures: uint = null (id: 9)",
          "wire.Access.failures: optional changed");
}

BOOST_AUTO_TEST_CASE(required_dropped) {
  refused("event", "option: string (id: 0, required)", "option: string (id: 0)",
          "wire.OptionConnected.option: required changed");
}

BOOST_AUTO_TEST_CASE(required_added_to_a_field) {
  refused("event", "session: string (id: 2);", "session: string (id: 2, required);",
          "wire.TrafficUsed.session: required changed");
}

BOOST_AUTO_TEST_CASE(deprecated_field) {
  refused("event", "zone: string (id: 4);", "zone: string (id: 4, deprecated);",
          "wire.TrafficUsed.zone: deprecated changed");
}

BOOST_AUTO_TEST_CASE(removed_table) {
  refused("event", "SubscriberClosed = 13,\n  CatalogPublished = 14\n}", "CatalogPublished = 14\n}",
          "wire.Body.SubscriberClosed: removed");
  std::string text = flat_schema("event");
  for (const std::string part : {"table SubscriberClosed {}", "  SubscriberClosed = 13,\n"}) {
    text.replace(text.find(part), part.size(), "");
  }
  const std::string found = all(incompatible_changes(baseline("event"), compiled(text)));
  BOOST_CHECK(found.find("wire.SubscriberClosed: removed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(removed_enum) {
  std::string text = flat_schema("access");
  const std::string kept = "transition: AccessTransition (id: 12)";
  text.replace(text.find(kept), kept.size(), "transition: ubyte (id: 12)");
  const std::string gone = "enum AccessTransition : ubyte { none = 0, locked = 1, unlocked = 2 }";
  text.replace(text.find(gone), gone.size(), "");
  const std::string found = all(incompatible_changes(baseline("access"), compiled(text)));
  BOOST_CHECK(found.find("wire.AccessTransition: removed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(table_made_struct) {
  const std::string rest = " table Root { part: Part; } root_type Root; file_identifier \"TEST\";";
  const std::string released = compiled("table Part { size: int; }" + rest);
  const std::string current = compiled("struct Part { size: int; }" + rest);
  BOOST_CHECK(all(incompatible_changes(released, current)).starts_with("Part: a struct is not a table"));
}

BOOST_AUTO_TEST_CASE(removed_enum_value) {
  refused("event", "network = 4, ", "", "wire.Channel.network: removed");
}

BOOST_AUTO_TEST_CASE(changed_enum_value) {
  refused("event", "{ unknown = 0, correct = 1, wrong = 2 }", "{ unknown = 0, wrong = 1, correct = 2 }",
          "wire.LoginOutcome.correct: value changed");
}

BOOST_AUTO_TEST_CASE(changed_underlying_type) {
  refused("event", "enum Channel : ubyte", "enum Channel : ushort", "wire.Channel: underlying type changed");
}

BOOST_AUTO_TEST_CASE(changed_union_number) {
  refused("event", "PaymentReceived = 11,\n  ChargeReversed = 12,",
          "ChargeReversed = 11,\n  PaymentReceived = 12,", "wire.Body.PaymentReceived: value changed");
}

BOOST_AUTO_TEST_CASE(changed_union_member) {
  refused("event", "  OptionDisconnected = 6,", "  OptionDisconnected: OptionConnected = 6,",
          "wire.Body.OptionDisconnected: member type changed");
}

BOOST_AUTO_TEST_CASE(grown_struct) {
  refused("charge", "partition: int;", "partition: int; epoch: int;",
          "wire.Source: struct of another layout");
}

BOOST_AUTO_TEST_CASE(reordered_struct) {
  refused("charge", "offset: long;\n  partition: int;", "partition: int;\n  offset: long;",
          "wire.Source.partition: id or place changed");
}

BOOST_AUTO_TEST_CASE(grown_array) {
  refused("charge", "[ubyte:16]", "[ubyte:20]", "wire.Uuid.bytes: type changed");
}

BOOST_AUTO_TEST_CASE(changed_file_identifier) {
  refused("event", "file_identifier \"SLEV\"", "file_identifier \"SLE2\"", "file identifier: changed");
}

BOOST_AUTO_TEST_CASE(changed_root_type) {
  refused("event", "root_type Event", "root_type TrafficUsed", "root type: changed");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace subledger
