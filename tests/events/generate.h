// Random well-formed events and records from a seed: every field, present and absent, at its edges and
// between.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "events/event.h"
#include "events/records.h"

namespace subledger {

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  // The views of a value live until the next one is made.
  Event event();
  ChargeRecord charge();
  AccessRecord access();
  RejectRecord reject();

  /// Changes, removes or doubles some bytes.
  void damage(std::string& text);

 private:
  uint64_t below(uint64_t bound) { return random_() % bound; }
  bool coin() { return below(2) == 0; }
  /// Of any magnitude, the edges more often than chance.
  uint64_t number();
  int64_t signed_number() { return static_cast<int64_t>(number()); }
  Money money() { return Money{signed_number()}; }
  Timestamp time();
  Uuid uuid();
  Msisdn msisdn();
  Source source() { return {.partition = static_cast<int32_t>(number()), .offset = signed_number()}; }
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }
  /// Well-formed, not empty.
  std::string_view text(std::size_t size_max);
  std::string_view text_or_absent(std::size_t size_max) {
    return coin() ? text(size_max) : std::string_view();
  }
  std::string_view bytes();
  EventBody body(std::size_t type);

  template <class Make>
  auto maybe(Make make) -> std::optional<decltype(make())> {
    if (coin()) return std::nullopt;
    return make();
  }

  std::mt19937_64 random_;
  std::deque<std::string> kept_;
  std::vector<Header> headers_;
};

}  // namespace subledger
