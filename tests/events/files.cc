// The build tells where the source tree is.
#include "tests/events/files.h"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>

namespace subledger {

std::string source_path(const std::string& path) { return std::string(SUBLEDGER_SOURCE_DIR) + '/' + path; }

std::string read_source_file(const std::string& path) {
  std::ifstream file(source_path(path), std::ios::binary);
  BOOST_REQUIRE_MESSAGE(file.is_open(), "cannot open " << path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace subledger
