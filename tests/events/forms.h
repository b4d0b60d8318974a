// The four kinds of records behind one face: bytes to JSON and back. For tests that hold for all of them.
#pragma once

#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>

#include "events/codec.h"
#include "events/json.h"

namespace subledger {

enum class Form { event, charge, access, reject };

/// Decodes exactly these bytes, from a heap block of their size, so that a sanitizer sees a step beyond it.
/// `shift` is the distance of their first byte from an address that is a multiple of 8.
Decoded<std::string> json_of_bytes(Form form, std::string_view bytes, std::size_t shift = 0);

/// Parses and encodes.
Decoded<std::string> bytes_of_json(Form form, std::string_view line);

/// Parses and writes again.
Decoded<std::string> json_of_json(Form form, std::string_view line);

/// The refusal as "reason: detail"; "accepted" where there is none.
template <class T>
std::string verdict(const Decoded<T>& decoded) {
  if (decoded) return "accepted";
  return std::string(reason_name(decoded.error().reason)) + ": " + decoded.error().detail;
}

}  // namespace subledger
