// A signal handler can reach nothing but globals; these are the only ones.
#include "ops/signals.h"

#include <unistd.h>

#include <csignal>

#include "ops/failure.h"

namespace subledger::ops {
namespace {

std::atomic<bool> stop_asked = false;
std::atomic<int> first_signal = 0;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

extern "C" void end_now(int) { ::_exit(static_cast<int>(ExitCode::interrupted)); }

extern "C" void ask_to_stop(int signal) {
  if (stop_asked.exchange(true) && signal != SIGHUP) ::_exit(static_cast<int>(ExitCode::interrupted));
  if (first_signal == 0) first_signal = signal;
}

/// As `nohup` leaves it.
bool hang_up_ignored() {
  struct sigaction now {};
  return ::sigaction(SIGHUP, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);  // without SA_RESTART: a read that waits returns
}

}  // namespace

void set_up_signals() {
  handle(SIGPIPE, SIG_IGN);
  handle(SIGINT, &end_now);
}

StopSignals::StopSignals() {
  stop_asked = false;
  first_signal = 0;
  handle(SIGINT, &ask_to_stop);
  handle(SIGTERM, &ask_to_stop);
  if (!hang_up_ignored()) handle(SIGHUP, &ask_to_stop);
}

StopSignals::~StopSignals() {
  handle(SIGINT, &end_now);
  handle(SIGTERM, SIG_DFL);
  if (!hang_up_ignored()) handle(SIGHUP, SIG_DFL);
}

const std::atomic<bool>& StopSignals::stop() const { return stop_asked; }

bool StopSignals::terminated() const { return first_signal == SIGTERM || first_signal == SIGHUP; }

}  // namespace subledger::ops
