// UUID text, and the charge id by SHA-1 (RFC 9562, section 5.5).
#include "events/uuid.h"

// One digest an event: the one-call interface looks its algorithm up each time, which costs more than the
// digest.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <algorithm>

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

/// The two digits of each byte.
constexpr auto digit_pairs = [] {
  constexpr char digits[] = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t byte = 0; byte < 256; ++byte) pairs[byte] = {digits[byte >> 4], digits[byte & 15]};
  return pairs;
}();

void write_uuid(char* out, const Uuid& uuid) {
  for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    const auto& pair = digit_pairs[uuid.bytes[i]];
    *out++ = pair[0];
    *out++ = pair[1];
  }
}

/// RFC 9562, section 6.6: 6ba7b811-9dad-11d1-80b4-00c04fd430c8.
constexpr std::array<uint8_t, 16> url_namespace = {0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1,
                                                   0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};

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
  char text[text_size];
  write_uuid(text, uuid);
  out.append(text, text_size);
}

std::string format_uuid(const Uuid& uuid) {
  std::string out;
  append_uuid(out, uuid);
  return out;
}

Uuid uuid_of_name(std::string_view name) {
  std::array<uint8_t, SHA_DIGEST_LENGTH> digest;
  SHA_CTX context;
  SHA1_Init(&context);
  SHA1_Update(&context, url_namespace.data(), url_namespace.size());
  SHA1_Update(&context, name.data(), name.size());
  SHA1_Final(digest.data(), &context);
  Uuid uuid;
  std::copy_n(digest.begin(), uuid.bytes.size(), uuid.bytes.begin());
  uuid.bytes[6] = static_cast<uint8_t>((uuid.bytes[6] & 0x0f) | 0x50);  // version 5
  uuid.bytes[8] = static_cast<uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);  // the RFC's variant
  return uuid;
}

Uuid charge_id_of(std::string_view subscriber, const Uuid& event_id) {
  constexpr std::string_view prefix = "subledger:charge:";
  constexpr std::size_t subscriber_max = 15;
  if (subscriber.size() > subscriber_max) {
    return uuid_of_name(std::string(prefix) + std::string(subscriber) + ':' + format_uuid(event_id));
  }
  char name[prefix.size() + subscriber_max + 1 + text_size];
  char* end = std::copy(prefix.begin(), prefix.end(), name);
  end = std::copy(subscriber.begin(), subscriber.end(), end);
  *end++ = ':';
  write_uuid(end, event_id);
  return uuid_of_name({name, static_cast<std::size_t>(end - name) + text_size});
}

}  // namespace subledger
