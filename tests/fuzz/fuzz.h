// What a fuzz target is: a function that takes any bytes and comes back. Linked with libFuzzer, which makes
// the bytes, or with replay.cc, which reads them from files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "events/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size);

namespace subledger {

inline std::string_view as_text(const uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace subledger
