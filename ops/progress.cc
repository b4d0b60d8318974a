#include "ops/progress.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "ops/output.h"

namespace subledger::ops {
namespace {

constexpr int64_t draw_interval_ms = 200;

}  // namespace

Progress::Progress(std::string verb, std::string noun, bool shown)
    : verb_(std::move(verb)), noun_(std::move(noun)), shown_(shown && is_terminal(STDERR_FILENO)) {}

Progress::~Progress() {
  if (drawn_) std::fputs(std::string(clear_line()).c_str(), stderr);
}

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

uint64_t Progress::rate() const {
  const double passed = seconds();
  return passed <= 0 ? 0 : static_cast<uint64_t>(static_cast<double>(count_) / passed);
}

void Progress::add(uint64_t count, uint64_t measure) {
  count_ += count;
  measure_ += measure;
  if (!shown_) return;
  const auto now_ms = static_cast<int64_t>(seconds() * 1'000);
  if (now_ms < next_draw_ms_) return;
  const std::unique_lock lock(drawing_, std::try_to_lock);
  if (!lock) return;
  next_draw_ms_ = now_ms + draw_interval_ms;
  draw();
}

void Progress::draw() {
  std::string line =
      std::string(clear_line()) + verb_ + " " + counted(count_, noun_) + ", " + grouped(rate()) + "/s";
  const auto total = static_cast<double>(total_);
  const auto done = static_cast<double>(measure_);
  if (total > 0 && done > 0 && done <= total) {
    line += ", " + std::to_string(static_cast<int>(100 * done / total)) + " %, " +
            duration_text(seconds() * (total - done) / done) + " left";
  }
  std::fputs(line.c_str(), stderr);
  drawn_ = true;
}

std::string duration_text(double seconds) {
  char text[32];
  const long whole = std::lround(seconds);
  if (whole >= 3'600) {
    std::snprintf(text, sizeof text, "%ld:%02ld h", whole / 3'600, whole / 60 % 60);
  } else if (whole >= 60) {
    std::snprintf(text, sizeof text, "%ld:%02ld min", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  }
  return text;
}

}  // namespace subledger::ops
