#include "ops/stored_account.h"

#include <algorithm>

#include "events/partitioner.h"
#include "ops/arguments.h"
#include "ops/stores.h"

namespace subledger::ops {

Attempt<StoredAccount> open_account(const Invocation& call) {
  const std::string digits = call.text("MSISDN");
  const Attempt<Msisdn> subscriber = parse_subscriber(digits);
  if (!subscriber) return tl::unexpected<Failure>(subscriber.error());
  const auto found = find_stores(call.configuration());
  if (!found) return tl::unexpected<Failure>(found.error());
  const int32_t partition = partition_of(digits, found->stores.partitions);
  if (!std::ranges::binary_search(found->stores.present, partition)) {
    return failure(ExitCode::unreachable, "subscriber " + masked_msisdn(*subscriber) +
                                              " belongs to partition " + std::to_string(partition) +
                                              ", which has no store in " + found->path +
                                              "; ask where that partition is processed");
  }
  auto opened = open_store(found->path, partition);
  if (!opened) return tl::unexpected<Failure>(opened.error());
  return StoredAccount{std::move(opened->store), std::move(opened->query), *subscriber};
}

tl::unexpected<Failure> no_such_subscriber(Msisdn subscriber) {
  return failure(ExitCode::not_found, "no event of subscriber " + masked_msisdn(subscriber) +
                                          " has been accepted so far, as far as the store has been written");
}

std::vector<CommandOption> range_options() {
  std::vector<CommandOption> options = time_span_options("only what occurred");
  options.push_back({"--limit", "N", "of these, the N latest"});
  return options;
}

Attempt<RecordRange> range_of(const Invocation& call) {
  const auto span = time_span_of(call);
  if (!span) return tl::unexpected<Failure>(span.error());
  const auto latest = count_option(call, "--limit", INT64_MAX);
  if (!latest) return tl::unexpected<Failure>(latest.error());
  return RecordRange{span->from, span->to, static_cast<std::size_t>(*latest)};
}

}  // namespace subledger::ops
