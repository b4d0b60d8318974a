// SHA-256 (FIPS 180-4) over bytes as they come, so that `sha256sum` can check an export. No secret is hashed.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace subledger::ops {

class Sha256 {
 public:
  void add(std::string_view bytes);
  /// 64 lower-case hexadecimal digits of what has been added so far; more may be added afterwards.
  std::string text() const;

 private:
  void take_block(const char* block);

  std::array<uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::string rest_;  ///< less than a block
  uint64_t size_ = 0;
};

}  // namespace subledger::ops
