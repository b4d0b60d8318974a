// What a record is checked by when it is read: a disk may bring other bytes than were written, and SQLite
// looks only at what its trees are made of.
#pragma once

#include <cstdint>
#include <string_view>

namespace subledger::sqlite {

/// What stands beside a record's bytes; sizes of -1 are null.
struct StoredRecord {
  int64_t offset = 0;
  int64_t timestamp_ms = 0;
  int64_t key_size = -1;
  int64_t value_size = -1;
  int64_t headers_size = 0;
};

/// Over the record and the bytes of its key, value and headers, with which `bytes` begins.
int64_t checksum(const StoredRecord& record, std::string_view bytes);

}  // namespace subledger::sqlite
