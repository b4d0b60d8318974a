// Log lines on standard error, by spdlog: one event, one line, "message key=value".
#pragma once

#include <string_view>

namespace subledger::ops {

/// `level` and `format` as the settings of these names have them.
void set_up_logging(std::string_view level, std::string_view format);

}  // namespace subledger::ops
