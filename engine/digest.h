// The digest of a partition's state: a sum over the hashes of its rows, kept up with each change, so that
// equal states have equal digests on any machine whatever way led there (architecture 5). Not a defence
// against forgery.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace subledger {

/// 128 bits as two words.
struct RowHash {
  uint64_t high = 0;
  uint64_t low = 0;

  friend bool operator==(RowHash, RowHash) = default;
};

RowHash hash_row(std::string_view key, std::string_view value);

/// A sum modulo 2^128; adding and removing commute.
class SetHash {
 public:
  SetHash() = default;
  explicit SetHash(RowHash sum) : sum_(sum) {}

  void add(RowHash row);
  void remove(RowHash row);
  RowHash sum() const { return sum_; }

 private:
  RowHash sum_;
};

/// 32 lower-case hexadecimal digits.
std::string format_hash(RowHash hash);

}  // namespace subledger
