// Opens the store in which a subscriber's account stands, for the commands that ask for it.
#pragma once

#include <memory>
#include <string>

#include "engine/query.h"
#include "ops/command.h"

namespace subledger::ops {

struct StoredAccount {
  std::unique_ptr<StorePort> store;
  Query query;
  Msisdn subscriber;
};

/// By the argument MSISDN and the setting `store`. Wrong usage: not an MSISDN.
Attempt<StoredAccount> open_account(const Invocation& call);

/// The answer where no event of the subscriber was accepted.
tl::unexpected<Failure> no_such_subscriber(Msisdn subscriber);

/// The options --from, --to and --limit of commands that list a subscriber's records.
std::vector<CommandOption> range_options();
Attempt<RecordRange> range_of(const Invocation& call);

}  // namespace subledger::ops
