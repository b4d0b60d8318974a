// What the decoders share: bytes to a verified FlatBuffers root. Private to this folder.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstring>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "events/form.h"

namespace subledger::codec {

inline constexpr uint16_t schema_major = 1;

inline tl::unexpected<Refusal> refuse(std::string_view field, std::string_view fault) {
  return tl::unexpected<Refusal>(malformed(field, fault));
}

inline tl::unexpected<Refusal> refuse_schema(unsigned major) {
  return tl::unexpected<Refusal>(Refusal{Reason::unsupported, "schema_major: " + std::to_string(major)});
}

/// FlatBuffers reads scalars in place, so its buffer must begin at an address that is a multiple of 8. Kafka
/// and SQLite give no such promise.
inline std::string_view aligned(std::string_view value, std::pmr::memory_resource& scratch) {
  if (reinterpret_cast<std::uintptr_t>(value.data()) % 8 == 0) return value;
  char* copy = static_cast<char*>(scratch.allocate(value.size(), 8));
  std::memcpy(copy, value.data(), value.size());
  return {copy, value.size()};
}

/// The size, the file identifier, then the verifier; `limits` bound the time that hostile bytes can cost.
/// nullopt: `value` can be read as a Root.
template <class Root>
std::optional<Refusal> verify(std::string_view value, const char* identifier,
                              const flatbuffers::Verifier::Options& limits) {
  if (value.empty()) return malformed("value", "empty");
  // The identifier stands behind the root's offset of four bytes. The library asserts the upper bound.
  if (value.size() < 8 || value.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) return malformed("value", "size");
  if (!flatbuffers::BufferHasIdentifier(value.data(), identifier))
    return malformed("value", "file identifier");
  flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(value.data()), value.size(), limits);
  if (!verifier.VerifyBuffer<Root>(identifier)) return malformed("value", "not verifiable");
  return std::nullopt;
}

inline std::string_view view_of(const flatbuffers::String& text) { return {text.c_str(), text.size()}; }

inline std::string_view view_of(const flatbuffers::Vector<uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Of a FlatBuffers pointer that may be null: the view, or nullopt.
template <class Field>
std::optional<std::string_view> optional_view(const Field* field) {
  if (field == nullptr) return std::nullopt;
  return view_of(*field);
}

/// How far into a buffer its strings and byte vectors reach. Writers pad those to four bytes, and the
/// verifier does not miss the padding at the end of a buffer that has been cut there; bytes behind it belong
/// to nothing and do no harm.
class Extent {
 public:
  explicit Extent(std::string_view buffer) : begin_(buffer.data()), size_(buffer.size()) {}

  /// A string ends with a NUL. A view that points to nowhere stands for an absent field.
  void add_string(std::string_view text) {
    if (text.data() != nullptr) reach(text.data() + text.size() + 1);
  }

  void add_bytes(std::string_view bytes) {
    if (bytes.data() != nullptr) reach(bytes.data() + bytes.size());
  }

  bool whole() const { return (reached_ + 3) / 4 * 4 <= size_; }

 private:
  void reach(const char* end) {
    const auto offset = static_cast<std::size_t>(end - begin_);
    if (offset > reached_) reached_ = offset;
  }

  const char* begin_;
  std::size_t size_;
  std::size_t reached_ = 0;
};

/// `Wire` is the generated struct of 16 bytes.
template <class Wire>
Uuid uuid_of(const Wire& id) {
  Uuid uuid;
  std::memcpy(uuid.bytes.data(), id.bytes()->Data(), uuid.bytes.size());
  return uuid;
}

template <class Wire>
std::optional<Uuid> optional_uuid(const Wire* id) {
  if (id == nullptr) return std::nullopt;
  return uuid_of(*id);
}

}  // namespace subledger::codec
