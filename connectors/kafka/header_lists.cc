#include "connectors/kafka/header_lists.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace subledger::kafka {
namespace {

/// As many as a few chunks have records. Charges have few shapes at a time; records of others, sent again,
/// may have many.
constexpr std::size_t spares_max = 32'768;
constexpr std::size_t shapes_max = 256;
constexpr uint64_t null_size = ~uint64_t{0};

HeadersHandle new_list(std::span<const Header> headers) {
  HeadersHandle list(rd_kafka_headers_new(headers.size()));
  for (const auto& [name, value] : headers) {
    const char* data = value && value->data() == nullptr ? "" : value ? value->data() : nullptr;
    rd_kafka_header_add(list.get(), name.data(), static_cast<ssize_t>(name.size()), data,
                        value ? static_cast<ssize_t>(value->size()) : 0);
  }
  return list;
}

/// Writes the values into a list where all names and sizes are the same; else false, and the list is spoilt.
/// The library hands values out as const, but they lie in memory of the list, which is ours.
bool refill(rd_kafka_headers_t* list, std::span<const Header> headers) {
  if (rd_kafka_header_cnt(list) != headers.size()) return false;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_header_get_all(list, i, &name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
    const Header& header = headers[i];
    if (header.name != name || header.value.has_value() != (value != nullptr)) return false;
    if (!header.value) continue;
    if (header.value->size() != size) return false;
    if (size != 0) std::memcpy(const_cast<void*>(value), header.value->data(), size);
  }
  return true;
}

}  // namespace

HeaderLists::Shape HeaderLists::shape_of(std::span<const Header> headers) {
  constexpr uint64_t basis = 0xcbf29ce484222325;  // FNV-1a, over sizes
  constexpr uint64_t prime = 0x100000001b3;
  Shape shape = basis;
  for (const Header& header : headers) {
    shape = (shape ^ header.name.size()) * prime;
    shape = (shape ^ (header.value ? header.value->size() : null_size)) * prime;
  }
  return shape;
}

HeadersHandle HeaderLists::make(std::span<const Header> headers, Shape shape) {
  ++made_;
  const auto found = spare_.find(shape);
  if (found == spare_.end()) return new_list(headers);
  Spare& spare = found->second;
  spare.wanted = made_;
  if (spare.lists.empty()) return new_list(headers);
  HeadersHandle list = std::move(spare.lists.back());
  spare.lists.pop_back();
  --spares_;
  return refill(list.get(), headers) ? std::move(list) : new_list(headers);
}

void HeaderLists::take_back(HeadersHandle list, Shape shape) {
  Spare& spare = spare_[shape];
  spare.lists.push_back(std::move(list));
  ++spares_;
  if (spares_ > spares_max || spare_.size() > shapes_max) make_room();
}

/// Lets go of the shape that has not been wanted for longest: sequences and times change their lengths.
void HeaderLists::make_room() {
  const auto oldest = std::min_element(spare_.begin(), spare_.end(), [](const auto& a, const auto& b) {
    return a.second.wanted < b.second.wanted;
  });
  spares_ -= oldest->second.lists.size();
  spare_.erase(oldest);
}

}  // namespace subledger::kafka
