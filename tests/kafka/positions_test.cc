#include "connectors/kafka/positions.h"

#include <boost/test/unit_test.hpp>

using namespace subledger;
using namespace subledger::kafka;

BOOST_AUTO_TEST_SUITE(positions)

BOOST_AUTO_TEST_CASE(writer_stands_behind_the_note) {
  for (const std::string note : {"", "1 ab 1 2 3", "a writer=b"}) {
    const auto position = parse_position(7, metadata_of(note, "group-instance-0"));
    BOOST_TEST((position.committed.position == 7));
    BOOST_TEST(position.committed.metadata == note);
    BOOST_TEST(position.writer == "group-instance-0");
  }
}

BOOST_AUTO_TEST_CASE(writer_is_left_out_where_there_is_no_room_for_it) {
  const std::string note(4'000, 'n');
  for (const std::size_t size : {88U, 89U}) {
    const std::string writer(size, 'w');
    const auto metadata = metadata_of(note, writer);
    BOOST_TEST(metadata.size() <= 4'096U);
    const auto position = parse_position(7, metadata);
    BOOST_TEST(position.committed.metadata == note);
    BOOST_TEST(position.writer == (size == 88 ? writer : ""));
  }
}

BOOST_AUTO_TEST_CASE(note_without_a_writer_and_no_position_are_understood) {
  const auto position = parse_position(-1'001, "1 ab 1 2 3");
  BOOST_TEST(!position.committed.position);
  BOOST_TEST(position.committed.metadata == "1 ab 1 2 3");
  BOOST_TEST(position.writer.empty());
}

BOOST_AUTO_TEST_SUITE_END()
