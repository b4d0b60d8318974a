// Damages the store of a partition as no program of ours would, for tests of the audit:
//
//   store_tamper DIR PARTITION change|remove|add|clear PREFIX
//
// The first row whose key begins with PREFIX gets another last byte, or is removed, or has a copy under the
// next key; `clear` removes all of them.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "connectors/rocksdb/rocksdb_store.h"
#include "connectors/rocksdb/store_directory.h"

namespace subledger {
namespace {

template <class Value>
Value must(Result<Value> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::exit(1);
}

void clear(StorePort& store, const std::string& prefix) {
  std::vector<std::string> keys;
  const auto scanned = store.scan(prefix, [&](std::string_view key, std::string_view) {
    keys.emplace_back(key);
    return true;
  });
  std::vector<RowWrite> writes;
  for (const std::string& key : keys) writes.push_back({key, std::nullopt});
  if (!scanned || writes.empty() || !store.write(writes) || !store.flush()) std::exit(1);
}

void tamper(StorePort& store, const std::string& how, const std::string& prefix) {
  if (how == "clear") return clear(store, prefix);
  std::string key, value;
  const auto scanned = store.scan(prefix, [&](std::string_view found, std::string_view bytes) {
    key = found;
    value = bytes;
    return false;
  });
  if (!scanned || key.empty()) {
    std::fprintf(stderr, "there is no row '%s'\n", prefix.c_str());
    std::exit(1);
  }
  RowWrite write{key, std::nullopt};
  if (how != "remove") {
    std::string& changed = how == "add" ? key : value;
    changed.back() = static_cast<char>(changed.back() ^ 1);
    write = {key, value};
  }
  if (!store.write({&write, 1}) || !store.flush()) std::exit(1);
}

}  // namespace
}  // namespace subledger

int main(int count, char** values) {
  using namespace subledger;
  if (count != 5) {
    std::fprintf(stderr, "usage: store_tamper DIR PARTITION change|remove|add|clear PREFIX\n");
    return 2;
  }
  const int32_t partition = std::atoi(values[2]);
  const StoreLabel label = must(read_label(values[1], partition));
  RocksdbStoreOptions options;
  options.directory = values[1];
  options.log_identity = label.log_identity;
  options.partitions = label.partitions;
  options.replay = label.replay;
  RocksdbStoreFactory stores(options);
  tamper(*must(stores.open(partition)), values[3], values[4]);
  return 0;
}
