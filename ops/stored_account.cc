#include "ops/stored_account.h"

#include <algorithm>
#include <charconv>

#include "connectors/rocksdb/rocksdb_store.h"
#include "connectors/rocksdb/store_directory.h"
#include "events/partitioner.h"

namespace subledger::ops {
namespace {

Attempt<std::optional<Timestamp>> time_of(const Invocation& call, const char* option) {
  if (!call.has(option)) return std::optional<Timestamp>();
  const std::optional<Timestamp> time = parse_time(call.text(option));
  if (!time)
    return failure(ExitCode::usage, std::string(option) + " is not a time such as 2014-11-02T10:15:00Z");
  return time;
}

}  // namespace

Attempt<StoredAccount> open_account(const Invocation& call) {
  const std::string digits = call.text("MSISDN");
  const std::optional<Msisdn> subscriber = parse_msisdn(digits);
  if (!subscriber) {
    return failure(ExitCode::usage, "not an MSISDN: it has 7 to 15 digits, the first not 0, and no '+'");
  }
  const Attempt<std::string> directory = call.configuration().required("store");
  if (!directory) return tl::unexpected<Failure>(directory.error());
  const auto stores = read_store_directory(*directory);
  if (!stores) return failure_of(stores.error());
  const int32_t partition = partition_of(digits, stores->partitions);
  if (!std::ranges::binary_search(stores->present, partition)) {
    return failure(ExitCode::unreachable, "subscriber " + masked_msisdn(*subscriber) +
                                              " belongs to partition " + std::to_string(partition) +
                                              ", which has no store in " + *directory +
                                              "; ask where that partition is processed");
  }
  auto store = open_rocksdb_read_only(*directory, partition);
  if (!store) return failure_of(store.error());
  auto query = Query::open(**store, partition);
  if (!query) return failure_of(query.error());
  return StoredAccount{*std::move(store), *std::move(query), *subscriber};
}

tl::unexpected<Failure> no_such_subscriber(Msisdn subscriber) {
  return failure(ExitCode::not_found, "no event of subscriber " + masked_msisdn(subscriber) +
                                          " has been accepted so far, as far as the store has been written");
}

std::vector<CommandOption> range_options() {
  return {{"--from", "TIME", "only what occurred at this time or later"},
          {"--to", "TIME", "only what occurred before this time"},
          {"--limit", "N", "of these, the N latest"}};
}

Attempt<RecordRange> range_of(const Invocation& call) {
  const auto from = time_of(call, "--from");
  if (!from) return tl::unexpected<Failure>(from.error());
  const auto to = time_of(call, "--to");
  if (!to) return tl::unexpected<Failure>(to.error());
  RecordRange range{*from, *to};
  if (!call.has("--limit")) return range;
  const std::string limit = call.text("--limit");
  const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), range.latest);
  if (error != std::errc{} || end != limit.data() + limit.size()) {
    return failure(ExitCode::usage, "--limit has to be a number, 0 or more");
  }
  return range;
}

}  // namespace subledger::ops
