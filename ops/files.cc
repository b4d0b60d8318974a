#include "ops/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace subledger::ops {
namespace {

tl::unexpected<Failure> system_failure(const std::string& path, const char* what) {
  return failure(ExitCode::failed, path + ": " + what + ": " + std::strerror(errno));
}

}  // namespace

Attempt<File> File::open_to_read(const std::string& path) {
  File file(path, ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (file.descriptor_ < 0 || ::fstat(file.descriptor_, &status) != 0) {
    return system_failure(path, "cannot be read");
  }
  if (S_ISDIR(status.st_mode)) {
    return failure(ExitCode::failed, path + ": is a directory; name a file");
  }
  return file;
}

Attempt<File> File::create(const std::string& path) {
  File file(path, ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (file.descriptor_ < 0) return system_failure(path, "cannot be written");
  return file;
}

Attempt<File> File::open_to_write(const std::string& path) {
  File file(path, ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (file.descriptor_ < 0) return system_failure(path, "cannot be written");
  return file;
}

File File::standard_input() { return {"stdin", STDIN_FILENO}; }

File::~File() {
  if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
}

uint64_t File::size() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  return static_cast<uint64_t>(status.st_size);
}

bool File::is_at(const std::string& path) const {
  struct stat mine {};
  struct stat others {};
  return ::fstat(descriptor_, &mine) == 0 && ::stat(path.c_str(), &others) == 0 && S_ISREG(mine.st_mode) &&
         mine.st_dev == others.st_dev && mine.st_ino == others.st_ino;
}

bool File::lock() {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) return true;
  return ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

Attempt<void> File::cut(uint64_t size) {
  struct stat status {};
  if (::fstat(descriptor_, &status) == 0 && !S_ISREG(status.st_mode)) return {};
  if (::ftruncate(descriptor_, static_cast<off_t>(size)) == 0 && ::lseek(descriptor_, 0, SEEK_END) >= 0) {
    return {};
  }
  return system_failure(path_, "cannot be written");
}

Attempt<std::size_t> File::read(std::span<char> to) {
  const ssize_t count = ::read(descriptor_, to.data(), to.size());
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno == EINTR) return std::size_t{0};
  return system_failure(path_, "cannot be read");
}

Attempt<void> File::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure(path_, "cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Attempt<void> File::sync() {
  return ::fdatasync(descriptor_) == 0 ? Attempt<void>() : system_failure(path_, "cannot be written");
}

Attempt<std::string> read_whole_file(const std::string& path, std::size_t size_max) {
  Attempt<File> file = File::open_to_read(path);
  if (!file) return tl::unexpected<Failure>(file.error());
  std::string text;
  std::size_t size = 0;
  do {
    text.resize(size + 64 * 1024);
    const Attempt<std::size_t> count = file->read(std::span(text).subspan(size));
    if (!count) return tl::unexpected<Failure>(count.error());
    if (*count == 0) {
      text.resize(size);
      return text;
    }
    size += *count;
  } while (size <= size_max);
  return failure(ExitCode::failed, path + ": has more than " + std::to_string(size_max) + " bytes");
}

}  // namespace subledger::ops
