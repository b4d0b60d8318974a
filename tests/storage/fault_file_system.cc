#include "tests/storage/fault_file_system.h"

#include <rocksdb/system_clock.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "tests/storage/file_content.h"

namespace subledger::test {
namespace {

namespace fs = std::filesystem;

void restore(const std::string& path, const std::optional<std::string>& before) {
  if (!before) {
    fs::remove(path);
    return;
  }
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << *before;
}

/// RocksDB's background work rests for a second after a failure, which a disk in a test does not need; so for
/// a hundredth of it.
class HastyClock : public rocksdb::SystemClockWrapper {
 public:
  using SystemClockWrapper::SystemClockWrapper;
  const char* Name() const override { return "HastyClock"; }
  void SleepForMicroseconds(int micros) override { SystemClockWrapper::SleepForMicroseconds(micros / 100); }
};

class HastyEnv : public rocksdb::EnvWrapper {
 public:
  explicit HastyEnv(std::unique_ptr<rocksdb::Env> env) : EnvWrapper(std::move(env)) {
    file_system_ = target()->GetFileSystem();
    system_clock_ = std::make_unique<HastyClock>(target()->GetSystemClock());
  }
};

}  // namespace

class FaultyWritableFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyWritableFile(FaultFileSystem& files, std::string path,
                     std::unique_ptr<rocksdb::FSWritableFile>&& file)
      : FSWritableFileOwnerWrapper(std::move(file)), files_(files), path_(std::move(path)) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    if (auto failed = files_.change(true); !failed.ok()) return failed;
    auto status = FSWritableFileOwnerWrapper::Append(data, options, debug);
    if (status.ok()) files_.appended(path_, data.size());
    return status;
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  /// The disk is not asked: `lose_power` keeps what was synced.
  rocksdb::IOStatus Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    if (auto failed = files_.change(true); !failed.ok()) return failed;
    files_.synced(path_);
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    return Sync(options, debug);
  }
  rocksdb::IOStatus RangeSync(uint64_t, uint64_t, const rocksdb::IOOptions&,
                              rocksdb::IODebugContext*) override {
    return rocksdb::IOStatus::OK();
  }

 private:
  FaultFileSystem& files_;
  std::string path_;
};

class FaultySequentialFile : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  FaultySequentialFile(FaultFileSystem& files, std::unique_ptr<rocksdb::FSSequentialFile>&& file)
      : FSSequentialFileOwnerWrapper(std::move(file)), files_(files) {}

  rocksdb::IOStatus Read(std::size_t size, const rocksdb::IOOptions& options, rocksdb::Slice* result,
                         char* scratch, rocksdb::IODebugContext* debug) override {
    auto status = FSSequentialFileOwnerWrapper::Read(size, options, result, scratch, debug);
    return status.ok() ? files_.read(result, scratch) : status;
  }

 private:
  FaultFileSystem& files_;
};

class FaultyRandomAccessFile : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  FaultyRandomAccessFile(FaultFileSystem& files, std::unique_ptr<rocksdb::FSRandomAccessFile>&& file)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), files_(files) {}

  rocksdb::IOStatus Read(uint64_t offset, std::size_t size, const rocksdb::IOOptions& options,
                         rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* debug) const override {
    auto status = FSRandomAccessFileOwnerWrapper::Read(offset, size, options, result, scratch, debug);
    return status.ok() ? files_.read(result, scratch) : status;
  }
  rocksdb::IOStatus MultiRead(rocksdb::FSReadRequest* requests, std::size_t count,
                              const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    for (std::size_t i = 0; i < count; ++i) {
      rocksdb::FSReadRequest& request = requests[i];
      request.status = Read(request.offset, request.len, options, &request.result, request.scratch, debug);
    }
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus Prefetch(uint64_t, std::size_t, const rocksdb::IOOptions&,
                             rocksdb::IODebugContext*) override {
    return rocksdb::IOStatus::NotSupported("prefetch");
  }

 private:
  FaultFileSystem& files_;
};

class FaultyDirectory : public rocksdb::FSDirectoryWrapper {
 public:
  FaultyDirectory(FaultFileSystem& files, std::string path, std::unique_ptr<rocksdb::FSDirectory>&& directory)
      : FSDirectoryWrapper(std::move(directory)), files_(files), path_(std::move(path)) {}

  rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    if (auto failed = files_.change(true); !failed.ok()) return failed;
    files_.directory_synced(path_);
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus FsyncWithDirOptions(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug,
                                        const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  FaultFileSystem& files_;
  std::string path_;
};

FaultFileSystem::FaultFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

void FaultFileSystem::fail_change(int64_t nth, Trouble trouble, bool lasting) {
  heal();
  const std::lock_guard lock(mutex_);
  change_order_ = {nth, lasting};
  trouble_ = trouble;
}

void FaultFileSystem::fail_read(int64_t nth, bool flip_bit, uint64_t which_bit) {
  heal();
  const std::lock_guard lock(mutex_);
  read_order_ = {nth, false};
  flip_bit_ = flip_bit;
  which_bit_ = which_bit;
}

void FaultFileSystem::heal() {
  const std::lock_guard lock(mutex_);
  change_order_ = {};
  read_order_ = {};
  struck_ = false;
  changes_ = 0;
  reads_ = 0;
}

int64_t FaultFileSystem::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

int64_t FaultFileSystem::reads() const {
  const std::lock_guard lock(mutex_);
  return reads_;
}

bool FaultFileSystem::struck() const {
  const std::lock_guard lock(mutex_);
  return struck_;
}

rocksdb::IOStatus FaultFileSystem::change(bool needs_space) {
  const std::lock_guard lock(mutex_);
  ++changes_;
  if (change_order_.left == 0 || (trouble_ == Trouble::no_space && !needs_space))
    return rocksdb::IOStatus::OK();
  if (change_order_.left > 1) {
    --change_order_.left;
    return rocksdb::IOStatus::OK();
  }
  struck_ = true;
  if (!change_order_.lasting && trouble_ != Trouble::power) change_order_.left = 0;
  if (trouble_ == Trouble::no_space) return rocksdb::IOStatus::NoSpace("no space left, as the test demands");
  return rocksdb::IOStatus::IOError("failed as the test demands");
}

rocksdb::IOStatus FaultFileSystem::read(rocksdb::Slice* bytes, char* scratch) {
  const std::lock_guard lock(mutex_);
  if (bytes->empty()) return rocksdb::IOStatus::OK();
  ++reads_;
  if (read_order_.left == 0 || --read_order_.left > 0) return rocksdb::IOStatus::OK();
  struck_ = true;
  if (!flip_bit_) return rocksdb::IOStatus::IOError("failed as the test demands");
  // The bytes may stand in a mapping of the file; a spoilt copy stands in the caller's buffer.
  if (bytes->data() != scratch) std::copy(bytes->data(), bytes->data() + bytes->size(), scratch);
  const uint64_t bit = which_bit_ % (bytes->size() * 8);
  scratch[bit / 8] = static_cast<char>(scratch[bit / 8] ^ (1 << (bit % 8)));
  *bytes = rocksdb::Slice(scratch, bytes->size());
  return rocksdb::IOStatus::OK();
}

void FaultFileSystem::note_directory_change(const std::string& path) {
  auto before = file_content(path);
  const std::lock_guard lock(mutex_);
  directory_changes_.push_back({path, std::move(before)});
}

void FaultFileSystem::appended(const std::string& path, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  sizes_[path] += bytes;
}

void FaultFileSystem::synced(const std::string& path) {
  const std::lock_guard lock(mutex_);
  synced_sizes_[path] = sizes_[path];
}

void FaultFileSystem::directory_synced(const std::string& path) {
  const std::lock_guard lock(mutex_);
  std::erase_if(directory_changes_, [&](const DirectoryChange& made) {
    return fs::path(made.path).parent_path() == fs::path(path).lexically_normal();
  });
}

void FaultFileSystem::lose_power(simulation::Random* random) {
  heal();
  const std::lock_guard lock(mutex_);
  for (const auto& [path, size] : sizes_) {
    const std::size_t kept = synced_sizes_[path];
    if (!fs::exists(path) || size <= kept) continue;
    fs::resize_file(path, kept + (random == nullptr ? 0 : random->below(size - kept + 1)));
  }
  const std::size_t kept = random == nullptr ? 0 : random->below(directory_changes_.size() + 1);
  while (directory_changes_.size() > kept) {
    restore(directory_changes_.back().path, directory_changes_.back().before);
    directory_changes_.pop_back();
  }
  directory_changes_.clear();
  sizes_.clear();
  synced_sizes_.clear();
}

rocksdb::IOStatus FaultFileSystem::NewSequentialFile(const std::string& path,
                                                     const rocksdb::FileOptions& options,
                                                     std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                                     rocksdb::IODebugContext* debug) {
  auto status = FileSystemWrapper::NewSequentialFile(path, options, file, debug);
  if (status.ok()) *file = std::make_unique<FaultySequentialFile>(*this, std::move(*file));
  return status;
}

rocksdb::IOStatus FaultFileSystem::NewRandomAccessFile(const std::string& path,
                                                       const rocksdb::FileOptions& options,
                                                       std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                                       rocksdb::IODebugContext* debug) {
  auto status = FileSystemWrapper::NewRandomAccessFile(path, options, file, debug);
  if (status.ok()) *file = std::make_unique<FaultyRandomAccessFile>(*this, std::move(*file));
  return status;
}

rocksdb::IOStatus FaultFileSystem::NewWritableFile(const std::string& path,
                                                   const rocksdb::FileOptions& options,
                                                   std::unique_ptr<rocksdb::FSWritableFile>* file,
                                                   rocksdb::IODebugContext* debug) {
  if (auto failed = change(true); !failed.ok()) return failed;
  note_directory_change(path);
  auto status = FileSystemWrapper::NewWritableFile(path, options, file, debug);
  if (!status.ok()) return status;
  {
    const std::lock_guard lock(mutex_);
    sizes_[path] = 0;
    synced_sizes_[path] = 0;
  }
  *file = std::make_unique<FaultyWritableFile>(*this, path, std::move(*file));
  return status;
}

rocksdb::IOStatus FaultFileSystem::NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                                std::unique_ptr<rocksdb::FSDirectory>* directory,
                                                rocksdb::IODebugContext* debug) {
  auto status = FileSystemWrapper::NewDirectory(path, options, directory, debug);
  if (status.ok()) *directory = std::make_unique<FaultyDirectory>(*this, path, std::move(*directory));
  return status;
}

rocksdb::IOStatus FaultFileSystem::DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                                              rocksdb::IODebugContext* debug) {
  if (auto failed = change(false); !failed.ok()) return failed;
  note_directory_change(path);
  return FileSystemWrapper::DeleteFile(path, options, debug);
}

rocksdb::IOStatus FaultFileSystem::RenameFile(const std::string& from, const std::string& to,
                                              const rocksdb::IOOptions& options,
                                              rocksdb::IODebugContext* debug) {
  if (auto failed = change(true); !failed.ok()) return failed;
  note_directory_change(to);
  note_directory_change(from);
  auto status = FileSystemWrapper::RenameFile(from, to, options, debug);
  const std::lock_guard lock(mutex_);
  for (auto* sizes : {&sizes_, &synced_sizes_}) {
    if (const auto moved = sizes->extract(from)) (*sizes)[to] = moved.mapped();
  }
  return status;
}

FaultyEnvironment::FaultyEnvironment() {
  auto made = std::make_unique<FaultFileSystem>();
  files = made.get();
  env = std::make_unique<HastyEnv>(
      rocksdb::NewCompositeEnv(std::unique_ptr<rocksdb::FileSystem>(std::move(made))));
}

}  // namespace subledger::test
