// Runs a case of this very program in a process of its own, to be watched and killed. A plain fork would not
// do: neither SQLite nor RocksDB survives one. The cases are in suites that are disabled, so that only this
// runs them.
#pragma once

#include <sys/types.h>

#include <string>

namespace subledger::test {

class ChildProcess {
 public:
  /// `name` is suite/case; the case reads `argument` by `child_argument`.
  ChildProcess(const std::string& name, const std::string& argument);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// Kills the process if it is still there.
  ~ChildProcess();

  /// SIGKILL, and waits for the end.
  void kill();
  /// True: it ended by itself with exit code 0.
  bool wait();

 private:
  pid_t pid_ = -1;
};

std::string child_argument();

}  // namespace subledger::test
