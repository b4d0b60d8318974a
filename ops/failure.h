// How a command ends: its exit code, and for a failure what, where and what to do, in one line for a person.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "events/result.h"

namespace subledger::ops {

/// Interfaces, section 3.
enum class ExitCode : int {
  done = 0,
  failed = 1,
  usage = 2,
  not_found = 3,
  differences = 4,
  unreachable = 5,
  interrupted = 130,
};

/// An empty message is not shown: whoever reads the output has gone, or everything has been said.
struct Failure {
  ExitCode code = ExitCode::failed;
  std::string message;
};

template <class T>
using Attempt = tl::expected<T, Failure>;

inline tl::unexpected<Failure> failure(ExitCode code, std::string message) {
  return tl::unexpected<Failure>(Failure{code, std::move(message)});
}

inline tl::unexpected<Failure> failure_of(const Fault& fault) {
  const bool unreachable = fault.kind == Fault::Kind::unreachable || fault.kind == Fault::Kind::full;
  return failure(unreachable ? ExitCode::unreachable : ExitCode::failed, fault.message);
}

}  // namespace subledger::ops
