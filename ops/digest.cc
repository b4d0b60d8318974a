// subledger digest
#include "connectors/rocksdb/rocksdb_store.h"
#include "connectors/rocksdb/store_directory.h"
#include "engine/query.h"
#include "ops/commands.h"
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

Attempt<ExitCode> show_digests(const Invocation& call) {
  const Attempt<std::string> directory = call.configuration().required("store");
  if (!directory) return tl::unexpected<Failure>(directory.error());
  const auto stores = read_store_directory(*directory);
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
    const auto digest = digest_of_store(*directory, partition);
    if (!digest) return tl::unexpected<Failure>(digest.error());
    table.add(cells_of(*digest));
    append_digest_json(json, *digest);
    json += '\n';
  }
  const auto written = call.output().write(call.format() == OutputFormat::json ? json : table.take());
  if (!written) return tl::unexpected<Failure>(written.error());
  return ExitCode::done;
}

}  // namespace

Command digest_command() {
  Command command;
  command.name = "digest";
  command.summary = "print the digest of each partition's state";
  command.details =
      "Equal states have equal digests on any machine. 'offset' is that of the last applied record, absent "
      "where\n"
      "there is none.";
  command.settings = {"store"};
  command.run = &show_digests;
  return command;
}

}  // namespace subledger::ops
