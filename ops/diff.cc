// subledger diff
#include <algorithm>
#include <set>

#include "connectors/rocksdb/rocksdb_store.h"
#include "connectors/rocksdb/store_directory.h"
#include "engine/meta.h"
#include "engine/store_difference.h"
#include "ops/commands.h"
#include "ops/difference_output.h"
#include "ops/progress.h"
#include "projections/rows.h"

namespace subledger::ops {
namespace {

constexpr std::string_view subscriber_word = "subscriber ";

struct DiffedStores {
  std::array<std::string, 2> names;
  std::array<StoreDirectory, 2> stores;
  std::optional<Msisdn> subscriber;  ///< that one of them is limited to
};

/// Of a replay of one subscriber.
std::optional<Msisdn> subscriber_of(const StoreDirectory& stores) {
  if (!stores.replay.starts_with(subscriber_word)) return std::nullopt;
  const std::string rest = stores.replay.substr(subscriber_word.size());
  return parse_msisdn(std::string_view(rest).substr(0, rest.find(',')));
}

Attempt<DiffedStores> stores_of(const Invocation& call) {
  const std::vector<std::string> names = call.all("--store");
  if (names.size() != 2) return failure(ExitCode::usage, "two stores are needed: --store A --store B");
  DiffedStores diffed;
  std::set<uint64_t> subscribers;
  for (std::size_t i = 0; i < 2; ++i) {
    auto stores = read_store_directory(names[i]);
    if (!stores) return failure_of(stores.error());
    diffed.names[i] = names[i];
    if (!stores->replay.empty()) tell(names[i] + " is a replay: " + stores->replay);
    const auto subscriber = subscriber_of(*stores);
    if (subscriber) {
      diffed.subscriber = subscriber;
      subscribers.insert(subscriber->number);
    }
    diffed.stores[i] = *std::move(stores);
  }
  if (diffed.stores[0].log_identity != diffed.stores[1].log_identity ||
      diffed.stores[0].partitions != diffed.stores[1].partitions) {
    return failure(ExitCode::unreachable, "the stores are of different logs; name two of one log");
  }
  if (subscribers.size() > 1) {
    return failure(ExitCode::usage, "the stores are replays of different subscribers");
  }
  return diffed;
}

Attempt<Meta> meta_of(const StorePort& store, const std::string& name, int32_t partition) {
  const auto row = store.get(meta_key);
  if (!row) return failure_of(row.error());
  if (!*row) return Meta{};
  const std::optional<Meta> meta = parse_meta(**row);
  if (meta) return *meta;
  return failure(ExitCode::unreachable, "store " + name + ": the row of the position of partition " +
                                            std::to_string(partition) + " is damaged");
}

std::string place_of(const Meta& meta) {
  return meta.position == 0 ? "nothing" : "offset " + std::to_string(meta.position - 1);
}

Attempt<void> diff_partition(const DiffedStores& diffed, int32_t partition, Difference& difference,
                             DifferenceWriter& writer, Progress& progress) {
  std::array<std::unique_ptr<StorePort>, 2> stores;
  std::array<Meta, 2> metas;
  for (std::size_t i = 0; i < 2; ++i) {
    if (!std::ranges::binary_search(diffed.stores[i].present, partition)) {
      tell("partition " + std::to_string(partition) + " has no store in " + diffed.names[i] +
           ", so it is not compared");
      return {};
    }
    auto store = open_rocksdb_read_only(diffed.names[i], partition);
    if (!store) return failure_of(store.error());
    const auto meta = meta_of(**store, diffed.names[i], partition);
    if (!meta) return tl::unexpected<Failure>(meta.error());
    stores[i] = *std::move(store);
    metas[i] = *meta;
  }
  StoreDifferenceOptions options;
  options.subscriber = diffed.subscriber;
  options.progress = [&](uint64_t events) { progress.add(events); };
  if (metas[0].position != metas[1].position) {
    const Meta& lesser = std::ranges::min(metas, {}, &Meta::position);
    options.end = lesser.position;
    tell("partition " + std::to_string(partition) + ": " + diffed.names[0] + " holds " + place_of(metas[0]) +
         ", " + diffed.names[1] + " " + place_of(metas[1]) + "; compared up to " + place_of(lesser));
  }
  progress.add_total(std::max(metas[0].counts.accepted, metas[1].counts.accepted));
  const auto compared = compare_stores({*stores[0], *stores[1]}, options, difference);
  if (compared) return {};
  if (writer.failed()) return tl::unexpected<Failure>(writer.failure());
  return failure_of(compared.error());
}

Attempt<ExitCode> diff_stores(const Invocation& call) {
  const auto diffed = stores_of(call);
  if (!diffed) return tl::unexpected<Failure>(diffed.error());
  DifferenceWriter writer(call);
  if (auto begun = writer.begin(); !begun) return tl::unexpected<Failure>(begun.error());
  Difference difference(writer);
  {
    Progress progress("comparing", "event");
    std::set<int32_t> partitions;
    for (const StoreDirectory& each : diffed->stores) {
      partitions.insert(each.present.begin(), each.present.end());
    }
    for (const int32_t partition : partitions) {
      const auto done = diff_partition(*diffed, partition, difference, writer, progress);
      if (!done) return tl::unexpected<Failure>(done.error());
    }
  }
  const DifferenceTotals& totals = difference.totals();
  const OutputFormat form = writer.form();
  if (totals.total.records > 0) call.output().differences_found();
  std::string end;
  if (form == OutputFormat::json) append_difference_json(end, totals);
  if (form == OutputFormat::json) end += '\n';
  if (form == OutputFormat::table) end = difference_tables(totals);
  if (auto written = call.output().write(end); !written) return tl::unexpected<Failure>(written.error());
  if (totals.total.records == 0) return ExitCode::done;
  tell(counted(totals.total.records, "record") + " of " + counted(totals.subscribers, "subscriber") +
       " differ");
  return ExitCode::differences;
}

}  // namespace

Command diff_command() {
  Command command;
  command.name = "diff";
  command.summary = "what differs between the charges and access decisions of two stores";
  command.details =
      "The first store is the left side, the second the right; a difference is right - left. Records are\n"
      "compared by all their content, up to the smaller of the two positions. As JSON, a line for each "
      "record\n"
      "that differs and one of totals; as CSV, a line each; as a table, what they add up to.\n"
      "Exit code 4 where something differs.";
  command.options = {{"--store", "DIR", "a directory of stores; twice", true}, amounts_option()};
  command.own_output = "csv";
  command.run = &diff_stores;
  return command;
}

}  // namespace subledger::ops
