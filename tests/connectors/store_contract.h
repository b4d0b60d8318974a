// What every store promises (engine/store.h), as checks that run on each of them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store.h"

namespace subledger::test {

/// A store, made anew for each check.
class StoreBench {
 public:
  virtual ~StoreBench() = default;
  virtual StorePort& store() = 0;
  /// Closes it after a flush, and opens it again.
  virtual void reopen() = 0;
};

/// nullopt: the row is deleted.
using Rows = std::map<std::string, std::optional<std::string>>;

void write_rows(StorePort& store, const Rows& rows);
std::map<std::string, std::string> all_rows(const StorePort& store, std::string_view prefix = "");

/// Write number n (from 1) of a history in which every write changes many rows: row `count` is n, the rows of
/// the last ten writes are there and say so.
Rows history_write(int n);
/// The number of writes that the store has seen; fails the test unless it is exactly after one of them.
int check_history(const StorePort& store);

void check_get_and_write(StoreBench& bench);
void check_get_many(StoreBench& bench);
void check_scan(StoreBench& bench);
void check_any_bytes(StoreBench& bench);
void check_kept_when_flushed(StoreBench& bench);
void check_reads_beside_writes(StoreBench& bench);

}  // namespace subledger::test

#define SUBLEDGER_STORE_CASE(Bench, name) \
  BOOST_AUTO_TEST_CASE(name) {            \
    Bench bench;                          \
    subledger::test::check_##name(bench); \
  }

#define SUBLEDGER_STORE_CONTRACT(Bench)          \
  SUBLEDGER_STORE_CASE(Bench, get_and_write)     \
  SUBLEDGER_STORE_CASE(Bench, get_many)          \
  SUBLEDGER_STORE_CASE(Bench, scan)              \
  SUBLEDGER_STORE_CASE(Bench, any_bytes)         \
  SUBLEDGER_STORE_CASE(Bench, kept_when_flushed) \
  SUBLEDGER_STORE_CASE(Bench, reads_beside_writes)
