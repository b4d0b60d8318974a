// A kill under load: how long until the engine, started again at once, has committed something new.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <numeric>
#include <thread>

#include "bench/benches.h"

namespace subledger::bench {
namespace {

constexpr auto load_wait = std::chrono::minutes(60);
constexpr auto restart_wait = std::chrono::seconds(60);
constexpr auto look_interval = std::chrono::milliseconds(10);
constexpr int poll_ms = 1;

/// Its standard output would mix with the report. It ends with this program.
pid_t start(const std::vector<std::string>& command) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) give_up("cannot start a process");
  if (child > 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  execv(words[0], words.data());
  _exit(127);
}

void end(pid_t child, int signal) {
  kill(child, signal);
  waitpid(child, nullptr, 0);
}

void must_run(pid_t child) {
  if (waitpid(child, nullptr, WNOHANG) != 0) give_up("the engine ended by itself");
}

uint64_t sum(const std::vector<int64_t>& ends) {
  return static_cast<uint64_t>(std::accumulate(ends.begin(), ends.end(), int64_t{0}));
}

}  // namespace

Report measure_restart(const RestartOptions& options) {
  if (options.command.empty()) give_up("restart needs the command that runs the engine");
  const auto log = open(options.log);
  const uint64_t before = sum(ends_of(*log, Topic::charges));
  pid_t engine = start(options.command);
  const auto load_deadline = Clock::now() + load_wait;
  while (sum(ends_of(*log, Topic::charges)) < before + options.after) {
    must_run(engine);
    if (Clock::now() > load_deadline) {
      end(engine, SIGKILL);
      give_up("the engine does not reach the charges after which it is to be killed");
    }
    std::this_thread::sleep_for(look_interval);
  }
  end(engine, SIGKILL);
  const auto killed = Clock::now();
  engine = start(options.command);
  // What was committed before the kill can be read by now; what was not will never be.
  const std::vector<int64_t> ends = ends_of(*log, Topic::charges);
  const auto reader = must(log->open_reader(Topic::charges));
  for (std::size_t i = 0; i < ends.size(); ++i) {
    must(reader->seek(Topic::charges, static_cast<int32_t>(i), ends[i]));
  }
  while (must(reader->poll(poll_ms, 1)).empty()) {
    must_run(engine);
    if (Clock::now() > killed + restart_wait)
      give_up("nothing new is committed after the restart; was anything left to be done?");
  }
  Report report;
  report["charges_before"] = sum(ends) - before;
  report["restart_ms"] = seconds_between(killed, Clock::now()) * 1'000;
  end(engine, SIGKILL);
  return report;
}

}  // namespace subledger::bench
