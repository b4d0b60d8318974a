// Bytes of store rows: little variable-length numbers (LEB128, zigzag for signed) and length-prefixed
// strings. The reader never passes its end: a row that is cut or wrong makes it fail, not the process.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "projections/int128.h"

namespace subledger {

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void number(uint64_t value) {
    std::array<char, 10> bytes;
    std::size_t size = 0;
    for (; value >= 0x80; value >>= 7) bytes[size++] = static_cast<char>(value | 0x80);
    bytes[size++] = static_cast<char>(value);
    out_.append(bytes.data(), size);
  }
  void signed_number(int64_t value) {
    number(static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63));
  }
  void wide(Int128 value) {
    const auto bits = static_cast<Uint128>(value);
    number(static_cast<uint64_t>(bits >> 64));
    number(static_cast<uint64_t>(bits));
  }
  void flag(bool value) { out_ += value ? '\1' : '\0'; }
  void text(std::string_view value) {
    number(value.size());
    out_ += value;
  }
  template <std::size_t size>
  void fixed(const std::array<uint8_t, size>& value) {
    out_.append(reinterpret_cast<const char*>(value.data()), size);
  }

 private:
  std::string& out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  uint64_t number() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<uint8_t>(take(1).empty() ? '\0' : last_);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return fail();
  }
  int64_t signed_number() {
    const uint64_t value = number();
    return static_cast<int64_t>(value >> 1 ^ (~(value & 1) + 1));
  }
  Int128 wide() {
    const uint64_t high = number();
    const uint64_t low = number();
    return static_cast<Int128>(static_cast<Uint128>(high) << 64 | low);
  }
  /// A number above `max` makes the reader fail.
  uint64_t number_up_to(uint64_t max) {
    const uint64_t value = number();
    return value <= max ? value : fail();
  }
  bool flag() { return number_up_to(1) == 1; }
  std::string_view text() { return take(number_up_to(bytes_.size())); }
  template <std::size_t size>
  std::array<uint8_t, size> fixed() {
    std::array<uint8_t, size> value{};
    const std::string_view bytes = take(size);
    if (!bytes.empty()) std::memcpy(value.data(), bytes.data(), size);
    return value;
  }
  /// True once everything was read and nothing failed.
  bool finished() const { return !failed_ && bytes_.empty(); }
  bool failed() const { return failed_; }

 private:
  uint64_t fail() {
    failed_ = true;
    bytes_ = {};
    return 0;
  }
  std::string_view take(std::size_t size) {
    if (size > bytes_.size() || size == 0) {
      if (size != 0) fail();
      return {};
    }
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    last_ = taken.back();
    return taken;
  }

  std::string_view bytes_;
  char last_ = 0;
  bool failed_ = false;
};

}  // namespace subledger
