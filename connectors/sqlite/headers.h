// Headers of a record as one blob: for each header the name's length (u32, little-endian), the name, the
// value's length (u32; all ones: a null value), the value. No headers: no blob.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/records.h"

namespace subledger::sqlite {

void append_headers(std::string& out, std::span<const Header> headers);

/// Views into `blob`; nullopt: it is damaged.
std::optional<std::vector<Header>> decode_headers(std::string_view blob);

}  // namespace subledger::sqlite
