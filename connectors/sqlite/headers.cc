// Length-prefixed strings.
#include "connectors/sqlite/headers.h"

#include <cstdint>

#include "events/check.h"

namespace subledger::sqlite {
namespace {

constexpr uint32_t null_length = UINT32_MAX;

void append_length(std::string& out, uint32_t length) {
  for (unsigned shift = 0; shift < 32; shift += 8) out += static_cast<char>((length >> shift) & 0xff);
}

std::optional<uint32_t> take_length(std::string_view& blob) {
  if (blob.size() < 4) return std::nullopt;
  uint32_t length = 0;
  for (unsigned i = 0; i < 4; ++i)
    length |= static_cast<uint32_t>(static_cast<unsigned char>(blob[i])) << (8 * i);
  blob.remove_prefix(4);
  return length;
}

std::optional<std::string_view> take(std::string_view& blob, uint32_t length) {
  if (blob.size() < length) return std::nullopt;
  const std::string_view taken = blob.substr(0, length);
  blob.remove_prefix(length);
  return taken;
}

}  // namespace

void append_headers(std::string& out, std::span<const Header> headers) {
  for (const Header& header : headers) {
    CHECK(header.name.size() < null_length && (!header.value || header.value->size() < null_length));
    append_length(out, static_cast<uint32_t>(header.name.size()));
    out += header.name;
    append_length(out, header.value ? static_cast<uint32_t>(header.value->size()) : null_length);
    if (header.value) out += *header.value;
  }
}

std::optional<std::vector<Header>> decode_headers(std::string_view blob) {
  std::vector<Header> headers;
  while (!blob.empty()) {
    const std::optional<uint32_t> name_length = take_length(blob);
    if (!name_length) return std::nullopt;
    const std::optional<std::string_view> name = take(blob, *name_length);
    const std::optional<uint32_t> value_length = name ? take_length(blob) : std::nullopt;
    if (!value_length) return std::nullopt;
    std::optional<std::string_view> value;
    if (*value_length != null_length) {
      value = take(blob, *value_length);
      if (!value) return std::nullopt;
    }
    headers.push_back({*name, value});
  }
  return headers;
}

}  // namespace subledger::sqlite
