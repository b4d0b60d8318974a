// Gives a fuzz target every file of the folders named, in the order of their names, and then each file's
// beginnings: a regression test of everything that was found.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

namespace fs = std::filesystem;

constexpr std::size_t beginnings_max = 400;  // of one file

void give(const std::string& bytes) {
  // A copy of the very size, so that a sanitizer sees each byte read behind it.
  const std::vector<uint8_t> exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

int main(int count, char** values) {
  std::size_t files = 0;
  for (int i = 1; i < count; ++i) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(values[i])) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) {
      const std::string bytes = content(path);
      give(bytes);
      const std::size_t step = 1 + bytes.size() / beginnings_max;
      for (std::size_t size = 0; size < bytes.size(); size += step) give(bytes.substr(0, size));
    }
    files += paths.size();
  }
  std::printf("%zu files\n", files);
  return files > 0 ? 0 : 1;
}
