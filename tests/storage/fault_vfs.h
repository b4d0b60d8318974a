// SQLite's view of a disk with faults: the n-th change fails, once or for good; the power goes, and what was
// not synced with it. Lies over the real one, and is the default of the process while it lives. Shared memory
// and locks are left alone: a loss of power takes them away by itself.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/random.h"

namespace subledger::test {

enum class SqliteTrouble : uint8_t {
  io_error,
  no_space,  ///< of writes; what needs no space goes on
  power,     ///< from then on nothing works until `lose_power`
};

/// One at a time. Thread-safe.
class FaultVfs {
 public:
  FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;
  ~FaultVfs();

  /// The n-th change from now (1: the next one) fails, or all from it on.
  void fail_change(int64_t nth, SqliteTrouble trouble, bool lasting);
  void heal();
  /// Since the last heal or order.
  int64_t changes() const;
  bool struck() const;

  /// What was not synced is gone, all of it or, with `random`, a part: of the writes since the last sync each
  /// came to the disk or did not, whole or torn. No file is open.
  void lose_power(simulation::Random* random);

 private:
  friend struct FaultFile;

  struct Change {
    int64_t at = 0;
    std::optional<std::string> bytes;  ///< nullopt: cut here
  };
  /// A file as it is after a loss of power; nullopt: it is not there.
  struct Image {
    std::optional<std::string> synced;
    std::vector<Change> since;
  };

  static int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags);
  static int delete_file(sqlite3_vfs*, const char* name, int sync_directory);

  /// SQLITE_OK, or the code of a fault that was ordered; `code` is that of an input/output error.
  int change(int code, bool needs_space);
  void note(const std::string& path, Change change);
  void synced(const std::string& path);

  sqlite3_vfs* real_;
  sqlite3_vfs vfs_;
  mutable std::mutex mutex_;
  int64_t left_ = 0;  // 0: no fault is ordered
  bool lasting_ = false;
  SqliteTrouble trouble_ = SqliteTrouble::io_error;
  bool struck_ = false;
  int64_t changes_ = 0;
  std::map<std::string, Image> images_;
  std::map<std::string, std::string> deleted_;  // files whose directory was not synced since
};

}  // namespace subledger::test
