// Files of the source tree, for tests that have data beside them.
#pragma once

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <string>

namespace subledger {

inline std::string source_path(const std::string& path) {
  return std::string(SUBLEDGER_SOURCE_DIR) + '/' + path;
}

/// The whole file; a file that cannot be read fails the test.
inline std::string read_source_file(const std::string& path) {
  std::ifstream file(source_path(path), std::ios::binary);
  BOOST_REQUIRE_MESSAGE(file.is_open(), "cannot open " << path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace subledger
