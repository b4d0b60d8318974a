// Sorting a month's records into the parts of a statement.
#include "engine/statement.h"

#include <algorithm>
#include <memory_resource>

#include "engine/wide_money.h"
#include "events/codec.h"
#include "events/json_writer.h"

namespace subledger {
namespace {

std::optional<int32_t> digits_of(std::string_view text) {
  int32_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

/// Makes the statements of a month out of charges in order of their sequence.
class StatementMaker {
 public:
  StatementMaker(const Query& query, Msisdn subscriber, StatementMonth month) : month_(month) {
    const auto& catalogs = query.state().catalogs;
    zone_ = catalogs.empty() ? TimeZone::find("Etc/UTC") : catalogs.back().catalog.time_zone;
    blank_.subscriber = subscriber;
    blank_.month = month;
    blank_.time_zone = zone_ ? std::string(zone_->name()) : "UTC";
    blank_.currency = query.state().currency();
    blank_.complete = month_of(query.meta().recorded_at) > month.number;
    statements_.push_back(blank_);
  }

  void take(const ChargeRecord& charge) {
    // A log's clock may go back: a month that has ended does not begin again.
    latest_ = std::max(latest_, month_of(charge.recorded_at));
    if (latest_ > month_.number) return;
    if (latest_ < month_.number) {
      const bool closing = charge.kind == ChargeKind::closing;
      statements_.front().opening_balance = closing ? Money{} : charge.balance;
      statements_.front().closing_balance = statements_.front().opening_balance;
      return;
    }
    if (statements_.back().closed) statements_.push_back(blank_);
    Statement& statement = statements_.back();
    statement.closing_balance = charge.balance;
    statement.closed = charge.kind == ChargeKind::closing;
    statement.total.add(charge);
    sort_in(statement, charge);
  }

  /// False: the sums are not those of the records.
  bool finish(std::vector<Statement>& into) {
    for (Statement& statement : statements_) {
      const Int128 sum = Int128{statement.opening_balance.micros} + statement.total.from_account;
      if (sum != statement.closing_balance.micros) return false;
    }
    into = std::move(statements_);
    return true;
  }

 private:
  int32_t month_of(Timestamp time) const {
    return zone_ ? local_time(*zone_, time.micros).month
                 : local_time(*TimeZone::find("UTC"), time.micros).month;
  }

  static void sort_in(Statement& statement, const ChargeRecord& charge) {
    switch (charge.kind) {
      case ChargeKind::bonus:
        statement.bonuses.push_back(entry_of(charge));
        return;
      case ChargeKind::payment:
        statement.payments.push_back(entry_of(charge));
        return;
      case ChargeKind::reversal:
        statement.reversals.push_back(entry_of(charge));
        return;
      case ChargeKind::closing:
        return;
      case ChargeKind::activation:
      case ChargeKind::deactivation:
      case ChargeKind::option_connect:
      case ChargeKind::option_disconnect:
      case ChargeKind::tariff_switch:
      case ChargeKind::traffic:
      case ChargeKind::service:
        add_line(statement, charge);
        return;
    }
  }

  static void add_line(Statement& statement, const ChargeRecord& charge) {
    const StatementLine::Key key{charge.kind, std::string(charge.tariff), std::string(charge.service),
                                 std::string(charge.option), std::string(charge.rule)};
    auto at = std::ranges::lower_bound(statement.lines, key, {}, &StatementLine::key);
    if (at == statement.lines.end() || at->key != key) {
      at = statement.lines.insert(at, StatementLine());
      at->key = key;
      at->unit = unit_name(charge);
    }
    ++at->count;
    at->quantity += static_cast<Int128>(charge.quantity.value_or(0));
    at->covered += charge.covered_quantity.value_or(0);
    at->sums.add(charge);
    statement.charges.add(charge);
  }

  static StatementEntry entry_of(const ChargeRecord& charge) {
    const std::string_view text = charge.kind == ChargeKind::payment ? charge.reference : charge.reason;
    return {charge.kind,     charge.recorded_at, charge.occurred_at, std::string(text),  charge.quantity,
            charge.reverses, charge.amount,      charge.from_bonus,  charge.from_account};
  }

  StatementMonth month_;
  int32_t latest_ = 0;  ///< month of the charges so far
  std::optional<TimeZone> zone_;
  Statement blank_;
  std::vector<Statement> statements_;
};

void write_sums(ObjectWriter& object, const StatementSums& sums) {
  object.text("amount", format_wide_money(sums.amount));
  object.text("from_bonus", format_wide_money(sums.from_bonus));
  object.text("from_account", format_wide_money(sums.from_account));
}

void write_line(std::string& out, const StatementLine& line) {
  ObjectWriter object(out);
  object.text("kind", kind_name(line.key.kind));
  object.text_unless_empty("tariff", line.key.tariff);
  object.text_unless_empty("service", line.key.service);
  object.text_unless_empty("option", line.key.option);
  object.text_unless_empty("rule", line.key.rule);
  object.integer("count", line.count);
  if (!line.unit.empty()) {
    object.member("quantity") += format_wide_integer(line.quantity);
    object.text("unit", line.unit);
  }
  if (line.key.kind == ChargeKind::traffic)
    object.member("covered_quantity") += format_wide_integer(line.covered);
  write_sums(object, line.sums);
  object.close();
}

void write_entry(std::string& out, const StatementEntry& entry) {
  ObjectWriter object(out);
  object.time("recorded_at", entry.recorded_at);
  object.time("occurred_at", entry.occurred_at);
  object.text(entry.kind == ChargeKind::payment ? "reference" : "reason", entry.text);
  object.optional_uuid("reverses", entry.reverses);
  object.optional_integer("bytes", entry.bytes);
  object.money("amount", entry.amount);
  object.money("from_bonus", entry.from_bonus);
  object.money("from_account", entry.from_account);
  object.close();
}

template <class Item, class Write>
void write_list(ObjectWriter& object, std::string_view name, const std::vector<Item>& items, Write write) {
  std::string& out = object.member(name) += '[';
  const char* separator = "";
  for (const Item& item : items) {
    out += separator;
    write(out, item);
    separator = ",";
  }
  out += ']';
}

}  // namespace

std::optional<StatementMonth> StatementMonth::parse(std::string_view text) {
  if (text.size() != 7 || text[4] != '-') return std::nullopt;
  const std::optional<int32_t> year = digits_of(text.substr(0, 4));
  const std::optional<int32_t> month = digits_of(text.substr(5));
  if (!year || !month || *month < 1 || *month > 12) return std::nullopt;
  return StatementMonth{*year * 12 + *month - 1};
}

std::string StatementMonth::text() const {
  const std::string year = std::to_string(number / 12);
  const std::string month = std::to_string(number % 12 + 1);
  return std::string(4 - std::min<std::size_t>(4, year.size()), '0') + year +
         (month.size() < 2 ? "-0" : "-") + month;
}

void StatementSums::add(const ChargeRecord& charge) {
  amount += charge.amount.micros;
  from_bonus += charge.from_bonus.micros;
  from_account += charge.from_account.micros;
}

Result<std::optional<std::vector<Statement>>> make_statements(const Query& query, Msisdn subscriber,
                                                              StatementMonth month) {
  const auto records = query.charges(subscriber, {});
  if (!records) return tl::unexpected(records.error());
  if (!*records) return std::nullopt;
  StatementMaker maker(query, subscriber, month);
  for (const std::string& bytes : **records) {
    std::pmr::monotonic_buffer_resource scratch;
    const auto charge = decode_charge(bytes, scratch);
    if (!charge) return unreachable("the store is damaged: " + charge.error().detail);
    maker.take(*charge);
  }
  std::vector<Statement> statements;
  if (!maker.finish(statements)) {
    return failed("the charges of subscriber " + masked_msisdn(subscriber) + " in " + month.text() +
                  " do not add up to the balance; check the store with the log");
  }
  return statements;
}

void append_statement_json(std::string& out, const Statement& statement) {
  ObjectWriter object(out);
  object.text("subscriber", format_msisdn(statement.subscriber));
  object.text("month", statement.month.text());
  object.text("time_zone", statement.time_zone);
  object.text_unless_empty("currency", statement.currency);
  object.boolean("complete", statement.complete);
  object.boolean("closed", statement.closed);
  object.money("opening_balance", statement.opening_balance);
  write_list(object, "lines", statement.lines, write_line);
  ObjectWriter charges(object.member("charges"));
  write_sums(charges, statement.charges);
  charges.close();
  write_list(object, "bonuses", statement.bonuses, write_entry);
  write_list(object, "payments", statement.payments, write_entry);
  write_list(object, "reversals", statement.reversals, write_entry);
  ObjectWriter total(object.member("total"));
  write_sums(total, statement.total);
  total.close();
  object.money("closing_balance", statement.closing_balance);
  object.close();
}

}  // namespace subledger
