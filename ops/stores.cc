#include "ops/stores.h"

#include "connectors/rocksdb/rocksdb_store.h"

namespace subledger::ops {

Attempt<OpenStore> open_store(const std::string& directory, int32_t partition) {
  auto store = open_rocksdb_read_only(directory, partition);
  if (!store) return failure_of(store.error());
  auto query = Query::open(**store, partition);
  if (!query) return failure_of(query.error());
  return OpenStore{*std::move(store), *std::move(query)};
}

Attempt<StoresAt> find_stores(const Configuration& configuration) {
  const Attempt<std::string> directory = configuration.required("store");
  if (!directory) return tl::unexpected<Failure>(directory.error());
  auto stores = read_store_directory(*directory);
  if (!stores) return failure_of(stores.error());
  return StoresAt{*directory, *std::move(stores)};
}

Attempt<void> check_same_log(const StoresAt& stores, Log& log) {
  const auto identity = log.identity();
  if (!identity) return failure_of(identity.error());
  const auto partitions = log.partitions();
  if (!partitions) return failure_of(partitions.error());
  if (*identity == stores.stores.log_identity && *partitions == stores.stores.partitions) return {};
  return failure(ExitCode::unreachable,
                 "the stores in " + stores.path + " belong to another log than the one of --log (" +
                     stores.stores.log_identity + ", not " + *identity + "); name the store of that log");
}

}  // namespace subledger::ops
