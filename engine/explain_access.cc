// Explaining logins: the decision table of domain 4, and the attempts that led there.
#include <algorithm>

#include "engine/explain_parts.h"

namespace subledger::explaining {
namespace {

struct Row {
  std::string condition;
  bool holds = false;
  std::string decision;
};

std::vector<Row> table_of(const Access& access, const LoginAttempted& body) {
  const bool stale =
      body.password_id && access.password.has_value() && *body.password_id != access.password->id;
  return {{"the assistant is not active", !access.active, "refused, not_activated"},
          {"access is locked", access.locked, "refused, locked"},
          {"no password is set", !access.password, "refused, no_password"},
          {"the password checked against is not the current one", stale, "refused, stale_password"},
          {"the password was correct", body.outcome == LoginOutcome::correct, "granted"},
          {"the password was wrong", body.outcome == LoginOutcome::wrong, "refused, wrong_password"}};
}

/// A success, a new password or a closing, after which counting begins anew.
bool begins_anew(const AccessRecord& record) {
  return record.decision == AccessDecision::granted || record.type == AccessType::password_set ||
         record.type == AccessType::subscriber_closed;
}

std::string text_of(const AccessRecord& record) {
  return std::string(access_type_name(record.type)) + " at " + format_time(record.occurred_at);
}

void add_attempts(FactMaker& facts, const Case& met) {
  // The last one is that of this very event.
  const std::vector<AccessRecord>& all = met.history.access();
  std::size_t begin = all.size() - 1;
  while (begin > 0 && !begins_anew(all[begin - 1])) --begin;
  facts.text("counting_since", begin == 0 ? "the beginning" : text_of(all[begin - 1]));
  std::vector<Fact> attempts;
  for (std::size_t i = begin; i < all.size(); ++i) {
    const AccessRecord& record = all[i];
    if (record.type != AccessType::login_attempted) continue;
    attempts.push_back(FactMaker()
                           .text("source", std::to_string(record.source.partition) + ":" +
                                               std::to_string(record.source.offset))
                           .time("occurred_at", record.occurred_at)
                           .text("decision", decision_name(record.decision))
                           .text("reason", access_reason_name(record.reason))
                           .number("failures", record.failures)
                           .flag("locked", record.locked)
                           .take());
  }
  facts.list("attempts_since", std::move(attempts));
}

}  // namespace

void explain_login(FactMaker& facts, const Case& met, const LoginAttempted& body) {
  const Access& access = met.before().access;
  std::vector<Fact> rows;
  int number = 0;
  for (const Row& row : table_of(access, body)) {
    rows.push_back(FactMaker()
                       .number("row", ++number)
                       .text("condition", row.condition)
                       .flag("holds", row.holds)
                       .text("decision", row.holds ? row.decision : "")
                       .take());
    if (row.holds) break;
  }
  facts.list("decision_table", std::move(rows));
  if (access.password) {
    facts.add(FactMaker("password")
                  .uuid("current", access.password->id)
                  .time("set_at", access.password->set_at)
                  .text("checked_against", body.password_id ? format_uuid(*body.password_id) : "not said")
                  .take());
  }
  const Catalog* catalog = met.catalog();
  facts.add(
      FactMaker("lockout")
          .number("threshold", catalog == nullptr ? default_lockout_threshold : catalog->lockout_threshold)
          .text("of", catalog == nullptr ? "no version in force: the default" : "version " + catalog->version)
          .number("failures_before", access.failures)
          .number("failures_after", met.step.after.access.failures)
          .flag("locked_after", met.step.after.access.locked)
          .take());
  add_attempts(facts, met);
}

}  // namespace subledger::explaining
