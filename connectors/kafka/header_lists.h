// Lists of headers for records to be produced, whose memory is used again: librdkafka allocates each header
// by itself, and frees it with its record.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "connectors/kafka/handle.h"

namespace subledger::kafka {

/// Used by one thread. Most charges have headers of the same names and sizes as charges before them: such a
/// list takes the new values in place of the old ones.
class HeaderLists {
 public:
  /// By it a list that comes back is told from others; 0 for none.
  using Shape = uint64_t;
  static Shape shape_of(std::span<const Header> headers);

  /// A list that holds copies of these.
  HeadersHandle make(std::span<const Header> headers, Shape shape);
  /// Of a record that is done; `shape` is what its list was made with.
  void take_back(HeadersHandle list, Shape shape);

 private:
  struct Spare {
    std::vector<HeadersHandle> lists;
    uint64_t wanted = 0;  ///< the last list of this shape, in the order of making
  };
  void make_room();

  std::unordered_map<Shape, Spare> spare_;
  std::size_t spares_ = 0;
  uint64_t made_ = 0;
};

}  // namespace subledger::kafka
