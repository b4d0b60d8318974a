# Which RocksDB is linked: SUBLEDGER_ROCKSDB_TARGET, its kind, and RocksDB_VERSION. Debian's has its
# assertions compiled in, which suits tests; ops/build-rocksdb makes a release build for everything else.
set(pinned_prefix "")
if(SUBLEDGER_ROCKSDB STREQUAL "pinned" OR
   (SUBLEDGER_ROCKSDB STREQUAL "auto" AND CMAKE_BUILD_TYPE STREQUAL "Release"))
  execute_process(COMMAND ${PROJECT_SOURCE_DIR}/ops/build-rocksdb --where
                  OUTPUT_VARIABLE pinned_prefix OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
# What an earlier run of CMake found may be another one.
unset(RocksDB_DIR CACHE)
if(pinned_prefix)
  find_package(RocksDB REQUIRED CONFIG PATHS ${pinned_prefix} NO_DEFAULT_PATH)
  set(SUBLEDGER_ROCKSDB_TARGET RocksDB::rocksdb)
  set(SUBLEDGER_ROCKSDB_KIND "release build")
elseif(SUBLEDGER_ROCKSDB STREQUAL "pinned")
  message(FATAL_ERROR "SUBLEDGER_ROCKSDB is 'pinned', but ops/build-rocksdb has not been run")
else()
  find_package(RocksDB REQUIRED)
  set(SUBLEDGER_ROCKSDB_TARGET RocksDB::rocksdb-shared)
  set(SUBLEDGER_ROCKSDB_KIND "the system's")
endif()
message(STATUS "RocksDB ${RocksDB_VERSION} (${SUBLEDGER_ROCKSDB_KIND})")
