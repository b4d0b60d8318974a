#include "ops/store_digests.h"

#include "connectors/rocksdb/rocksdb_store.h"
#include "connectors/rocksdb/store_directory.h"
#include "engine/query.h"
#include "ops/table.h"

namespace subledger::ops {
namespace {

Attempt<PartitionDigest> digest_of_store(const std::string& directory, int32_t partition) {
  const auto store = open_rocksdb_read_only(directory, partition);
  if (!store) return failure_of(store.error());
  const auto query = Query::open(**store, partition);
  if (!query) return failure_of(query.error());
  return query->digest();
}

std::vector<std::string> cells_of(const PartitionDigest& digest) {
  return {std::to_string(digest.partition),
          digest.offset ? std::to_string(*digest.offset) : "",
          std::to_string(digest.counts.records),
          std::to_string(digest.counts.accepted),
          std::to_string(digest.counts.duplicates),
          std::to_string(digest.counts.rejected),
          format_hash(digest.digest)};
}

}  // namespace

Attempt<void> print_digests(const Invocation& call, const std::string& directory) {
  const auto stores = read_store_directory(directory);
  if (!stores) return failure_of(stores.error());
  Table table({{"partition", Align::right},
               {"offset", Align::right},
               {"records", Align::right},
               {"accepted", Align::right},
               {"duplicates", Align::right},
               {"rejected", Align::right},
               {"digest"}});
  std::string json;
  for (const int32_t partition : stores->present) {
    const auto digest = digest_of_store(directory, partition);
    if (!digest) return tl::unexpected<Failure>(digest.error());
    table.add(cells_of(*digest));
    append_digest_json(json, *digest);
    json += '\n';
  }
  return call.output().write(call.format() == OutputFormat::json ? json : table.take());
}

}  // namespace subledger::ops
