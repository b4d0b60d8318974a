// subledger stats
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "engine/wide_money.h"
#include "events/json_writer.h"
#include "ops/commands.h"
#include "ops/stores.h"
#include "ops/table.h"

namespace subledger::ops {
namespace {

/// A roll-up of a store that does not hold the whole history.
struct Lacking {
  int32_t partition = 0;
  Rollup rollup{};
  std::optional<RollupReach> reach;  ///< nullopt: nothing of it is there yet
};

std::string note_of(const Lacking& lacking) {
  const std::string name(rollup_name(lacking.rollup));
  const std::string place = "partition " + std::to_string(lacking.partition) + ": ";
  if (!lacking.reach) return place + name + " are not added up yet: `subledger run` does so, beside its work";
  const std::string begin = std::to_string(lacking.reach->begin);
  if (!lacking.reach->filling) {
    return place + name + " are added up from offset " + begin + " on; a store rebuilt from the log has all";
  }
  const RollupFilling& filling = *lacking.reach->filling;
  const auto percent = 100 * filling.done / std::max<uint64_t>(1, filling.total);
  return place + name + " before offset " + begin + " are still being added up: " + grouped(filling.done) +
         " of " + grouped(filling.total) + " records (" + std::to_string(percent) +
         " %); `subledger run` goes on with it, beside its work";
}

/// What all stores of a directory have added up.
struct Everything {
  std::vector<RollupRow> rows;
  Counts counts;
  std::string currency;
  int64_t stores = 0;
  int64_t partitions = 0;
  std::vector<Lacking> lacking;
};

std::string day_text(int32_t day) { return format_time(Timestamp{day * micros_per_day}).substr(0, 10); }

/// What a payment or a bonus is not: what subscribers were charged for, less what was taken back.
bool turnover(const RollupRow& row) {
  return row.rollup == Rollup::charges && row.kind != ChargeKind::payment && row.kind != ChargeKind::bonus;
}

Attempt<void> take_store(const Query& query, int32_t partition, Everything& all) {
  auto rows = query.rollups();
  if (!rows) return failure_of(rows.error());
  for (RollupRow& row : *rows) all.rows.push_back(std::move(row));
  const Counts& counts = query.meta().counts;
  all.counts.records += counts.records;
  all.counts.accepted += counts.accepted;
  all.counts.duplicates += counts.duplicates;
  all.counts.rejected += counts.rejected;
  if (all.currency.empty()) all.currency = query.state().currency();
  for (const Rollup rollup : all_rollups) {
    auto reach = query.rollup_reach(rollup);
    if (!reach) return failure_of(reach.error());
    if (counts.records == 0 || (*reach && (*reach)->whole())) continue;
    all.lacking.push_back({partition, rollup, *std::move(reach)});
  }
  return {};
}

Attempt<Everything> read_everything(const Invocation& call) {
  const auto found = find_stores(call.configuration());
  if (!found) return tl::unexpected<Failure>(found.error());
  Everything all;
  all.stores = static_cast<int64_t>(found->stores.present.size());
  all.partitions = found->stores.partitions;
  for (const int32_t partition : found->stores.present) {
    const auto opened = open_store(found->path, partition);
    if (!opened) return tl::unexpected<Failure>(opened.error());
    if (auto taken = take_store(opened->query, partition, all); !taken) {
      return tl::unexpected<Failure>(taken.error());
    }
  }
  return all;
}

/// A group's place and names, and its sums.
using GroupKey = std::pair<int, std::vector<std::pair<std::string, std::string>>>;

std::optional<GroupKey> group_of(const RollupRow& row, const std::string& by) {
  const bool charge = row.rollup == Rollup::charges;
  if (by == "reason") {
    if (row.rollup != Rollup::rejects) return std::nullopt;
    return GroupKey{static_cast<int>(row.reason), {{"reason", std::string(reason_name(row.reason))}}};
  }
  if (by == "day")
    return turnover(row) ? std::optional(GroupKey{row.day, {{"day", day_text(row.day)}}}) : std::nullopt;
  if (!charge) return std::nullopt;
  const std::string kind(kind_name(row.kind));
  if (by == "kind") return GroupKey{static_cast<int>(row.kind), {{"kind", kind}}};
  if (by == "tariff") {
    if (row.tariff.empty()) return std::nullopt;
    return GroupKey{0, {{"tariff", row.tariff}}};
  }
  if (row.rule.empty()) return std::nullopt;
  return GroupKey{static_cast<int>(row.kind),
                  {{"kind", kind}, {"tariff", row.tariff}, {"service", row.service}, {"rule", row.rule}}};
}

std::string groups_text(const Everything& all, const std::string& by, OutputFormat format) {
  std::map<GroupKey, RollupSums> groups;
  for (const RollupRow& row : all.rows) {
    if (const std::optional<GroupKey> key = group_of(row, by)) groups[*key].add(row.sums);
  }
  const bool rule = by == "rule";
  const bool money = by != "reason";
  std::vector<Column> columns;
  for (const char* name : {"kind", "tariff", "service", "rule"}) {
    if (rule) columns.push_back({name});
  }
  if (!rule) columns.push_back({by});
  columns.push_back({"count", Align::right});
  if (rule) columns.push_back({"quantity", Align::right});
  for (const char* name : {"amount", "from bonus", "from account"}) {
    if (money) columns.push_back({name, Align::right});
  }
  Table table(columns);
  std::string json;
  for (const auto& [key, sums] : groups) {
    std::vector<std::string> cells;
    ObjectWriter object(json);
    for (const auto& [name, value] : key.second) {
      object.text_unless_empty(name, value);
      cells.push_back(value);
    }
    object.integer("count", sums.count);
    cells.push_back(std::to_string(sums.count));
    if (rule) {
      object.member("quantity") += format_wide_integer(sums.quantity);
      object.member("covered_quantity") += format_wide_integer(sums.covered);
      cells.push_back(format_wide_integer(sums.quantity));
    }
    for (const auto& [name, sum] :
         {std::pair("amount", sums.amount), std::pair("from_bonus", sums.from_bonus),
          std::pair("from_account", sums.from_account)}) {
      if (!money) continue;
      object.text(name, format_wide_money(sum));
      cells.push_back(format_wide_money(sum));
    }
    object.close();
    json += '\n';
    table.add(std::move(cells));
  }
  return format == OutputFormat::json ? json : table.take();
}

struct Totals {
  RollupSums turnover;
  RollupSums payments;
  RollupSums bonuses;
  int64_t locked = 0;
  uint64_t granted = 0;
  uint64_t refused = 0;
};

Totals totals_of(const Everything& all) {
  Totals totals;
  for (const RollupRow& row : all.rows) {
    if (turnover(row)) totals.turnover.add(row.sums);
    if (row.rollup == Rollup::charges && row.kind == ChargeKind::payment) totals.payments.add(row.sums);
    if (row.rollup == Rollup::charges && row.kind == ChargeKind::bonus) totals.bonuses.add(row.sums);
    if (row.rollup != Rollup::access) continue;
    const auto count = static_cast<int64_t>(row.sums.count);
    if (row.transition == AccessTransition::locked) totals.locked += count;
    if (row.transition == AccessTransition::unlocked) totals.locked -= count;
    if (row.decision == AccessDecision::granted) totals.granted += row.sums.count;
    if (row.decision == AccessDecision::refused) totals.refused += row.sums.count;
  }
  return totals;
}

/// What is not in the totals: an array of objects.
void append_lacking(std::string& out, const Everything& all) {
  char separator = '[';
  for (const Lacking& lacking : all.lacking) {
    out += std::exchange(separator, ',');
    ObjectWriter object(out);
    object.integer("partition", lacking.partition);
    object.text("rollup", rollup_name(lacking.rollup));
    if (lacking.reach) object.integer("from_offset", lacking.reach->begin);
    if (lacking.reach && lacking.reach->filling) {
      object.integer("filled", lacking.reach->filling->done);
      object.integer("of", lacking.reach->filling->total);
    }
    object.close();
  }
  out += ']';
}

std::string totals_text(const Everything& all, OutputFormat format) {
  const Totals totals = totals_of(all);
  if (format != OutputFormat::json) {
    const std::string unit = all.currency.empty() ? "" : " " + all.currency;
    return pairs_text(
        {{"stores", std::to_string(all.stores) + " of " + std::to_string(all.partitions) + " partitions"},
         {"records", grouped(all.counts.records)},
         {"accepted", grouped(all.counts.accepted)},
         {"duplicates", grouped(all.counts.duplicates)},
         {"rejected", grouped(all.counts.rejected)},
         {"turnover", format_wide_money(totals.turnover.amount) + unit},
         {"paid", format_wide_money(-totals.payments.amount) + unit},
         {"bonuses", format_wide_money(-totals.bonuses.amount) + unit},
         {"locked", std::to_string(totals.locked) + " subscribers"},
         {"logins", grouped(totals.granted) + " granted, " + grouped(totals.refused) + " refused"}});
  }
  std::string json;
  ObjectWriter object(json);
  object.integer("stores", all.stores);
  object.integer("partitions", all.partitions);
  object.integer("records", all.counts.records);
  object.integer("accepted", all.counts.accepted);
  object.integer("duplicates", all.counts.duplicates);
  object.integer("rejected", all.counts.rejected);
  object.text("turnover", format_wide_money(totals.turnover.amount));
  object.text("paid", format_wide_money(-totals.payments.amount));
  object.text("bonuses", format_wide_money(-totals.bonuses.amount));
  object.text_unless_empty("currency", all.currency);
  object.integer("locked", totals.locked);
  object.integer("logins_granted", totals.granted);
  object.integer("logins_refused", totals.refused);
  if (!all.lacking.empty()) append_lacking(object.member("incomplete"), all);
  object.close();
  return json + '\n';
}

Attempt<ExitCode> show_stats(const Invocation& call) {
  const std::string by = call.text("--by");
  constexpr std::array<std::string_view, 5> dimensions = {"day", "kind", "tariff", "rule", "reason"};
  if (call.has("--by") && std::ranges::find(dimensions, by) == dimensions.end()) {
    return failure(ExitCode::usage, "--by takes day, kind, tariff, rule or reason");
  }
  const auto all = read_everything(call);
  if (!all) return tl::unexpected<Failure>(all.error());
  for (const Lacking& lacking : all->lacking) tell(note_of(lacking));
  const auto written = call.output().write(call.has("--by") ? groups_text(*all, by, call.format())
                                                            : totals_text(*all, call.format()));
  if (!written) return tl::unexpected<Failure>(written.error());
  return ExitCode::done;
}

}  // namespace

Command stats_command() {
  Command command;
  command.name = "stats";
  command.summary = "turnover, counts, locked subscribers and rejects, added up while events were applied";
  command.details =
      "Takes no longer on a long history than on a short one. Turnover is what was charged, less reversals:\n"
      "without payments and bonuses. Days are those of the recorded time in UTC; by tariff is what names "
      "one.";
  command.options = {{"--by", "WHAT", "by day (turnover), kind, tariff, rule, or reason (of rejects)"}};
  command.settings = {"store"};
  command.run = &show_stats;
  return command;
}

}  // namespace subledger::ops
