// Named places at which a build for tests can be told to die, as by a crash at just that moment:
// SUBLEDGER_KILL_AT=before_commit:3 ends the process by SIGKILL when it comes to that place for the third
// time. Other builds hold nothing of it: SUBLEDGER_KILL_POINTS is an option of the build.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace subledger {

/// In the order of a chunk's way. Begin to commit are those of a transaction on Kafka; promote is what lets a
/// committed chunk's rows go to the store; in_recovery is each record that is replayed to catch up with the
/// log.
inline constexpr std::array<std::string_view, 18> kill_point_names = {
    "after_poll",          "before_begin",       "after_begin",   "before_produce",     "after_produce",
    "before_send_offsets", "after_send_offsets", "before_flush",  "after_flush",        "before_commit",
    "after_commit",        "before_promote",     "after_promote", "before_store_write", "after_store_write",
    "before_store_flush",  "after_store_flush",  "in_recovery",
};

/// One of the names; any other does not compile.
class KillPoint {
 public:
  consteval explicit KillPoint(std::string_view name)
      : number_(static_cast<std::size_t>(
            std::distance(kill_point_names.begin(), std::ranges::find(kill_point_names, name)))) {
    if (number_ == kill_point_names.size()) no_such_kill_point();
  }
  std::size_t number() const { return number_; }

 private:
  static void no_such_kill_point();

  std::size_t number_;
};

#ifdef SUBLEDGER_KILL_POINTS
/// Comes to the point; from any thread. Does not return where the process is to die here.
void pass(KillPoint point);
#else
inline void pass(KillPoint) {}
#endif

}  // namespace subledger
