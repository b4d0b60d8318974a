// A subscriber's month: what was owed at its beginning, what came of it, what was owed at its end. By
// recorded time in the zone of the last published catalog, so that an issued statement never changes
// (interfaces 3).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/query.h"
#include "events/msisdn.h"
#include "events/records.h"
#include "projections/int128.h"

namespace subledger {

/// Months since year 0, as local_time gives them.
struct StatementMonth {
  int32_t number = 0;

  /// "2014-11". nullopt: another form, or a month that the calendar does not have.
  static std::optional<StatementMonth> parse(std::string_view text);
  std::string text() const;
};

/// Millionths, over one or many records.
struct StatementSums {
  Int128 amount = 0;
  Int128 from_bonus = 0;
  Int128 from_account = 0;

  void add(const ChargeRecord& charge);
};

/// All charges of one kind at one price: of one tariff and rule, service and rule, or option.
struct StatementLine {
  struct Key {
    ChargeKind kind{};
    std::string tariff;
    std::string service;
    std::string option;
    std::string rule;

    friend auto operator<=>(const Key&, const Key&) = default;
  };
  Key key;
  uint64_t count = 0;
  Int128 quantity = 0;  ///< bytes or units
  Int128 covered = 0;   ///< bytes that bonuses covered
  std::string unit;     ///< empty: no quantity
  StatementSums sums;
};

/// A bonus, a payment or a reversal, of which each is shown.
struct StatementEntry {
  ChargeKind kind{};
  Timestamp recorded_at;
  Timestamp occurred_at;
  std::string text;  ///< reason or reference
  std::optional<uint64_t> bytes;
  std::optional<Uuid> reverses;
  Money amount;
  Money from_bonus;
  Money from_account;
};

/// Of one owner of the number: a closing ends it, and what comes after stands in a statement of its own.
struct Statement {
  Msisdn subscriber;
  StatementMonth month;
  std::string time_zone;
  std::string currency;   ///< empty until a catalog is published
  bool complete = false;  ///< the month had ended when the store was written
  bool closed = false;    ///< the number was given back: `closing_balance` is what the account leaves
  Money opening_balance;
  std::vector<StatementLine> lines;  ///< by kind, then names
  StatementSums charges;             ///< of all lines
  std::vector<StatementEntry> bonuses;
  std::vector<StatementEntry> payments;
  std::vector<StatementEntry> reversals;
  StatementSums total;  ///< of everything; opening_balance + total.from_account = closing_balance
  Money closing_balance;
};

/// One or, where the number was closed within the month, several, in order. nullopt: no event of the
/// subscriber was accepted. A fault: the store cannot be read, or its records do not add up.
Result<std::optional<std::vector<Statement>>> make_statements(const Query& query, Msisdn subscriber,
                                                              StatementMonth month);

/// Appends one object without a newline.
void append_statement_json(std::string& out, const Statement& statement);

}  // namespace subledger
