// UUID text, and the ids of charges.
#include "events/uuid.h"

#include <boost/test/unit_test.hpp>
#include <string>

namespace subledger {
namespace {

std::string parsed(std::string_view text) {
  const std::optional<Uuid> uuid = parse_uuid(text);
  return uuid ? format_uuid(*uuid) : "refused";
}

std::string charge_id(std::string_view subscriber, std::string_view event_id) {
  return format_uuid(charge_id_of(subscriber, parse_uuid(event_id).value()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(uuid)

BOOST_AUTO_TEST_CASE(either_case_is_read_and_lower_case_written) {
  BOOST_CHECK_EQUAL(parsed("018f2d3c-4b5a-7968-8776-a5b4c3d2e1f0"), "018f2d3c-4b5a-7968-8776-a5b4c3d2e1f0");
  BOOST_CHECK_EQUAL(parsed("018F2D3C-4B5A-7968-8776-A5B4C3D2E1F0"), "018f2d3c-4b5a-7968-8776-a5b4c3d2e1f0");
  BOOST_CHECK_EQUAL(parsed("00000000-0000-0000-0000-000000000000"), "00000000-0000-0000-0000-000000000000");
  BOOST_CHECK_EQUAL(parsed("ffffffff-ffff-ffff-ffff-fFfFfFfFfFfF"), "ffffffff-ffff-ffff-ffff-ffffffffffff");
}

BOOST_AUTO_TEST_CASE(bytes_stand_in_the_order_of_the_text) {
  const Uuid uuid = parse_uuid("00010203-0405-0607-0809-0a0b0c0d0e0f").value();
  for (std::size_t i = 0; i < uuid.bytes.size(); ++i) BOOST_CHECK_EQUAL(uuid.bytes[i], i);
}

BOOST_AUTO_TEST_CASE(other_forms) {
  for (const char* text :
       {"", "018f", "018f2d3c4b5a79688776a5b4c3d2e1f0", "{018f2d3c-4b5a-7968-8776-a5b4c3d2e1f0}",
        "urn:uuid:018f2d3c-4b5a-7968-8776-a5b4c3d2e1f0", "018f2d3c-4b5a-7968-8776-a5b4c3d2e1f",
        "018f2d3c-4b5a-7968-8776-a5b4c3d2e1f00", "018g2d3c-4b5a-7968-8776-a5b4c3d2e1f0",
        "018f2d3c_4b5a-7968-8776-a5b4c3d2e1f0", "018f2d3-c4b5a-7968-8776-a5b4c3d2e1f0",
        " 18f2d3c-4b5a-7968-8776-a5b4c3d2e1f0", "018f2d3c-4b5a-7968-8776-a5b4c3d2e1f\n"}) {
    BOOST_CHECK_EQUAL(parsed(text), "refused");
  }
}

BOOST_AUTO_TEST_CASE(known_charge_ids) {
  BOOST_CHECK_EQUAL(charge_id("79000001001", "00000000-0000-4000-8000-000001000003"),
                    "c84ecd36-279f-5c9e-b4fa-1fff196c50dd");
  BOOST_CHECK_EQUAL(charge_id("79000005001", "00000000-0000-4000-8000-000005000001"),
                    "15757d02-bd1b-5d71-986b-06ef3231cd9b");
  BOOST_CHECK_EQUAL(charge_id("79000010001", "00000000-0000-4000-8000-000010000001"),
                    "85ece62b-30bf-5638-ac53-f744ce0ec797");
  BOOST_CHECK_EQUAL(charge_id("79000016001", "00000000-0000-4000-8000-000016000002"),
                    "012476bb-6e6a-5005-bdd6-7b8f8ed5f23b");
}

BOOST_AUTO_TEST_CASE(charge_id_takes_the_event_id_in_lower_case) {
  BOOST_CHECK_EQUAL(charge_id("79000001001", "ABCDEF00-0000-4000-8000-000001000003"),
                    charge_id("79000001001", "abcdef00-0000-4000-8000-000001000003"));
}

BOOST_AUTO_TEST_CASE(charge_id_depends_on_the_subscriber) {
  BOOST_CHECK_NE(charge_id("79000012001", "00000000-0000-4000-8000-000012000001"),
                 charge_id("79000012002", "00000000-0000-4000-8000-000012000001"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace subledger
