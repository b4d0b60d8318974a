// Overloaded: a visitor of a variant from one lambda for each alternative.
#pragma once

namespace subledger {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

/// clang 14 does not deduce it for an aggregate, as C++20 would have it (P1816).
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace subledger
