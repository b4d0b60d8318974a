// Header lists that are used again hold what the next record has, never what the last one had.
#include "connectors/kafka/header_lists.h"

#include <librdkafka/rdkafka.h>

#include <boost/test/unit_test.hpp>

using namespace subledger;
using kafka::HeaderLists;
using kafka::HeadersHandle;

namespace {

using Pairs = std::vector<std::pair<std::string, std::optional<std::string>>>;

Pairs pairs_of(const HeadersHandle& list) {
  Pairs pairs;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(list.get(), i, &name, &value, &size) == 0; ++i) {
    pairs.emplace_back(name, std::nullopt);
    if (value != nullptr) pairs.back().second = std::string(static_cast<const char*>(value), size);
  }
  return pairs;
}

Pairs pairs_of(std::span<const Header> headers) {
  Pairs pairs;
  for (const Header& header : headers) {
    pairs.emplace_back(header.name, std::nullopt);
    if (header.value) pairs.back().second = std::string(*header.value);
  }
  return pairs;
}

struct Lists {
  /// Makes a list, checks it, and gives it back as a delivery does. Its address.
  const void* pass(const std::vector<Header>& headers) {
    const auto shape = HeaderLists::shape_of(headers);
    HeadersHandle list = lists.make(headers, shape);
    BOOST_TEST((pairs_of(list) == pairs_of(headers)));
    const void* address = list.get();
    lists.take_back(std::move(list), shape);
    return address;
  }
  HeaderLists lists;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(header_lists)

BOOST_AUTO_TEST_CASE(list_of_the_same_shape_is_used_again_with_new_values) {
  Lists lists;
  const void* first = lists.pass({{"ce_id", "aaaa"}, {"null", std::nullopt}, {"empty", ""}});
  BOOST_TEST(lists.pass({{"ce_id", "bbbb"}, {"null", std::nullopt}, {"empty", std::string_view()}}) == first);
}

BOOST_AUTO_TEST_CASE(lists_that_differ_in_anything_are_never_mixed_up) {
  Lists lists;
  const std::vector<std::vector<Header>> all = {
      {},
      {{"a", "1"}},
      {{"b", "1"}},  // another name of the same size
      {{"a", "12"}},
      {{"a", ""}},
      {{"a", std::nullopt}},
      {{"a", "1"}, {"a", "2"}},
      {{"ab", "1"}, {"a", "23"}},
      {{"a", std::string_view("\0", 1)}},
  };
  for (int round = 0; round < 3; ++round) {
    for (const auto& headers : all) lists.pass(headers);
  }
}

BOOST_AUTO_TEST_CASE(shapes_that_collide_do_no_harm) {
  HeaderLists lists;
  constexpr HeaderLists::Shape shape = 7;
  const std::vector<std::vector<Header>> all = {
      {{"a", "1"}}, {{"a", "12"}}, {{"a", "1"}, {"b", "2"}}, {{"a", std::nullopt}}, {{"ab", "1"}}};
  for (int round = 0; round < 2; ++round) {
    for (const auto& headers : all) {
      HeadersHandle list = lists.make(headers, shape);
      BOOST_TEST((pairs_of(list) == pairs_of(headers)));
      lists.take_back(std::move(list), shape);
    }
  }
}

BOOST_AUTO_TEST_CASE(lists_of_any_number_of_shapes_and_records_are_right) {
  // Goal: the bounds on what is kept. Far more shapes than are kept, and more lists of one shape.
  Lists lists;
  for (std::size_t size = 0; size < 1'000; ++size) {
    const std::string value(size, 'x');
    lists.pass({{"a", value}});
  }
  const std::vector<Header> headers = {{"a", "1"}};
  const auto shape = HeaderLists::shape_of(headers);
  for (int i = 0; i < 40'000; ++i) {
    lists.lists.take_back(HeaderLists().make(headers, shape), shape);
  }
  lists.pass({{"a", "2"}});
  lists.pass({{"b", "3"}});
}

BOOST_AUTO_TEST_SUITE_END()
