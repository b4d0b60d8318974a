#include "tests/storage/fault_vfs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <new>

#include "events/check.h"
#include "tests/storage/file_content.h"

namespace subledger::test {
namespace {

FaultVfs* of(sqlite3_vfs* vfs) { return static_cast<FaultVfs*>(vfs->pAppData); }

void apply(std::string& content, int64_t at, const std::optional<std::string>& bytes) {
  const auto place = static_cast<std::size_t>(at);
  if (!bytes) {
    content.resize(place);
    return;
  }
  if (content.size() < place + bytes->size()) content.resize(place + bytes->size());
  content.replace(place, bytes->size(), *bytes);
}

}  // namespace

/// Stands before the real one's file in the memory that SQLite gives.
struct FaultFile : sqlite3_file {
  FaultVfs* owner;
  std::string path;  // empty: a temporary file, which no loss of power brings back

  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  static FaultFile* from(sqlite3_file* file) { return static_cast<FaultFile*>(file); }

  static int close(sqlite3_file* file) {
    FaultFile* self = from(file);
    const int code = self->real()->pMethods->xClose(self->real());
    self->~FaultFile();
    return code;
  }
  static int read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
    return from(file)->real()->pMethods->xRead(from(file)->real(), to, size, at);
  }
  static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    FaultFile* self = from(file);
    if (const int code = self->owner->change(SQLITE_IOERR_WRITE, true); code != SQLITE_OK) return code;
    const std::string copy(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
    self->owner->note(self->path, {at, copy});
    return self->real()->pMethods->xWrite(self->real(), bytes, size, at);
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    FaultFile* self = from(file);
    if (const int code = self->owner->change(SQLITE_IOERR_TRUNCATE, false); code != SQLITE_OK) return code;
    self->owner->note(self->path, {size, std::nullopt});
    return self->real()->pMethods->xTruncate(self->real(), size);
  }
  static int sync(sqlite3_file* file, int) {
    FaultFile* self = from(file);
    if (const int code = self->owner->change(SQLITE_IOERR_FSYNC, false); code != SQLITE_OK) return code;
    self->owner->synced(self->path);
    return SQLITE_OK;  // files that outlive no test need no disk
  }
  static int size(sqlite3_file* file, sqlite3_int64* size) {
    return from(file)->real()->pMethods->xFileSize(from(file)->real(), size);
  }
  static int lock(sqlite3_file* file, int level) {
    return from(file)->real()->pMethods->xLock(from(file)->real(), level);
  }
  static int unlock(sqlite3_file* file, int level) {
    return from(file)->real()->pMethods->xUnlock(from(file)->real(), level);
  }
  static int reserved(sqlite3_file* file, int* result) {
    return from(file)->real()->pMethods->xCheckReservedLock(from(file)->real(), result);
  }
  static int control(sqlite3_file* file, int operation, void* argument) {
    return from(file)->real()->pMethods->xFileControl(from(file)->real(), operation, argument);
  }
  static int sector(sqlite3_file* file) {
    return from(file)->real()->pMethods->xSectorSize(from(file)->real());
  }
  /// Nothing is promised of the disk: neither whole sectors nor an order.
  static int characteristics(sqlite3_file*) { return 0; }
  static int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** at) {
    return from(file)->real()->pMethods->xShmMap(from(file)->real(), page, size, extend, at);
  }
  static int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    return from(file)->real()->pMethods->xShmLock(from(file)->real(), offset, count, flags);
  }
  static void shm_barrier(sqlite3_file* file) {
    from(file)->real()->pMethods->xShmBarrier(from(file)->real());
  }
  static int shm_unmap(sqlite3_file* file, int remove) {
    return from(file)->real()->pMethods->xShmUnmap(from(file)->real(), remove);
  }
};

namespace {

const sqlite3_io_methods methods = {2,
                                    &FaultFile::close,
                                    &FaultFile::read,
                                    &FaultFile::write,
                                    &FaultFile::truncate,
                                    &FaultFile::sync,
                                    &FaultFile::size,
                                    &FaultFile::lock,
                                    &FaultFile::unlock,
                                    &FaultFile::reserved,
                                    &FaultFile::control,
                                    &FaultFile::sector,
                                    &FaultFile::characteristics,
                                    &FaultFile::shm_map,
                                    &FaultFile::shm_lock,
                                    &FaultFile::shm_barrier,
                                    &FaultFile::shm_unmap,
                                    nullptr,
                                    nullptr};

}  // namespace

FaultVfs::FaultVfs() : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_) {
  vfs_.zName = "subledger-faults";
  vfs_.pAppData = this;
  vfs_.szOsFile = static_cast<int>(sizeof(FaultFile)) + real_->szOsFile;
  vfs_.xOpen = &FaultVfs::open_file;
  vfs_.xDelete = &FaultVfs::delete_file;
  CHECK(sqlite3_vfs_register(&vfs_, 1) == SQLITE_OK);
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real_, 1);
}

void FaultVfs::fail_change(int64_t nth, SqliteTrouble trouble, bool lasting) {
  const std::lock_guard lock(mutex_);
  left_ = nth;
  trouble_ = trouble;
  lasting_ = lasting;
  struck_ = false;
  changes_ = 0;
}

void FaultVfs::heal() { fail_change(0, SqliteTrouble::io_error, false); }

int64_t FaultVfs::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

bool FaultVfs::struck() const {
  const std::lock_guard lock(mutex_);
  return struck_;
}

int FaultVfs::change(int code, bool needs_space) {
  const std::lock_guard lock(mutex_);
  ++changes_;
  if (left_ == 0) return SQLITE_OK;
  if (left_ > 1) {
    --left_;
    return SQLITE_OK;
  }
  if (trouble_ == SqliteTrouble::no_space && !needs_space) return SQLITE_OK;
  if (!lasting_) left_ = 0;
  struck_ = true;
  return trouble_ == SqliteTrouble::no_space ? SQLITE_FULL : code;
}

void FaultVfs::note(const std::string& path, Change change) {
  if (path.empty()) return;
  const std::lock_guard lock(mutex_);
  images_[path].since.push_back(std::move(change));
}

void FaultVfs::synced(const std::string& path) {
  if (path.empty()) return;
  const std::lock_guard lock(mutex_);
  Image& image = images_[path];
  std::string content = std::move(image.synced).value_or("");
  for (const Change& change : image.since) apply(content, change.at, change.bytes);
  image = {std::move(content), {}};
}

void FaultVfs::lose_power(simulation::Random* random) {
  heal();
  const std::lock_guard lock(mutex_);
  for (const auto& [path, image] : images_) {
    std::filesystem::remove(path + "-shm");
    std::optional<std::string> content = image.synced;
    for (const Change& change : image.since) {
      if (random == nullptr || random->coin()) continue;
      std::optional<std::string> bytes = change.bytes;
      if (bytes && random->chance(100)) bytes->resize(random->below(bytes->size() + 1));
      if (!content) content.emplace();
      apply(*content, change.at, bytes);
    }
    std::filesystem::remove(path);
    if (content) std::ofstream(path, std::ios::binary) << *content;
  }
  for (const auto& [path, content] : deleted_) {
    if (images_.contains(path) || (random != nullptr && random->coin())) continue;
    std::ofstream(path, std::ios::binary) << content;
  }
  images_.clear();
  deleted_.clear();
}

int FaultVfs::open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  FaultVfs* self = of(vfs);
  auto* opened = new (static_cast<void*>(file)) FaultFile{{nullptr}, self, name == nullptr ? "" : name};
  const bool noted = name != nullptr && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0;
  if (!noted) opened->path.clear();
  if (noted) {
    const std::lock_guard lock(self->mutex_);
    if (!self->images_.contains(opened->path))
      self->images_[opened->path].synced = file_content(opened->path);
  }
  const int code = self->real_->xOpen(self->real_, name, opened->real(), flags, out_flags);
  if (code == SQLITE_OK) {
    opened->pMethods = &methods;
  } else {
    opened->~FaultFile();
    file->pMethods = nullptr;
  }
  return code;
}

int FaultVfs::delete_file(sqlite3_vfs* vfs, const char* name, int) {
  FaultVfs* self = of(vfs);
  if (const int code = self->change(SQLITE_IOERR_DELETE, false); code != SQLITE_OK) return code;
  {
    const std::lock_guard lock(self->mutex_);
    const auto found = self->images_.find(name);
    if (found != self->images_.end()) {
      if (found->second.synced) self->deleted_[name] = *std::move(found->second.synced);
      self->images_.erase(found);
    }
  }
  return self->real_->xDelete(self->real_, name, 0);  // as with files: no disk is needed
}

}  // namespace subledger::test
