#include "ops/arguments.h"

#include <charconv>

namespace subledger::ops {

std::optional<int64_t> parse_count(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

Attempt<int64_t> count_option(const Invocation& call, std::string_view name, int64_t fallback) {
  if (!call.has(name)) return fallback;
  const std::optional<int64_t> count = parse_count(call.text(name));
  if (!count) return failure(ExitCode::usage, std::string(name) + " has to be a number, 0 or more");
  return *count;
}

Attempt<std::optional<Timestamp>> time_option(const Invocation& call, std::string_view name) {
  if (!call.has(name)) return std::optional<Timestamp>();
  const std::optional<Timestamp> time = parse_time(call.text(name));
  if (!time) {
    return failure(ExitCode::usage, std::string(name) + " is not a time such as 2014-11-02T10:15:00Z");
  }
  return time;
}

Attempt<Msisdn> parse_subscriber(std::string_view digits) {
  const std::optional<Msisdn> subscriber = parse_msisdn(digits);
  if (subscriber) return *subscriber;
  return failure(ExitCode::usage, "not an MSISDN: it has 7 to 15 digits, the first not 0, and no '+'");
}

std::optional<Source> parse_source(std::string_view text) {
  const std::size_t separator = text.find_first_of(":-");
  if (separator == std::string_view::npos) return std::nullopt;
  const std::optional<int64_t> partition = parse_count(text.substr(0, separator));
  const std::optional<int64_t> offset = parse_count(text.substr(separator + 1));
  if (!partition || *partition > INT32_MAX || !offset) return std::nullopt;
  return Source{static_cast<int32_t>(*partition), *offset};
}

Attempt<TimeSpan> time_span_of(const Invocation& call) {
  const auto from = time_option(call, "--from");
  if (!from) return tl::unexpected<Failure>(from.error());
  const auto to = time_option(call, "--to");
  if (!to) return tl::unexpected<Failure>(to.error());
  if (*from && *to && **from >= **to) {
    return failure(ExitCode::usage, "--to has to be later than --from: it is the first instant left out");
  }
  return TimeSpan{*from, *to};
}

std::vector<CommandOption> time_span_options(const std::string& what) {
  return {{"--from", "TIME", what + " at this time or later"}, {"--to", "TIME", what + " before this time"}};
}

}  // namespace subledger::ops
