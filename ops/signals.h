// SIGINT, SIGTERM and SIGHUP. Commands end at once on SIGINT with exit code 130, unless they ask to be told.
#pragma once

#include <atomic>

namespace subledger::ops {

/// For the whole program: SIGINT ends it with 130; writing to a pipe without a reader is an error, no signal.
void set_up_signals();

/// While it lives, the first SIGINT, SIGTERM or SIGHUP only sets a flag, and interrupts a read that waits;
/// a second one ends the program at once, but for SIGHUP, which a shell and the system both send. SIGHUP
/// stays ignored where it was. One at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  const std::atomic<bool>& stop() const;
  /// SIGTERM or SIGHUP came first: not a person at the keyboard.
  bool terminated() const;
};

}  // namespace subledger::ops
