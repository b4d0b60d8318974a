// RocksDB's file system with faults: the n-th change of a disk fails, once or for good; the n-th read fails
// or brings a wrong bit; the power goes, and what was not synced with it. Lies over real files. Thread-safe:
// RocksDB writes from threads of its own.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/random.h"

namespace subledger::test {

enum class Trouble : uint8_t {
  io_error,
  no_space,
  power,  ///< from then on nothing works until `lose_power`
};

class FaultFileSystem : public rocksdb::FileSystemWrapper {
 public:
  FaultFileSystem();

  /// The n-th change from now (1: the next one) fails, or all from it on.
  void fail_change(int64_t nth, Trouble trouble, bool lasting);
  /// The n-th read from now fails, or brings one bit that is not on the disk.
  void fail_read(int64_t nth, bool flip_bit, uint64_t which_bit);
  void heal();
  /// Since the last heal or order.
  int64_t changes() const;
  int64_t reads() const;
  bool struck() const;

  /// What was not synced is gone, all of it or a part that `random` chooses. No file is open.
  void lose_power(simulation::Random* random);

  // rocksdb::FileSystem
  const char* Name() const override { return "FaultFileSystem"; }
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override;

 private:
  friend class FaultyWritableFile;
  friend class FaultySequentialFile;
  friend class FaultyRandomAccessFile;
  friend class FaultyDirectory;

  /// A change of a directory that is not synced yet: what the path was before.
  struct DirectoryChange {
    std::string path;
    std::optional<std::string> before;  ///< nullopt: no file
  };
  struct Order {
    int64_t left = 0;  ///< 0: none
    bool lasting = false;
  };

  /// Counts a change, and fails it if it was ordered.
  rocksdb::IOStatus change(bool needs_space);
  /// Counts a read of bytes that were brought; may spoil them.
  rocksdb::IOStatus read(rocksdb::Slice* bytes, char* scratch);
  void note_directory_change(const std::string& path);
  void appended(const std::string& path, std::size_t bytes);
  void synced(const std::string& path);
  void directory_synced(const std::string& path);

  mutable std::mutex mutex_;
  Order change_order_;
  Trouble trouble_ = Trouble::io_error;
  Order read_order_;
  bool flip_bit_ = false;
  uint64_t which_bit_ = 0;
  bool struck_ = false;
  int64_t changes_ = 0;
  int64_t reads_ = 0;
  std::map<std::string, std::size_t> sizes_;         // of files written since the power last went
  std::map<std::string, std::size_t> synced_sizes_;  // of the same
  std::vector<DirectoryChange> directory_changes_;
};

/// An environment over a file system that it owns and that `files` points to.
struct FaultyEnvironment {
  FaultyEnvironment();
  FaultFileSystem* files;
  std::unique_ptr<rocksdb::Env> env;
};

}  // namespace subledger::test
