// Strings from outside: judged, and shown without harm. And the small codecs beside them.
#include "events/text.h"

#include <boost/test/unit_test.hpp>
#include <random>
#include <string>

#include "events/base64.h"
#include "events/msisdn.h"

namespace subledger {
namespace {

std::string printable(std::string_view text, std::size_t size_max = 64) {
  std::string out;
  append_printable(out, text, size_max);
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(text)

// Faults must be seen at any place of a string, also where eight bytes are looked at together.
BOOST_AUTO_TEST_CASE(faults_at_every_place) {
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      BOOST_CHECK(text_fault(text) == TextFault::none);
      text[at] = '\x1F';
      BOOST_CHECK(text_fault(text) == TextFault::control_character);
      text[at] = '\x7F';
      BOOST_CHECK(text_fault(text) == TextFault::control_character);
      text[at] = '\x80';
      BOOST_CHECK(text_fault(text) == TextFault::invalid_utf8);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_printable_character) {
  for (char c = ' '; c < '\x7F'; ++c) BOOST_CHECK(text_fault(std::string(17, c)) == TextFault::none);
}

BOOST_AUTO_TEST_CASE(invalid_utf8_stands_before_a_control_character) {
  BOOST_CHECK(text_fault("\n\xFF") == TextFault::invalid_utf8);
}

BOOST_AUTO_TEST_CASE(printable_shows_no_control) {
  BOOST_CHECK_EQUAL(printable("plain, Ж"), "plain, Ж");
  BOOST_CHECK_EQUAL(printable("\x1B[31m\r\n"), "\\u001b[31m\\u000d\\u000a");
  BOOST_CHECK_EQUAL(printable("\xC2\x9B"
                              "31m\x7F"),
                    "\\u009b31m\\u007f");
  BOOST_CHECK_EQUAL(printable("\xFFz\xC3"), "\\xffz\\xc3");
  BOOST_CHECK_EQUAL(printable(std::string_view("\0", 1)), "\\u0000");
}

BOOST_AUTO_TEST_CASE(printable_is_short) {
  BOOST_CHECK_EQUAL(printable("abcdef", 6), "abcdef");
  BOOST_CHECK_EQUAL(printable("abcdefg", 6), "abcdef...");
  BOOST_CHECK_EQUAL(printable(std::string(1'000'000, 'x')).size(), 67U);
}

BOOST_AUTO_TEST_CASE(base64_of_rfc_4648) {
  const std::pair<const char*, const char*> known[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : known) {
    BOOST_CHECK_EQUAL(base64(bytes), text);
    BOOST_CHECK_EQUAL(parse_base64(text).value_or("refused"), bytes);
  }
  BOOST_CHECK_EQUAL(base64("\xFB\xFF\xFE"), "+//+");
}

BOOST_AUTO_TEST_CASE(base64_of_another_form) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==", "Zm 9v",
                           "Zm9v\n", "Zm9-", "Zm9_", "Z=g=", "=Zg="}) {
    BOOST_CHECK_MESSAGE(!parse_base64(text), text);
  }
}

BOOST_AUTO_TEST_CASE(any_bytes_survive_base64) {
  const unsigned seed = std::random_device{}();
  std::mt19937_64 random(seed);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    BOOST_CHECK_MESSAGE(parse_base64(base64(bytes)) == bytes, "seed " << seed << ", size " << size);
  }
}

BOOST_AUTO_TEST_CASE(msisdn_form) {
  BOOST_CHECK_EQUAL(parse_msisdn("1000000")->number, 1'000'000U);
  BOOST_CHECK_EQUAL(parse_msisdn("999999999999999")->number, 999'999'999'999'999U);
  for (const char* text : {"", "+79161234567", "0079161234567", "0916123", "letters", "7916 234567", "123456",
                           "7916123456789012", "７９１６１２３", "7916123456a", "-9161234567"}) {
    BOOST_CHECK_MESSAGE(!parse_msisdn(text), text);
  }
}

BOOST_AUTO_TEST_CASE(msisdn_in_a_log_line) {
  BOOST_CHECK_EQUAL(masked_msisdn(Msisdn{79161234567}), "...567");
  BOOST_CHECK_EQUAL(format_msisdn(Msisdn{79161234567}), "79161234567");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace subledger
