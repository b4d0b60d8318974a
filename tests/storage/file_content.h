// What is in a file, read in one go: thousands of times a test.
#pragma once

#include <optional>
#include <string>

namespace subledger::test {

/// nullopt: there is no such file.
std::optional<std::string> file_content(const std::string& path);

}  // namespace subledger::test
