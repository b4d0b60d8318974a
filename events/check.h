// CHECK: a claim about our own code. It is always on, and never about input: what input can reach is data.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace subledger {

[[noreturn]] inline void check_failed(const char* claim, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: bug: %s does not hold\n", file, line, claim);
  std::abort();
}

}  // namespace subledger

#define CHECK(claim) ((claim) ? static_cast<void>(0) : ::subledger::check_failed(#claim, __FILE__, __LINE__))
