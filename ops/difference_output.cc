#include "ops/difference_output.h"

#include <algorithm>
#include <array>

#include "engine/wide_money.h"
#include "events/money.h"
#include "ops/table.h"

namespace subledger::ops {
namespace {

constexpr std::array<Int128 DifferenceSum::*, 2> sums_of_sides{&DifferenceSum::left, &DifferenceSum::right};
constexpr uint64_t bar_max = 40;

const std::vector<Column> sum_columns = {{"differ", Align::right},     {"in amount", Align::right},
                                         {"left", Align::right},       {"right", Align::right},
                                         {"difference", Align::right}, {"largest", Align::right}};

/// A difference with its sign.
std::string signed_sum(Int128 micros) { return (micros > 0 ? "+" : "") + format_wide_money(micros); }

std::vector<std::string> with_sum(std::vector<std::string> cells, const DifferenceSum& sum) {
  cells.push_back(std::to_string(sum.records));
  cells.push_back(std::to_string(sum.amounts));
  for (const auto side : sums_of_sides) cells.push_back(format_wide_money(sum.*side));
  cells.push_back(signed_sum(sum.difference()));
  cells.push_back(signed_sum(sum.largest));
  return cells;
}

Table table_of(std::vector<Column> columns) {
  columns.insert(columns.end(), sum_columns.begin(), sum_columns.end());
  return Table(std::move(columns));
}

std::string by_kind(const DifferenceTotals& totals) {
  Table table = table_of({{"kind"}});
  for (std::size_t kind = 1; kind <= charge_kind_count; ++kind) {
    const DifferenceSum& sum = totals.kinds[kind];
    if (sum.records == 0 && sum.left == 0 && sum.right == 0) continue;
    table.add(with_sum({std::string(kind_name(static_cast<ChargeKind>(kind)))}, sum));
  }
  DifferenceSum access;
  access.records = totals.access_records;
  if (access.records > 0) table.add(with_sum({"(access)"}, access));
  table.add(with_sum({"total"}, totals.total));
  return table.take();
}

std::string by_group(const DifferenceTotals& totals) {
  Table table = table_of({{"kind"}, {"tariff or service"}, {"rule or option"}});
  for (const auto& [group, sum] : totals.groups) {
    if (sum.records == 0 || (group.tariff.empty() && group.rule.empty())) continue;
    table.add(with_sum({std::string(kind_name(group.kind)), group.tariff, group.rule}, sum));
  }
  return table.waiting() == 0 ? "" : "\n" + table.take();
}

std::string by_subscriber(const DifferenceTotals& totals) {
  Table table = table_of({{"subscriber"}});
  for (const auto& each : totals.largest_more)
    table.add(with_sum({format_msisdn(each.subscriber)}, each.sum));
  for (auto each = totals.largest_less.rbegin(); each != totals.largest_less.rend(); ++each) {
    table.add(with_sum({format_msisdn(each->subscriber)}, each->sum));
  }
  return table.waiting() == 0 ? "" : "\n" + table.take();
}

std::string range_text(std::size_t range) {
  static const std::array<const char*, histogram_bounds.size() + 1> texts = {
      "below -1000", "-1000 to -100", "-100 to -10", "-10 to -1",   "-1 to 0",   "the same",
      "0 to 1",      "1 to 10",       "10 to 100",   "100 to 1000", "above 1000"};
  return texts[range];
}

/// From the first range that holds somebody to the last.
std::string histogram_text(const DifferenceTotals& totals) {
  const auto some = [](uint64_t count) { return count > 0; };
  const auto& counts = totals.histogram;
  const auto first = std::ranges::find_if(counts, some);
  const auto last = std::find_if(counts.rbegin(), counts.rend(), some).base();
  Table table({{"difference", Align::right}, {"subscribers", Align::right}, {""}});
  if (first >= last) return "";
  const uint64_t most = *std::max_element(first, last);
  for (auto at = first; at != last; ++at) {
    const uint64_t length = *at == 0 ? 0 : std::max<uint64_t>(1, *at * bar_max / most);
    table.add({range_text(static_cast<std::size_t>(at - counts.begin())), std::to_string(*at),
               std::string(length, '#')});
  }
  return table.take();
}

template <class Record>
void append_csv_start(std::string& line, const Record& record, std::string_view kind) {
  line += format_msisdn(record.subscriber) + ',' + format_uuid(record.event_id) + ',' + std::string(kind) +
          ',' + std::to_string(record.source.partition) + ',' + std::to_string(record.source.offset) + ',' +
          format_time(record.occurred_at) + ',';
}

}  // namespace

CommandOption amounts_option() {
  return {"--amounts-only", "", "leave out the lines of charges on both sides whose amounts are equal"};
}

Attempt<void> DifferenceWriter::begin() {
  if (form_ != OutputFormat::csv) return {};
  return output_.write(
      "subscriber,event_id,kind,partition,offset,occurred_at,left_tariff,left_rule,right_tariff,right_rule,"
      "left_amount,right_amount,difference,left_decision,right_decision\n");
}

// No value holds a comma or a quotation mark: names are made of a-z, 0-9, '-' and '_'.
Result<void> DifferenceWriter::charge(const Sides<ChargeRecord>& sides) {
  const bool both = sides.left != nullptr && sides.right != nullptr;
  if (amounts_only_ && both && difference_of(sides) == Money{}) return {};
  line_.clear();
  if (form_ == OutputFormat::json) append_difference_json(line_, sides);
  if (form_ != OutputFormat::csv) return write();
  append_csv_start(line_, sides.any(), kind_name(sides.any().kind));
  for (const ChargeRecord* side : {sides.left, sides.right}) {
    if (side != nullptr) line_.append(side->service.empty() ? side->tariff : side->service);
    line_ += ',';
    if (side != nullptr) line_.append(side->option.empty() ? side->rule : side->option);
    line_ += ',';
  }
  for (const ChargeRecord* side : {sides.left, sides.right}) {
    if (side != nullptr) append_money(line_, side->amount);
    line_ += ',';
  }
  append_money(line_, difference_of(sides));
  line_ += ",,";
  return write();
}

Result<void> DifferenceWriter::access(const Sides<AccessRecord>& sides) {
  line_.clear();
  if (form_ == OutputFormat::json) append_difference_json(line_, sides);
  if (form_ != OutputFormat::csv) return write();
  append_csv_start(line_, sides.any(), access_type_name(sides.any().type));
  line_ += ",,,,,,0.00,";
  if (sides.left != nullptr) line_ += decision_name(sides.left->decision);
  line_ += ',';
  if (sides.right != nullptr) line_ += decision_name(sides.right->decision);
  return write();
}

Result<void> DifferenceWriter::write() {
  if (form_ == OutputFormat::table) return {};
  line_ += '\n';
  output_.differences_found();
  const auto written = output_.write(line_);
  if (written) return {};
  failure_ = written.error();
  return subledger::failed(failure_->message);
}

std::string difference_tables(const DifferenceTotals& totals) {
  return by_kind(totals) + by_group(totals) + by_subscriber(totals);
}

std::string difference_summary(const DifferenceTotals& totals, std::string_view currency) {
  const std::string unit = currency.empty() ? "" : " " + std::string(currency);
  return pairs_text({{"pay more", counted(totals.more, "subscriber")},
                     {"pay less", counted(totals.less, "subscriber")},
                     {"pay the same", counted(totals.same, "subscriber")},
                     {"total before", format_wide_money(totals.total.left) + unit},
                     {"total after", format_wide_money(totals.total.right) + unit},
                     {"difference", signed_sum(totals.total.difference()) + unit}}) +
         "\n" + histogram_text(totals);
}

}  // namespace subledger::ops
