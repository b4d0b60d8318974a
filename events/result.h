// A value, or the fault that kept it from being made. Faults are the world failing (a broker, a disk, a
// file); refusals of the domain are data and have types of their own.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace subledger {

/// What failed, where, and what to do, in one line for a person. Carries no secret.
struct Fault {
  enum class Kind {
    failed,       ///< exit code 1
    unreachable,  ///< log or store cannot be used; exit code 5
    full,         ///< no space left for log or store: worth waiting for; exit code 5
    fenced,       ///< another instance took over
  };
  Kind kind = Kind::failed;
  std::string message;
};

template <class T>
using Result = tl::expected<T, Fault>;

inline tl::unexpected<Fault> failed(std::string message) {
  return tl::unexpected<Fault>(Fault{Fault::Kind::failed, std::move(message)});
}

inline tl::unexpected<Fault> unreachable(std::string message) {
  return tl::unexpected<Fault>(Fault{Fault::Kind::unreachable, std::move(message)});
}

}  // namespace subledger
