// fork and exec of /proc/self/exe.
#include "tests/connectors/child_process.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <vector>

#include "events/check.h"

namespace subledger::test {
namespace {

constexpr const char* variable = "SUBLEDGER_TEST_ARGUMENT";

}  // namespace

ChildProcess::ChildProcess(const std::string& name, const std::string& argument) {
  std::string program = "/proc/self/exe";
  std::string run = "--run_test=" + name;
  std::string quiet = "--log_level=error";
  std::string report = "--report_level=no";
  std::string setting = std::string(variable) + "=" + argument;
  std::vector<char*> arguments{program.data(), run.data(), quiet.data(), report.data(), nullptr};
  std::vector<char*> environment{setting.data()};
  for (char** entry = ::environ; *entry != nullptr; ++entry) environment.push_back(*entry);
  environment.push_back(nullptr);
  pid_ = ::fork();
  CHECK(pid_ >= 0);
  if (pid_ == 0) {
    ::execve(program.c_str(), arguments.data(), environment.data());
    ::_exit(127);
  }
}

ChildProcess::~ChildProcess() { kill(); }

void ChildProcess::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  wait();
}

bool ChildProcess::wait() {
  if (pid_ < 0) return false;
  int status = 0;
  CHECK(::waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string child_argument() {
  const char* argument = std::getenv(variable);
  BOOST_REQUIRE_MESSAGE(argument != nullptr, "this case is run by another one, in a process of its own");
  return argument;
}

}  // namespace subledger::test
