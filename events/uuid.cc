// UUID text, and the charge id by SHA-1 (RFC 9562, section 5.5).
#include "events/uuid.h"

#include <algorithm>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>

namespace subledger {
namespace {

constexpr std::size_t text_size = 36;

constexpr bool hyphen_at(std::size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

int nibble_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != text_size) return std::nullopt;
  Uuid uuid;
  std::size_t nibbles = 0;
  for (std::size_t i = 0; i < text_size; ++i) {
    if (hyphen_at(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int nibble = nibble_of(text[i]);
    if (nibble < 0) return std::nullopt;
    uint8_t& byte = uuid.bytes[nibbles / 2];
    byte = static_cast<uint8_t>(byte << 4 | nibble);
    ++nibbles;
  }
  return uuid;
}

void append_uuid(std::string& out, const Uuid& uuid) {
  constexpr char digits[] = "0123456789abcdef";
  char text[text_size];
  std::size_t nibbles = 0;
  for (std::size_t i = 0; i < text_size; ++i) {
    if (hyphen_at(i)) {
      text[i] = '-';
      continue;
    }
    const uint8_t byte = uuid.bytes[nibbles / 2];
    text[i] = digits[nibbles % 2 == 0 ? byte >> 4 : byte & 15];
    ++nibbles;
  }
  out.append(text, text_size);
}

std::string format_uuid(const Uuid& uuid) {
  std::string out;
  append_uuid(out, uuid);
  return out;
}

Uuid charge_id_of(std::string_view subscriber, const Uuid& event_id) {
  std::string name = "subledger:charge:";
  name += subscriber;
  name += ':';
  append_uuid(name, event_id);
  const boost::uuids::name_generator_sha1 generator(boost::uuids::ns::url());
  const boost::uuids::uuid made = generator(name.data(), name.size());
  Uuid uuid;
  std::copy(made.begin(), made.end(), uuid.bytes.begin());
  return uuid;
}

}  // namespace subledger
