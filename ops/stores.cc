#include "ops/stores.h"

#include <algorithm>

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

void tell_absent(const std::string& directory, const StoreDirectory& stores) {
  const auto count = static_cast<std::size_t>(stores.partitions);
  if (stores.present.size() == count) return;
  std::string absent;
  for (int32_t partition = 0; partition < stores.partitions; ++partition) {
    if (std::ranges::binary_search(stores.present, partition)) continue;
    absent += (absent.empty() ? "" : ", ") + std::to_string(partition);
  }
  tell(directory + " holds " + std::to_string(stores.present.size()) + " of " + counted(count, "partition") +
       "; not in it, nor in what follows: " + absent);
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
