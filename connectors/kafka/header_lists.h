// Lists of headers for records to be produced, whose memory is used again: librdkafka allocates each header
// by itself, and frees it with its record.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "connectors/kafka/handle.h"

namespace subledger::kafka {

/// Used by one thread. Most charges have headers of the same names and sizes as charges before them: such a
/// list takes the new values in place of the old ones.
class HeaderLists {
 public:
  /// Lists of more are not used again.
  static constexpr std::size_t headers_max = 12;
  struct Shape;
  /// A list on its way with a record; lives until it comes back.
  struct List {
    HeadersHandle headers;                    ///< empty while the library owns them
    Shape* shape = nullptr;                   ///< nullptr: not used again
    std::array<char*, headers_max> values{};  ///< where they stand in the memory of `headers`
  };

  HeaderLists();
  HeaderLists(const HeaderLists&) = delete;
  HeaderLists& operator=(const HeaderLists&) = delete;
  ~HeaderLists();

  /// A list that holds copies of these.
  List& make(std::span<const Header> headers);
  /// Of a record that is done, with its headers or, where the library has lost them, without.
  void take_back(List& list);

 private:
  Shape* shape_of(std::span<const Header> headers);
  List& new_list(std::span<const Header> headers, Shape* shape);
  void let_go(List& list);
  void make_room();

  std::unordered_map<uint64_t, Shape> shapes_;
  std::deque<List> lists_;    // all that were ever needed at a time
  std::vector<List*> empty_;  // of them
  std::size_t spares_ = 0;
  uint64_t made_ = 0;
};

}  // namespace subledger::kafka
