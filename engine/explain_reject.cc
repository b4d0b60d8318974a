// The reasons of domain 8: where each stands, and what would have had to be different.

#include "engine/explain_parts.h"

namespace subledger::explaining {
namespace {

struct ReasonRule {
  Reason reason{};
  int step = 0;  ///< of domain 8; 0: the check of a catalog's document
  const char* rule;
  const char* different;
};

using enum Reason;

constexpr ReasonRule rules[] = {
    {oversize, 1, "domain 8, step 1: a value has at most 64 KiB, a catalog 1 MiB",
     "a smaller record; the producer has to send it anew"},
    {malformed, 2, "domain 8, step 2: the bytes are a whole event of the schema with well-formed strings",
     "a record that the producer wrote by the schema; these bytes can never be applied"},
    {unsupported, 3,
     "domain 8, step 3: the schema's major version and the event type are known to this build",
     "a version of this program that knows them"},
    {invalid_subscriber, 4, "domain 2: a subscriber has 7 to 15 digits, the first not 0",
     "an MSISDN in E.164 without '+'; the producer has to send it anew"},
    {key_mismatch, 5, "domain 2: a record's key is the subscriber's digits",
     "the same key and subscriber; the producer has to send it anew"},
    {wrong_partition, 6, "domain 2: a record lies in its key's partition (murmur2)",
     "Kafka's default partitioner in the producer; a redrive sends it to its key's partition"},
    {time_out_of_range, 7, "domain 8, step 7: not before 2000, not more than 24 h after the recorded time",
     "a clock that is right where the event is made; once the time has come, a redrive is taken"},
    {invalid_value, 8, "domain 8, step 8: amounts and quantities above 0 and within their bounds",
     "the value that the detail names; the producer has to send it anew"},
    {id_conflict, 9, "domain 2: the same id with other content is refused; the first one stands",
     "an id of its own for this event"},
    {before_closing, 9, "domain 6, Closing: what occurred before the last closing is the former owner's",
     "to be recorded before the closing was, or to occur after it"},
    {no_catalog, 10, "domain 5: the version is the latest published that begins not after the event's time",
     "a version that begins not after the event's time, published before this record; then redrive it"},
    {access_denied, 11,
     "domain 4: an action through the web, or a password, needs an active assistant, and the "
     "web one that is not locked",
     "an assistant that is active and not locked at this place of the log, or another channel than the web"},
    {unknown_option, 12, "domain 8, step 12: the option is in the version in force, or connected",
     "an option of the version in force at the event's time"},
    {unknown_tariff, 12, "domain 8, step 12: the tariff is in the version in force",
     "a tariff of the version in force at the event's time"},
    {unknown_service, 12, "domain 8, step 12: the service is in the version in force",
     "a service of the version in force at the event's time"},
    {unknown_charge, 12,
     "domain 6, Reversal: it names a charge of this subscriber since the last closing, of a "
     "kind that can be reversed",
     "the id of such a charge, recorded before this event"},
    {option_already_connected, 13, "domain 6, State rules: an option is connected once",
     "a disconnection recorded before"},
    {option_not_connected, 13, "domain 6, State rules: only what is connected is disconnected",
     "a connection recorded before"},
    {option_excluded, 13,
     "domain 6, State rules: options that exclude one another are not connected together",
     "the disconnection of the other option, recorded before"},
    {same_tariff, 13,
     "domain 6, State rules: a switch goes to another tariff than the one in force at its time",
     "another tariff; this one was in force already"},
    {option_required, 13, "domain 6, State rules: a service may require a connected option",
     "the option connected by an event recorded before"},
    {already_reversed, 13, "domain 6, Reversal: a charge is reversed once",
     "nothing: it has been reversed, and that stands"},
    {too_many_grants, 13, "domain 6, Bonuses: 64 grants at most, of which expired ones make room",
     "fewer open grants: used up, or expired by the event's time"},
    {no_rate, 14, "domain 6, Rating: the first rule whose conditions hold prices it",
     "a rule of the version in force that matches hour, zone and rating group"},
    {amount_overflow, 15,
     "domain 7: an amount and a balance lie within 10^15 millionths; domain 6: a scope within "
     "2^53",
     "a smaller quantity, price or balance"},
    {invalid_catalog, 0,
     "domain 5: the document checks, a name comes again only with equal JSON, one currency",
     "the field that the detail points at; publish the mended document"},
};

}  // namespace

Fact rejection_fact(Reason reason, std::string_view detail) {
  FactMaker fact("rejection");
  fact.text("reason", reason_name(reason)).text("detail", detail);
  for (const ReasonRule& each : rules) {
    if (each.reason != reason) continue;
    if (each.step > 0) fact.number("step", each.step);
    fact.text("rule", each.rule).text("would_have_needed", each.different);
  }
  return fact.take();
}

}  // namespace subledger::explaining

namespace subledger {

Explanation explain_reject(const RejectRecord& reject) {
  FactMaker facts;
  facts.text("outcome", "rejected")
      .text("source", std::to_string(reject.source.partition) + ":" + std::to_string(reject.source.offset))
      .time("recorded_at", reject.recorded_at)
      .text_unless_empty("subscriber", reject.subscriber);
  if (reject.event_id) facts.uuid("event_id", *reject.event_id);
  facts.add(explaining::rejection_fact(reject.reason, reject.detail));
  return {facts.take(), true};
}

}  // namespace subledger
