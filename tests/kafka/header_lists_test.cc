// Header lists that are used again hold what the next record has, never what the last one had.
#include "connectors/kafka/header_lists.h"

#include <librdkafka/rdkafka.h>

#include <boost/test/unit_test.hpp>
#include <utility>

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
    HeaderLists::List& list = lists.make(headers);
    BOOST_TEST((pairs_of(list.headers) == pairs_of(headers)));
    const void* address = list.headers.get();
    lists.take_back(list);
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
      {{"b", "1"}},  // another name of the same size: it has no place of its own
      {{"a", "12"}},
      {{"a", ""}},
      {{"a", std::nullopt}},
      {{"a", "1"}, {"a", "2"}},
      {{"ab", "1"}, {"a", "23"}},
      {{"a", std::string_view("\0", 1)}},
      std::vector<Header>(HeaderLists::headers_max, {"a", "1"}),
      std::vector<Header>(HeaderLists::headers_max + 1, {"a", "1"}),
  };
  for (int round = 0; round < 3; ++round) {
    for (const auto& headers : all) lists.pass(headers);
  }
}

BOOST_AUTO_TEST_CASE(lists_on_their_way_at_once_are_apart) {
  HeaderLists lists;
  std::vector<HeaderLists::List*> on_their_way;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100; ++i) {
      const std::string value = std::to_string((round + 1) * 100 + i);
      const std::vector<Header> headers = {{"a", value}, {"b", value}, {"c", "constant"}};
      on_their_way.push_back(&lists.make(headers));
      BOOST_TEST((pairs_of(on_their_way.back()->headers) == pairs_of(headers)));
    }
    for (HeaderLists::List* list : std::exchange(on_their_way, {})) lists.take_back(*list);
  }
}

BOOST_AUTO_TEST_CASE(list_that_comes_back_without_headers_is_made_anew) {
  HeaderLists lists;
  const std::vector<Header> headers = {{"a", "1"}};
  HeaderLists::List& list = lists.make(headers);
  list.headers.reset();
  lists.take_back(list);
  BOOST_TEST((pairs_of(lists.make(headers).headers) == pairs_of(headers)));
}

BOOST_AUTO_TEST_CASE(lists_of_any_number_of_shapes_and_records_are_right) {
  // Goal: the bounds on what is kept. Far more shapes than are kept, some with a list on its way while they
  // are let go, and more lists of one shape.
  Lists lists;
  std::vector<HeaderLists::List*> on_their_way;
  for (std::size_t size = 0; size < 1'000; ++size) {
    const std::string value(size, 'x');
    if (size % 7 == 0) on_their_way.push_back(&lists.lists.make({{Header{"a", value}}}));
    lists.pass({{"a", value}});
  }
  for (HeaderLists::List* list : std::exchange(on_their_way, {})) lists.lists.take_back(*list);
  const std::vector<Header> headers = {{"a", "1"}};
  for (int i = 0; i < 40'000; ++i) on_their_way.push_back(&lists.lists.make(headers));
  for (HeaderLists::List* list : on_their_way) lists.lists.take_back(*list);
  lists.pass({{"a", "2"}});
  lists.pass({{"b", "3"}});
}

BOOST_AUTO_TEST_SUITE_END()
