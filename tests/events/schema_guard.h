// Compares two FlatBuffers schemas in their binary form (.bfbs): what was released, and what is to be. Finds
// what `flatc --conform` of 2.0.8 misses. Additions that old readers pass over are no findings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace subledger {

/// One line for each change that breaks stored records or their readers; empty: compatible.
std::vector<std::string> incompatible_changes(std::string_view released_bfbs, std::string_view current_bfbs);

}  // namespace subledger
