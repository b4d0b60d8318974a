#include "ops/stop_limit.h"

#include <poll.h>
#include <unistd.h>

#include <string_view>
#include <tuple>

#include "ops/failure.h"

namespace subledger::ops {
namespace {

constexpr auto look_again = std::chrono::milliseconds(100);
constexpr auto stop_max = std::chrono::milliseconds(10'000);

}  // namespace

StopLimit::StopLimit(const std::atomic<bool>& stop) : stop_(stop), thread_([this] { watch(); }) {}

StopLimit::~StopLimit() {
  {
    const std::scoped_lock lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool StopLimit::over_within(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return over_; });
}

void StopLimit::watch() {
  while (!stop_) {
    if (over_within(look_again)) return;
  }
  if (over_within(stop_max)) return;
  // Not by way of what may be waiting itself: a lock of stderr's, or a pipe that nobody reads.
  constexpr std::string_view word =
      "subledger run: stopped while the log or a disk did not answer in time; "
      "whether the last chunk is in the log, the next start finds out\n";
  pollfd output{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&output, 1, 0) == 1) std::ignore = ::write(STDERR_FILENO, word.data(), word.size());
  ::_exit(static_cast<int>(ExitCode::failed));
}

}  // namespace subledger::ops
