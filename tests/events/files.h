// Files of the source tree, for tests that have data beside them.
#pragma once

#include <string>

namespace subledger {

/// The absolute path of a file that is named from the project's root.
std::string source_path(const std::string& path);

/// The whole file; a file that cannot be read fails the test.
std::string read_source_file(const std::string& path);

}  // namespace subledger
