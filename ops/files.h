// Reading files and standard input, with errors in words.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "ops/failure.h"

namespace subledger::ops {

/// An owned file descriptor.
class File {
 public:
  /// Fails with the path and the system's reason.
  static Attempt<File> open_to_read(const std::string& path);
  /// Makes the file, or empties it.
  static Attempt<File> create(const std::string& path);
  /// Makes the file where it is missing; leaves what it holds as it is.
  static Attempt<File> open_to_write(const std::string& path);
  static File standard_input();

  File(File&& other) noexcept
      : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&&) = delete;
  ~File();

  const std::string& path() const { return path_; }
  /// 0 for what is not a regular file.
  uint64_t size() const;
  /// Of a regular file: the path leads to it, too.
  bool is_at(const std::string& path) const;
  /// False: another process holds it. Until this is destroyed; of a regular file.
  bool lock();
  /// What a regular file holds beyond `size` bytes is cut off; writing goes on there.
  Attempt<void> cut(uint64_t size);
  /// 0: the end, or interrupted by a signal.
  Attempt<std::size_t> read(std::span<char> to);
  Attempt<void> write(std::string_view bytes);
  /// What was written survives a crash.
  Attempt<void> sync();

 private:
  File(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;
};

/// Fails also where the file has more than `size_max` bytes.
Attempt<std::string> read_whole_file(const std::string& path, std::size_t size_max);

}  // namespace subledger::ops
