#include "ops/logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "events/json_writer.h"
#include "ops/output.h"

namespace subledger::ops {
namespace {

Timestamp time_of(const spdlog::details::log_msg& line) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(line.time.time_since_epoch());
  return {micros.count()};
}

std::string_view view(const spdlog::string_view_t& text) { return {text.data(), text.size()}; }

/// {"time":…,"level":…,"message":…}
class JsonLines final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& to) override {
    std::string text;
    ObjectWriter out(text);
    out.time("time", time_of(line));
    out.text("level", view(spdlog::level::to_string_view(line.level)));
    out.text("message", view(line.payload));
    out.close();
    text += '\n';
    to.append(text);
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonLines>(); }
};

}  // namespace

void set_up_logging(std::string_view level, std::string_view format) {
  // Errors of logging itself go nowhere: there is nothing to tell them to.
  spdlog::set_error_handler([](const std::string&) {});
  spdlog::drop_all();
  spdlog::set_default_logger(spdlog::stderr_logger_mt("subledger"));
  spdlog::set_level(spdlog::level::from_str(std::string(level)));
  if (format == "json") {
    spdlog::set_formatter(std::make_unique<JsonLines>());
    return;
  }
  spdlog::set_pattern(std::string(clear_line()) + "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                      spdlog::pattern_time_type::utc);
}

}  // namespace subledger::ops
