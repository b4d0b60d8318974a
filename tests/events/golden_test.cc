// The golden records: bytes of the released schemas with the JSON form of each beside them. They decode for
// ever to exactly that text, and the same values give exactly those bytes.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/events/files.h"
#include "tests/events/forms.h"

namespace subledger {
namespace {

struct Golden {
  std::string name;
  Form form{};
  std::string json;
  std::string bytes;
};

Form form_of(const std::string& name) {
  if (name.starts_with("event_")) return Form::event;
  if (name.starts_with("charge_")) return Form::charge;
  if (name.starts_with("access_")) return Form::access;
  BOOST_REQUIRE_MESSAGE(name.starts_with("reject_"), name << " is of no form");
  return Form::reject;
}

/// For a new golden record: its bytes, to be looked at and moved beside the JSON.
void offer(const Golden& golden) {
  const std::filesystem::path folder = std::filesystem::path(SUBLEDGER_BINARY_DIR) / "golden";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / (golden.name + ".bin"), std::ios::binary)
      << bytes_of_json(golden.form, golden.json).value_or("");
}

Golden load(const std::string& name) {
  Golden golden{.name = name,
                .form = form_of(name),
                .json = read_source_file("tests/events/golden/" + name + ".json"),
                .bytes = {}};
  BOOST_REQUIRE(golden.json.ends_with('\n'));
  golden.json.pop_back();
  const std::string path = "tests/events/golden/" + name + ".bin";
  if (std::filesystem::exists(source_path(path))) {
    golden.bytes = read_source_file(path);
  } else {
    offer(golden);
    BOOST_ERROR(name << " has no bytes; what this build would write is in the build folder's golden/");
  }
  return golden;
}

std::vector<Golden> load_all() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("tests/events/golden"))) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  std::vector<Golden> all;
  for (const std::string& name : names) all.push_back(load(name));
  return all;
}

bool some(const std::vector<Golden>& all, const std::string& text) {
  return std::ranges::any_of(
      all, [&text](const Golden& golden) { return golden.json.find(text) != std::string::npos; });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(golden)

BOOST_AUTO_TEST_CASE(every_type_and_kind_has_a_record) {
  const std::vector<Golden> all = load_all();
  for (const char* type :
       {"assistant_activated", "assistant_deactivated", "password_set", "login_attempted", "option_connected",
        "option_disconnected", "tariff_switched", "traffic_used", "service_used", "bonus_granted",
        "payment_received", "charge_reversed", "subscriber_closed", "catalog_published"}) {
    BOOST_CHECK_MESSAGE(some(all, "\"type\":\"" + std::string(type) + "\""), type);
  }
  for (std::size_t kind = 1; kind <= charge_kind_count; ++kind) {
    const auto name = std::string(kind_name(static_cast<ChargeKind>(kind)));
    BOOST_CHECK_MESSAGE(some(all, "\"kind\":\"" + name + "\""), name);
  }
}

BOOST_AUTO_TEST_CASE(bytes_decode_to_the_text) {
  for (const Golden& golden : load_all()) {
    const Decoded<std::string> text = json_of_bytes(golden.form, golden.bytes);
    BOOST_CHECK_MESSAGE(text == golden.json, golden.name << ": " << text.value_or(verdict(text)));
  }
}

BOOST_AUTO_TEST_CASE(text_encodes_to_the_bytes) {
  for (const Golden& golden : load_all()) {
    const Decoded<std::string> bytes = bytes_of_json(golden.form, golden.json);
    BOOST_CHECK_MESSAGE(bytes == golden.bytes, golden.name << ": " << verdict(bytes));
  }
}

BOOST_AUTO_TEST_CASE(text_is_written_as_it_was_read) {
  for (const Golden& golden : load_all()) {
    const Decoded<std::string> text = json_of_json(golden.form, golden.json);
    BOOST_CHECK_MESSAGE(text == golden.json, golden.name << ": " << text.value_or(verdict(text)));
  }
}

BOOST_AUTO_TEST_CASE(bytes_at_any_address) {
  for (const Golden& golden : load_all()) {
    for (std::size_t shift = 1; shift < 8; ++shift) {
      BOOST_CHECK_MESSAGE(json_of_bytes(golden.form, golden.bytes, shift) == golden.json,
                          golden.name << " +" << shift);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_truncation_is_malformed) {
  for (const Golden& golden : load_all()) {
    for (std::size_t size = 0; size < golden.bytes.size(); ++size) {
      const Decoded<std::string> text = json_of_bytes(golden.form, golden.bytes.substr(0, size));
      BOOST_CHECK_MESSAGE(!text && text.error().reason == Reason::malformed,
                          golden.name << " cut to " << size << " bytes: " << verdict(text));
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_after_the_end_are_no_part_of_the_record) {
  for (const Golden& golden : load_all()) {
    for (std::size_t size = 1; size <= 17; ++size) {
      BOOST_CHECK_MESSAGE(json_of_bytes(golden.form, golden.bytes + std::string(size, '\xFF')) == golden.json,
                          golden.name << " and " << size << " bytes");
    }
  }
}

// Another record, or none: both are fine as long as nothing outside the bytes is read and nothing aborts.
BOOST_AUTO_TEST_CASE(no_flipped_bit_crashes) {
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const Golden& golden : load_all()) {
    std::string bytes = golden.bytes;
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      const char flip = static_cast<char>(1U << bit % 8);
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ flip);
      ++(json_of_bytes(golden.form, bytes) ? accepted : refused);
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ flip);
    }
  }
  BOOST_CHECK_GT(accepted, 1000U);
  BOOST_CHECK_GT(refused, 1000U);
}

BOOST_AUTO_TEST_CASE(a_record_of_one_form_is_none_of_another) {
  for (const Golden& golden : load_all()) {
    for (const Form form : {Form::event, Form::charge, Form::access, Form::reject}) {
      if (form == golden.form) continue;
      BOOST_CHECK_EQUAL(verdict(json_of_bytes(form, golden.bytes)), "malformed: value: file identifier");
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace subledger
