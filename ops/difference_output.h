// Differences as data and as tables.
#pragma once

#include <optional>
#include <string>

#include "engine/difference.h"
#include "ops/command.h"

namespace subledger::ops {

/// After a change of price all later balances differ too; this leaves such lines out, though not out of sums.
CommandOption amounts_option();

/// Writes a line for each record that differs; for tables, nothing.
class DifferenceWriter : public DifferenceSink {
 public:
  explicit DifferenceWriter(const Invocation& call)
      : output_(call.output()), form_(call.format()), amounts_only_(call.has(amounts_option().name)) {}

  OutputFormat form() const { return form_; }

  /// The line of titles, where the form has one.
  Attempt<void> begin();
  Result<void> charge(const Sides<ChargeRecord>& sides) override;
  Result<void> access(const Sides<AccessRecord>& sides) override;
  /// A fault came of the output, as `failure` has it.
  bool failed() const { return failure_.has_value(); }
  /// Requires `failed`.
  const Failure& failure() const { return *failure_; }

 private:
  Result<void> write();

  Output& output_;
  OutputFormat form_;
  bool amounts_only_;
  std::string line_;
  std::optional<Failure> failure_;
};

/// What the differences add up to, by kind, by tariff and rule, and the subscribers with the largest.
std::string difference_tables(const DifferenceTotals& totals);

/// Who pays more, less and the same, and by how much: at most a screen.
std::string difference_summary(const DifferenceTotals& totals, std::string_view currency);

}  // namespace subledger::ops
