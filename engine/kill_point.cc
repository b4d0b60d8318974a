#include "engine/kill_point.h"

#ifdef SUBLEDGER_KILL_POINTS

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace subledger {
namespace {

constexpr int wrong_usage = 2;

struct Wish {
  std::size_t point = kill_point_names.size();  ///< none
  int64_t passing = 1;                          ///< from 1
};

[[noreturn]] void refuse(std::string_view text) {
  dprintf(STDERR_FILENO,
          "SUBLEDGER_KILL_AT=%.*s: write NAME:PASSING, passing from 1 and one of these names:\n",
          static_cast<int>(text.size()), text.data());
  for (const std::string_view name : kill_point_names) {
    dprintf(STDERR_FILENO, "  %.*s\n", static_cast<int>(name.size()), name.data());
  }
  _exit(wrong_usage);
}

Wish read_wish() {
  const char* const given = std::getenv("SUBLEDGER_KILL_AT");
  if (given == nullptr) return {};
  const std::string_view text = given;
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto* const name = std::ranges::find(kill_point_names, text.substr(0, colon));
  Wish wish{static_cast<std::size_t>(std::distance(kill_point_names.begin(), name)), 1};
  const char* const end = text.data() + text.size();
  if (colon < text.size()) {
    const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, wish.passing);
    if (error != std::errc{} || rest != end) refuse(text);
  }
  if (wish.point == kill_point_names.size() || wish.passing < 1) refuse(text);
  return wish;
}

}  // namespace

void pass(KillPoint point) {
  static const Wish wish = read_wish();
  static std::atomic<int64_t> left{wish.passing};
  if (point.number() != wish.point || --left != 0) return;
  const std::string_view name = kill_point_names.at(wish.point);
  dprintf(STDERR_FILENO, "killed at=%.*s passing=%lld\n", static_cast<int>(name.size()), name.data(),
          static_cast<long long>(wish.passing));
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

}  // namespace subledger

#endif
