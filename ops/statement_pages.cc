#include "ops/statement_pages.h"

#include "engine/wide_money.h"
#include "ops/table.h"

namespace subledger::ops {
namespace {

/// A titled table, before it is text or HTML. The last row is a sum where `summed`.
struct Section {
  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
  bool summed = false;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::vector<std::string> sums_of(const StatementSums& sums) {
  return {format_wide_money(sums.amount), format_wide_money(sums.from_bonus),
          format_wide_money(sums.from_account)};
}

void extend(std::vector<std::string>& row, std::vector<std::string> more) {
  for (std::string& cell : more) row.push_back(std::move(cell));
}

std::string what_of(const StatementLine::Key& key) {
  std::string text;
  for (const std::string* part : {&key.tariff, &key.service, &key.option, &key.rule}) {
    if (!part->empty()) text += (text.empty() ? "" : ", ") + *part;
  }
  return text;
}

Section charges_of(const Statement& statement) {
  Section section{"Charges",
                  {{"kind"},
                   {"what"},
                   {"count", Align::right},
                   {"quantity", Align::right},
                   {"unit"},
                   {"by bonus", Align::right},
                   {"amount", Align::right},
                   {"from bonus", Align::right},
                   {"from account", Align::right}},
                  {},
                  true};
  uint64_t count = 0;
  for (const StatementLine& line : statement.lines) {
    const bool measured = !line.unit.empty();
    const bool traffic = line.key.kind == ChargeKind::traffic;
    std::vector<std::string> row = {std::string(kind_name(line.key.kind)),
                                    what_of(line.key),
                                    std::to_string(line.count),
                                    measured ? format_wide_integer(line.quantity) : "",
                                    line.unit,
                                    traffic ? format_wide_integer(line.covered) : ""};
    extend(row, sums_of(line.sums));
    section.rows.push_back(std::move(row));
    count += line.count;
  }
  std::vector<std::string> total = {"total", "", std::to_string(count), "", "", ""};
  extend(total, sums_of(statement.charges));
  section.rows.push_back(std::move(total));
  return section;
}

Section bonuses_of(const Statement& statement) {
  Section section{
      "Bonuses", {{"recorded at"}, {"reason"}, {"bytes", Align::right}, {"money", Align::right}}, {}};
  for (const StatementEntry& entry : statement.bonuses) {
    section.rows.push_back({format_time(entry.recorded_at), entry.text,
                            entry.bytes ? std::to_string(*entry.bytes) : "",
                            entry.bytes ? "" : format_money(-entry.from_bonus)});
  }
  return section;
}

Section payments_of(const Statement& statement) {
  Section section{"Payments", {{"recorded at"}, {"reference"}, {"paid", Align::right}}, {}};
  for (const StatementEntry& entry : statement.payments) {
    section.rows.push_back({format_time(entry.recorded_at), entry.text, format_money(-entry.amount)});
  }
  return section;
}

Section reversals_of(const Statement& statement) {
  Section section{"Reversals",
                  {{"recorded at"},
                   {"reason"},
                   {"of charge"},
                   {"amount", Align::right},
                   {"from bonus", Align::right},
                   {"from account", Align::right}},
                  {}};
  for (const StatementEntry& entry : statement.reversals) {
    section.rows.push_back({format_time(entry.recorded_at), entry.text,
                            entry.reverses ? format_uuid(*entry.reverses) : "", format_money(entry.amount),
                            format_money(entry.from_bonus), format_money(entry.from_account)});
  }
  return section;
}

std::vector<Section> sections_of(const Statement& statement) {
  std::vector<Section> sections = {charges_of(statement)};
  for (Section& section :
       std::vector{bonuses_of(statement), payments_of(statement), reversals_of(statement)}) {
    if (!section.rows.empty()) sections.push_back(std::move(section));
  }
  return sections;
}

std::string with_currency(const std::string& amount, const Statement& statement) {
  return statement.currency.empty() ? amount : amount + " " + statement.currency;
}

Pairs head_of(const Statement& statement) {
  Pairs pairs = {{"subscriber", format_msisdn(statement.subscriber)},
                 {"month", statement.month.text() + ", by recorded time, " + statement.time_zone}};
  if (!statement.complete) pairs.emplace_back("state", "not complete: the month is not over yet");
  pairs.emplace_back("opening balance", with_currency(format_money(statement.opening_balance), statement));
  return pairs;
}

Pairs foot_of(const Statement& statement) {
  const std::string owed = with_currency(format_money(statement.closing_balance), statement);
  Pairs pairs = {{"charged to the account",
                  with_currency(format_wide_money(statement.charges.from_account), statement)}};
  pairs.emplace_back("closing balance", owed + (statement.closed ? ", the number was given back" : ""));
  return pairs;
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
}

void append_row(std::string& out, const Section& section, const std::vector<std::string>& cells,
                const char* tag) {
  out += "<tr>";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool right = section.columns[i].align == Align::right;
    out += std::string("<") + tag + (right ? " class=\"n\">" : ">");
    append_escaped(out, cells[i]);
    out += std::string("</") + tag + ">";
  }
  out += "</tr>\n";
}

void append_section(std::string& out, const Section& section) {
  out += "<h2>" + section.title + "</h2>\n<table>\n<thead>";
  std::vector<std::string> titles;
  for (const Column& column : section.columns) titles.push_back(column.title);
  append_row(out, section, titles, "th");
  out += "</thead>\n<tbody>\n";
  const std::size_t lines = section.rows.size() - (section.summed ? 1 : 0);
  for (std::size_t i = 0; i < lines; ++i) append_row(out, section, section.rows[i], "td");
  out += "</tbody>\n";
  if (section.summed) {
    out += "<tfoot>";
    append_row(out, section, section.rows.back(), "td");
    out += "</tfoot>\n";
  }
  out += "</table>\n";
}

void append_pairs(std::string& out, const Pairs& pairs) {
  out += "<dl>\n";
  for (const auto& [name, value] : pairs) {
    out += "<dt>" + name + "</dt><dd>";
    append_escaped(out, value);
    out += "</dd>\n";
  }
  out += "</dl>\n";
}

constexpr const char* style =
    "body{font:11pt/1.4 sans-serif;color:#111;max-width:60em;margin:2em auto;padding:0 1em}"
    "h1{font-size:1.4em}h2{font-size:1.1em;margin:1.6em 0 .4em}"
    "table{border-collapse:collapse;width:100%;font-size:.9em}"
    "th,td{text-align:left;padding:.25em .6em;border-bottom:1px solid #ccc;vertical-align:top}"
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "tfoot td{border-top:2px solid #111;border-bottom:0;font-weight:bold}"
    "dl{display:grid;grid-template-columns:max-content auto;gap:.2em 1.5em}dt{color:#555}dd{margin:0}"
    "article+article{break-before:page}tr{break-inside:avoid}thead{display:table-header-group}"
    "@media print{body{margin:0;max-width:none}}@page{margin:18mm}";

}  // namespace

std::string statement_text(const Statement& statement) {
  std::string text = pairs_text(head_of(statement));
  for (const Section& section : sections_of(statement)) {
    Table table(section.columns);
    for (const auto& row : section.rows) table.add(row);
    text += "\n" + section.title + "\n" + table.take();
  }
  return text + "\n" + pairs_text(foot_of(statement));
}

std::string statements_html(const std::vector<Statement>& statements) {
  const Statement& first = statements.front();
  const std::string title = "Statement " + first.month.text() + ", " + format_msisdn(first.subscriber);
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>" + title +
                    "</title>\n<style>" + style + "</style>\n</head>\n<body>\n";
  for (const Statement& statement : statements) {
    out += "<article>\n<h1>" + title + "</h1>\n";
    append_pairs(out, head_of(statement));
    for (const Section& section : sections_of(statement)) append_section(out, section);
    append_pairs(out, foot_of(statement));
    out += "</article>\n";
  }
  return out + "</body>\n</html>\n";
}

}  // namespace subledger::ops
