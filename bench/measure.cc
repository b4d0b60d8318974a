#include "bench/measure.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace subledger::bench {

void give_up(const std::string& message) {
  std::fprintf(stderr, "subledger_bench: %s\n", message.c_str());
  std::_Exit(1);
}

double seconds_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

void Committed::add(uint64_t records) {
  const std::scoped_lock lock(mutex_);
  records_ += records;
  if (begun_ != Clock::time_point{} || records_ < warm_ || records_ == 0) return;
  begun_ = Clock::now();
  records_before_ = records_;
}

uint64_t Committed::records() const {
  const std::scoped_lock lock(mutex_);
  return records_;
}

void Committed::finish(Report& report) {
  const std::scoped_lock lock(mutex_);
  const auto now = Clock::now();
  // All in one commit: there is nothing to measure between the first and the last.
  const bool one = begun_ == Clock::time_point{} || records_ == records_before_;
  const double seconds = seconds_between(one ? made_ : begun_, now);
  const uint64_t counted = one ? records_ : records_ - records_before_;
  report["records"] = records_;
  report["seconds"] = seconds;
  report["events_per_second"] = static_cast<double>(counted) / seconds;
  report["seconds_in_all"] = seconds_between(made_, now);
}

void add_rate(Report& report, const std::string& name, uint64_t count, double seconds) {
  report[name + "_per_second"] = static_cast<double>(count) / seconds;
  report[name + "_ns"] = seconds * 1e9 / static_cast<double>(count);
}

void add_quantiles(Report& report, std::vector<double> values) {
  if (values.empty()) give_up("no latency was measured");
  std::sort(values.begin(), values.end());
  const auto at = [&](double quantile) {
    const auto rank = static_cast<std::size_t>(quantile * static_cast<double>(values.size()));
    return values[std::min(rank, values.size() - 1)];
  };
  report["samples"] = values.size();
  report["p50_ms"] = at(0.5);
  report["p99_ms"] = at(0.99);
  report["p99_9_ms"] = at(0.999);
  report["max_ms"] = values.back();
}

uint64_t peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

uint64_t directory_bytes(const std::string& directory) {
  uint64_t sum = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) sum += entry.file_size();
  }
  return sum;
}

}  // namespace subledger::bench
