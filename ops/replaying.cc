#include "ops/replaying.h"

#include "connectors/rocksdb/store_directory.h"
#include "engine/digest.h"
#include "ops/open_log.h"

namespace subledger::ops {

RocksdbStoreOptions ReplayedLog::stores_in(const std::string& directory) const {
  RocksdbStoreOptions options;
  options.directory = directory;
  options.log_identity = identity;
  options.partitions = partitions;
  options.replay = plain_replay;
  return options;
}

Attempt<ReplayedLog> open_replayed_log(const Configuration& configuration) {
  auto log = open_log(configuration);
  if (!log) return tl::unexpected<Failure>(log.error());
  const auto partitions = (*log)->partitions();
  if (!partitions) return failure_of(partitions.error());
  auto identity = (*log)->identity();
  if (!identity) return failure_of(identity.error());
  return ReplayedLog{*std::move(log), *std::move(identity), *partitions};
}

Attempt<std::vector<CatalogDocument>> catalogs_of(const Invocation& call) {
  std::vector<CatalogDocument> documents;
  for (const std::string& path : call.all("--catalog")) {
    auto document = read_catalog_document(path);
    if (!document) return failure(ExitCode::usage, document.error().message);
    documents.push_back(*std::move(document));
  }
  return documents;
}

Attempt<NamedVariation> variation_of(const Invocation& call) {
  NamedVariation named;
  if (call.has("--subscriber")) {
    named.variation.subscriber = parse_msisdn(call.text("--subscriber"));
    if (!named.variation.subscriber) {
      return failure(ExitCode::usage,
                     "--subscriber is not an MSISDN: it has 7 to 15 digits, the first not 0, and no '+'");
    }
    named.name = "subscriber " + format_msisdn(*named.variation.subscriber);
  }
  auto catalogs = catalogs_of(call);
  if (!catalogs) return tl::unexpected<Failure>(catalogs.error());
  for (CatalogDocument& document : *catalogs) {
    const std::string content = format_hash(hash_row(document.catalog.version, document.canonical));
    named.name += (named.name.empty() ? "" : ", ") + ("catalog " + document.catalog.version) + " " + content;
    named.variation.catalogs.push_back(std::move(document.text));
  }
  if (named.name.empty()) named.name = plain_replay;
  return named;
}

}  // namespace subledger::ops
