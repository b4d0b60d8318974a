#include "connectors/kafka/header_lists.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace subledger::kafka {

/// Names, and the sizes of values.
struct HeaderLists::Shape {
  struct Field {
    std::string name;
    std::optional<std::size_t> value_size;  ///< nullopt: a null value
  };

  bool is_of(std::span<const Header> headers) const {
    return std::ranges::equal(fields, headers, [](const Field& field, const Header& header) {
      return field.name == header.name && field.value_size.has_value() == header.value.has_value() &&
             (!header.value || *field.value_size == header.value->size());
    });
  }

  std::vector<Field> fields;
  std::vector<List*> spare;
  std::size_t on_their_way = 0;
  uint64_t wanted = 0;  ///< the last list of this shape, in the order of making
};

namespace {

/// As many as a few chunks have records. Charges have few shapes at a time; records of others, sent again,
/// may have many.
constexpr std::size_t spares_max = 32'768;
constexpr std::size_t shapes_max = 256;
constexpr uint64_t null_size = 0xffff'ffff;
// Lists come back by the thousand before they are wanted again, and have left the processor's caches.
constexpr std::size_t lists_ahead = 8;
constexpr std::size_t values_ahead = 4;

uint64_t hash_sizes(std::span<const Header> headers) {
  constexpr uint64_t basis = 0xcbf29ce484222325;  // FNV-1a, over sizes
  constexpr uint64_t prime = 0x100000001b3;
  uint64_t hash = basis;
  for (const Header& header : headers) {
    const uint64_t value_size = header.value ? header.value->size() : null_size;
    hash = (hash ^ (uint64_t{header.name.size()} << 32 ^ value_size)) * prime;
  }
  return hash;
}

HeadersHandle library_list(std::span<const Header> headers) {
  HeadersHandle list(rd_kafka_headers_new(headers.size()));
  for (const auto& [name, value] : headers) {
    const char* data = value && value->data() == nullptr ? "" : value ? value->data() : nullptr;
    rd_kafka_header_add(list.get(), name.data(), static_cast<ssize_t>(name.size()), data,
                        value ? static_cast<ssize_t>(value->size()) : 0);
  }
  return list;
}

/// The library hands values out as const, but they lie in memory of the list, which is ours.
void find_values(HeaderLists::List& list) {
  for (std::size_t i = 0; i < list.values.size(); ++i) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_header_get_all(list.headers.get(), i, &name, &value, &size) != 0) return;
    list.values[i] = static_cast<char*>(const_cast<void*>(value));
  }
}

void fetch_ahead(const std::vector<HeaderLists::List*>& spare) {
  if (spare.size() > lists_ahead) {
    const HeaderLists::List* list = spare[spare.size() - 1 - lists_ahead];
    __builtin_prefetch(list);
    __builtin_prefetch(&list->values.back());
  }
  if (spare.size() <= values_ahead) return;
  for (const char* value : spare[spare.size() - 1 - values_ahead]->values) __builtin_prefetch(value);
}

}  // namespace

HeaderLists::HeaderLists() = default;
HeaderLists::~HeaderLists() = default;

/// nullptr: too many, or another shape has this one's place.
HeaderLists::Shape* HeaderLists::shape_of(std::span<const Header> headers) {
  if (headers.size() > headers_max) return nullptr;
  const auto [found, added] = shapes_.try_emplace(hash_sizes(headers));
  Shape& shape = found->second;
  if (added) {
    for (const auto& [name, value] : headers) {
      shape.fields.push_back({std::string(name), value ? std::optional(value->size()) : std::nullopt});
    }
  }
  return added || shape.is_of(headers) ? &shape : nullptr;
}

HeaderLists::List& HeaderLists::new_list(std::span<const Header> headers, Shape* shape) {
  if (empty_.empty()) empty_.push_back(&lists_.emplace_back());
  List& list = *empty_.back();
  empty_.pop_back();
  list.headers = library_list(headers);
  list.shape = shape;
  if (shape != nullptr) find_values(list);
  return list;
}

HeaderLists::List& HeaderLists::make(std::span<const Header> headers) {
  ++made_;
  Shape* shape = shape_of(headers);
  if (shape == nullptr) return new_list(headers, nullptr);
  shape->wanted = made_;
  ++shape->on_their_way;
  if (shape->spare.empty()) return new_list(headers, shape);
  fetch_ahead(shape->spare);
  List& list = *shape->spare.back();
  shape->spare.pop_back();
  --spares_;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto& value = headers[i].value;
    if (value && !value->empty()) std::memcpy(list.values[i], value->data(), value->size());
  }
  return list;
}

void HeaderLists::let_go(List& list) {
  list.headers.reset();
  empty_.push_back(&list);
}

void HeaderLists::take_back(List& list) {
  if (list.shape != nullptr) --list.shape->on_their_way;
  if (list.shape == nullptr || !list.headers) return let_go(list);
  list.shape->spare.push_back(&list);
  ++spares_;
  if (spares_ > spares_max || shapes_.size() > shapes_max) make_room();
}

/// Lets go of the shape that has not been wanted for longest: sequences and times change their lengths.
void HeaderLists::make_room() {
  const auto oldest =
      std::ranges::min_element(shapes_, {}, [](const auto& shape) { return shape.second.wanted; });
  Shape& shape = oldest->second;
  spares_ -= shape.spare.size();
  for (List* list : std::exchange(shape.spare, {})) let_go(*list);
  if (shape.on_their_way == 0) shapes_.erase(oldest);
}

}  // namespace subledger::kafka
