// Runs seeds of the simulation one after another and says what befell the engine. A seed that fails is named;
// it fails again alone.
//
//   simulate [--seeds N] [--from S] [--trace] [--quiet] [--until-failure]
//   simulate --input S       the input of a seed, as NDJSON
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "tests/simulation/run.h"

namespace subledger::simulation {
namespace {

struct Arguments {
  uint64_t seeds = 100;
  uint64_t first = 0;
  bool trace = false;
  bool quiet = false;
  bool until_failure = false;
  uint64_t input = UINT64_MAX;
};

constexpr const char* usage =
    "usage: simulate [--seeds N] [--from S] [--trace] [--quiet] [--until-failure] | --input S\n";

Arguments parse(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = values[i];
    uint64_t* number = nullptr;
    if (word == "--seeds") number = &arguments.seeds;
    if (word == "--from") number = &arguments.first;
    if (word == "--input") number = &arguments.input;
    if (number != nullptr && i + 1 < count) {
      const char* text = values[++i];
      const auto [end, error] = std::from_chars(text, text + std::strlen(text), *number);
      if (error == std::errc() && *end == '\0') continue;
    }
    bool* flag = nullptr;
    if (word == "--trace") flag = &arguments.trace;
    if (word == "--quiet") flag = &arguments.quiet;
    if (word == "--until-failure") flag = &arguments.until_failure;
    if (flag != nullptr) {
      *flag = true;
      continue;
    }
    std::fputs(usage, stderr);
    std::exit(2);
  }
  return arguments;
}

char present_seed[64];  // for the handler, which may do little

extern "C" void name_seed(int signal) {
  (void)!::write(STDERR_FILENO, present_seed, std::strlen(present_seed));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void add(RunReport& total, const RunReport& one) {
  total.steps += one.steps;
  total.records += one.records;
  total.outputs += one.outputs;
  total.starts += one.starts;
  total.simulated_ms += one.simulated_ms;
  total.late_ends_that_hit += one.late_ends_that_hit;
  for (std::size_t i = 0; i < mishap_count; ++i) total.mishaps.counts[i] += one.mishaps.counts[i];
}

void print(const RunReport& total, uint64_t seeds, uint64_t failures) {
  const auto line = [](const char* what, uint64_t count) {
    std::printf("  %-24s %12llu\n", what, static_cast<unsigned long long>(count));
  };
  line("seeds", seeds);
  line("records", total.records);
  line("outputs", total.outputs);
  line("steps", total.steps);
  line("simulated seconds", static_cast<uint64_t>(total.simulated_ms) / 1'000);
  line("starts of processes", total.starts);
  for (std::size_t i = 0; i < mishap_count; ++i) {
    line(mishap_name(static_cast<Mishap>(i)), total.mishaps.counts[i]);
  }
  line("late ends that hit", total.late_ends_that_hit);
  line("violations", failures);
}

int run(int count, char** values) {
  const Arguments arguments = parse(count, values);
  if (arguments.input != UINT64_MAX) {
    std::fputs(input_of(arguments.input).c_str(), stdout);
    return 0;
  }
  std::signal(SIGABRT, name_seed);
  std::signal(SIGSEGV, name_seed);
  RunReport total;
  uint64_t failures = 0;
  for (uint64_t seed = arguments.first; seed < arguments.first + arguments.seeds; ++seed) {
    std::snprintf(present_seed, sizeof present_seed, "seed %llu died\n",
                  static_cast<unsigned long long>(seed));
    const RunReport report = run_seed(seed, arguments.trace);
    add(total, report);
    if (report.violation.empty()) continue;
    ++failures;
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), report.violation.c_str());
    std::fflush(stdout);
    if (arguments.until_failure) break;
  }
  if (!arguments.quiet) print(total, arguments.seeds, failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace subledger::simulation

int main(int count, char** values) { return subledger::simulation::run(count, values); }
