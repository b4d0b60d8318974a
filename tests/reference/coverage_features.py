"""What is special about one event and what came of it: names for coverage.py to count.

Only looks: at the account before the event, the fold after it, and the charge record.
"""

import datetime

from account import tariff_at
from forms import DAY, HOUR, parse_money, parse_time
from rating import find_rule, local_time, unrounded

SCOPES = ("event", "session", "day", "month")
MODES = ("half_up", "half_even", "up", "down")
REVERSIBLE = ("activation", "option_connect", "option_disconnect", "tariff_switch", "traffic", "service")

FEATURES = (
    # Catalogs.
    "charge before any catalog", "several versions", "version published late, effective earlier",
    "two versions of one effective_from", "catalog again, same text", "catalog again, members reordered",
    "catalog again, other content", "catalog of another currency", "catalog not valid",
    "catalog time out of range", "event at an effective_from", "event 1 µs before an effective_from",
    # Access.
    "locked at another threshold than 3", "failures above a lower threshold, not locked",
    "web action denied while locked", "web action denied while inactive", "web action allowed",
    "activated again", "locked across off and on", "password_set denied", "stale password after a new one",
    # Identity.
    "duplicate in other letters", "duplicate in another text of time or money", "duplicate with final false",
    "duplicate of a refused login", "duplicate of a former owner's event", "rejected event again, accepted",
    "id of a rejected event with other content", "id of another subscriber",
    # Rating.
    *(f"traffic scope {scope}" for scope in SCOPES), *(f"service scope {scope}" for scope in SCOPES),
    *(f"rounding {mode}" for mode in MODES), *(f"decimals {decimals}" for decimals in range(7)),
    "a tie for rounding", "second tier", "third tier or above", "connect fee", "connect fee not again", "cap",
    "rule by hours", "rule by zone", "rule by rating group", "rating group 0 by rule",
    "rule after the first", "no rule matches",
    "within an hour of a clock change", "in the hour that comes twice", "at local midnight",
    "1 µs before local midnight", "at a local month's start", "month and day differ from UTC's",
    # Accumulators.
    "accumulator goes on", "accumulator across versions", "accumulator evicted", "evicted one comes again",
    "final closes", "final closes those of several rules", "final opens none", "final opens none at 32",
    "final priced by another scope closes", "final without session", "closed session comes again",
    "session rule without session", "nothing paid opens", "nothing paid touches",
    "service final leaves traffic's", "traffic final leaves service's", "accumulator at 2^53",
    "accumulator above 2^53",
    # Bonuses.
    "bytes cover all", "bytes cover a part", "money covers all", "money covers a part",
    "several grants for one event", "grant without expiry used", "expiry at event time not used",
    "expiry 1 µs after event time used", "grant used that had expired for an earlier event",
    "grant forgotten for a new one", "bonus among too many grants", "reversal among too many grants",
    "reversal forgets an expired grant", "64 grants",
    # Fees and state.
    "override's fee", "option's own fee", "disconnecting what the version lacks",
    "option under unknown tariff", "option unknown and tariff unknown", "traffic under unknown tariff",
    "switch to unknown tariff", "first switch free",
    "switch free after days", "switch exactly after free days",
    "switch not yet free", "late switch",
    "switch at the time of another",
    "33rd switch", "switch older than all kept", "traffic before the oldest kept switch",
    "excluded by the new option", "excluded by the connected option", "service requires and has",
    # Reversal and closing.
    *(f"reversal of {kind}" for kind in REVERSIBLE), "reversal gives money back", "reversal gives bytes back",
    "reversal gives both back", "reversal gives back without expiry", "reversal gives back what has expired",
    "reversal of another kind", "reversal of another subscriber's", "reversal of a former owner's",
    "reversal in capitals", "closed twice", "closed with a balance", "closed while locked",
    "event at the closing's time", "next owner's charge",
    # Bounds.
    "2^50 bytes", "above 2^50 bytes", "sum above 2^64", "2^50 units", "above 2^50 units", "money 0",
    "money negative", "largest money of the wire", "10^15 amount", "amount above 10^15",
    "balance at -10^15", "balance above 10^15, amount not", "bonus of both", "bonus of neither",
    "expires_at not after", "2000-01-01", "before 2000", "after recorded time", "text beyond ASCII",
)


def version_of(fold, record):
    return next(catalog for catalog in fold.catalogs if catalog["version"] == record["catalog_version"])


def of_catalog(fold, members, event, outcome):
    if outcome == "time_out_of_range":
        yield "catalog time out of range"
    if outcome == "accepted":
        new, older = fold.catalogs[-1], fold.catalogs[:-1]
        if older:
            yield "several versions"
        if any(catalog["effective_from"] > new["effective_from"] for catalog in older):
            yield "version published late, effective earlier"
        if any(catalog["effective_from"] == new["effective_from"] for catalog in older):
            yield "two versions of one effective_from"
    if outcome == "duplicate":
        order = list(event["catalog"])
        yield "catalog again, " + ("same text" if order[0] == "version" else "members reordered")
    if outcome == "invalid_catalog":
        if event["catalog"].get("version") in fold.documents:
            yield "catalog again, other content"
        elif event["catalog"].get("currency") == "EUR":
            yield "catalog of another currency"
        else:
            yield "catalog not valid"


def of_access(fold, event, before, outcome):
    at, kind = event["occurred_at"], event["type"]
    active, locked = (before.active, before.locked) if before else (False, False)
    catalog = fold.catalog_at(at)
    in_assistant = kind in ("option_connected", "option_disconnected", "tariff_switched", "service_used")
    if in_assistant and event["channel"] == "web":
        if outcome == "access_denied":
            yield "web action denied while " + ("locked" if active else "inactive")
        if outcome == "accepted":
            yield "web action allowed"
    if kind == "password_set" and outcome == "access_denied":
        yield "password_set denied"
    if outcome != "accepted":
        return
    if kind == "assistant_activated" and active:
        yield "activated again"
    if kind == "assistant_activated" and locked:
        yield "locked across off and on"
    account = fold.subscribers[event["subscriber"]].account
    threshold = catalog["lockout_threshold"] if catalog else 3
    if kind == "login_attempted" and account.locked and not locked and threshold != 3:
        yield "locked at another threshold than 3"
    if not account.locked and account.failures >= threshold and account.failures:
        yield "failures above a lower threshold, not locked"
    record = fold.access[-1] if kind == "login_attempted" else {}
    if record.get("reason") == "stale_password":
        if event["password_id"] in fold.subscribers[event["subscriber"]].events:
            yield "stale password after a new one"


def of_identity(fold, members, event, before, outcome, seen):
    subscriber, event_id = event["subscriber"], event["id"]
    earlier = seen.get((subscriber, event_id))
    if outcome == "duplicate":
        first = earlier["accepted"]
        if first["id"] != members["id"]:
            yield "duplicate in other letters"
        if any(first.get(name) != members.get(name) for name in ("occurred_at", "money")):
            yield "duplicate in another text of time or money"
        if members.get("final") is False and "final" not in first:
            yield "duplicate with final false"
        if event["type"] == "login_attempted" and not earlier["granted"]:
            yield "duplicate of a refused login"
        if before.closed_at is not None and event["occurred_at"] < before.closed_at:
            yield "duplicate of a former owner's event"
    if outcome == "accepted":
        if earlier and earlier["rejected"] == event:
            yield "rejected event again, accepted"
        elif earlier:
            yield "id of a rejected event with other content"
        if any(other != subscriber and event_id in fold.subscribers[other].events
               for other in fold.subscribers):
            yield "id of another subscriber"


def remember(fold, members, event, outcome, seen):
    key = (event["subscriber"], event["id"])
    entry = seen.setdefault(key, {"accepted": None, "rejected": None, "granted": False})
    if outcome == "accepted":
        entry["accepted"] = members
        entry["granted"] = bool(fold.access) and fold.access[-1]["decision"] == "granted"
    elif outcome != "duplicate":
        entry["rejected"] = event


def of_rule(fold, event, record):
    """Which rule priced, and where in the formula the quantity lies."""
    catalog = version_of(fold, record)
    kind, at = record["kind"], event["occurred_at"]
    rules = (catalog["tariffs"][record["tariff"]]["traffic"] if kind == "traffic"
             else catalog["services"][record["service"]]["rates"])
    rule = find_rule(rules, event, catalog)
    before = record["accumulated_quantity"]
    after = before + record["quantity"] - record.get("covered_quantity", 0)
    yield f"{kind} scope {rule['scope']}"
    if rule is not rules[0]:
        yield "rule after the first"
    for condition, name in (("hours", "hours"), ("zone", "zone"), ("rating_group", "rating group")):
        if condition in rule["when"]:
            yield "rule by " + name
    if rule["when"].get("rating_group") == 0:
        yield "rating group 0 by rule"
    if rule["scope"] == "session" and "session" not in event:
        yield "session rule without session"
    exact = unrounded(rule, after)
    scaled = exact * 10 ** rule["decimals"]
    if after > before:
        if scaled.denominator > 1:
            yield "rounding " + rule["mode"]
            yield f"decimals {rule['decimals']}"
        if scaled.denominator == 2 and rule["mode"].startswith("half"):
            yield "a tie for rounding"
        tier = sum(tier["from"] < after for tier in rule["tiers"])
        if tier > 1:
            yield "second tier" if tier == 2 else "third tier or above"
        if rule["connect_fee"]:
            yield "connect fee not again" if before else "connect fee"
        if rule["max_charge"] is not None and exact > rule["max_charge"]:
            yield "cap"
    yield from of_local_time(at, catalog["time_zone"])


def of_local_time(at, zone):
    local = local_time(at, zone)
    if local.utcoffset() != local_time(at - HOUR, zone).utcoffset():
        yield "within an hour of a clock change"
    if local.fold:
        yield "in the hour that comes twice"
    midnight = datetime.time()
    if local.time() == midnight:
        yield "at local midnight"
        if local.day == 1:
            yield "at a local month's start"
    if local_time(at + 1, zone).time() == midnight:
        yield "1 µs before local midnight"
    if local.month != local_time(at, datetime.timezone.utc).month:
        yield "month and day differ from UTC's"


def of_accumulators(fold, event, before, account, record, seen):
    keys_before = before.accumulators if before else {}
    kept, new = account.accumulators, set(account.accumulators) - set(keys_before)
    gone = [key for key in keys_before if key not in kept]
    use = record["kind"]
    name = record["tariff"] if use == "traffic" else record["service"]
    history = seen.setdefault(("accumulators", event["subscriber"]), {})
    final = event.get("final", False) and "session" in event
    closed = [key for key in gone if final and key[0] == use and key[3:] == ("session", event["session"])]
    evicted = [key for key in gone if key not in closed]
    touched = [key for key in [*kept, *closed] if key[:3] == (use, name, record["rule"])
               and (key in new or kept.get(key) != keys_before.get(key) or [*kept][-1] == key)]
    if record["accumulated_quantity"] > 0:
        yield "accumulator goes on"
        versions = {history[key][1] for key in touched if key in history}
        if versions - {record["catalog_version"]}:
            yield "accumulator across versions"
    if evicted:
        yield "accumulator evicted"
    for key in new:
        if history.get(key, ("",))[0] == "evicted":
            yield "evicted one comes again"
        if history.get(key, ("",))[0] == "closed":
            yield "closed session comes again"
    yield from of_final(event, record, use, final, closed, new, keys_before, kept)
    if record.get("covered_quantity") == record["quantity"]:
        if new:
            yield "nothing paid opens"
        elif keys_before and list(kept) != list(keys_before) and not gone:
            yield "nothing paid touches"
    if 2**53 in [kept[key] for key in touched if key in kept]:
        yield "accumulator at 2^53"
    history.update({key: ("evicted", "") for key in evicted})
    history.update({key: ("closed", "") for key in closed})
    history.update({key: ("open", record["catalog_version"]) for key in touched if key in kept})


def of_final(event, record, use, final, closed, new, keys_before, kept):
    if event.get("final") and "session" not in event:
        yield "final without session"
    if not final:
        return
    if closed:
        yield "final closes"
        if len(closed) > 1:
            yield "final closes those of several rules"
        if not any(key[2] == record["rule"] for key in closed):
            yield "final priced by another scope closes"
    elif not new and list(kept) == list(keys_before):
        yield "final opens none"
        if len(kept) == 32:
            yield "final opens none at 32"
    if any(key[0] != use and key[3:] == ("session", event["session"]) for key in kept):
        yield ("service final leaves traffic's" if use == "service" else "traffic final leaves service's")


def of_bonuses(event, before, account, record, seen):
    at, quantity = event["occurred_at"], record.get("quantity", 0)
    bytes_covered = record.get("covered_quantity", 0)
    amount, from_bonus = parse_money(record["amount"]), parse_money(record["from_bonus"])
    if bytes_covered:
        yield "bytes cover all" if bytes_covered == quantity else "bytes cover a part"
    if from_bonus:
        yield "money covers all" if from_bonus == amount else "money covers a part"
    grants = before.grants if before else []
    left = sorted((grant["of"], grant["expires_at"] or 0, grant["left"]) for grant in account.grants)
    used = [grant for grant in grants if (grant["of"], grant["expires_at"] or 0, grant["left"]) not in left]
    latest = seen.setdefault(("latest", event["subscriber"]), 0)
    if len(used) > 1:
        yield "several grants for one event"
    for grant in used:
        if grant["expires_at"] is None:
            yield "grant without expiry used"
        elif grant["expires_at"] == at + 1:
            yield "expiry 1 µs after event time used"
        elif grant["expires_at"] <= latest:
            yield "grant used that had expired for an earlier event"
    if (amount > from_bonus or quantity > bytes_covered) and any(g["expires_at"] == at for g in grants):
        yield "expiry at event time not used"
    seen[("latest", event["subscriber"])] = max(latest, at)


def of_grants(fold, event, before, outcome, record):
    if event["type"] not in ("bonus_granted", "charge_reversed"):
        return
    reversing = event["type"] == "charge_reversed"
    if outcome == "too_many_grants":
        yield "reversal among too many grants" if reversing else "bonus among too many grants"
    if record and before and len(before.grants) == 64:
        account = fold.subscribers[event["subscriber"]].account
        if sum(account.grants.count(grant) < before.grants.count(grant) for grant in before.grants):
            yield "reversal forgets an expired grant" if reversing else "grant forgotten for a new one"
    if record and len(fold.subscribers[event["subscriber"]].account.grants) == 64:
        yield "64 grants"


def of_options(fold, event, before, outcome, record):
    catalog, kind, at = fold.catalog_at(event["occurred_at"]), event["type"], event["occurred_at"]
    if catalog is None or before is None:
        return
    if kind.startswith("option_"):
        option, tariff = event["option"], tariff_at(before, at, catalog)
        if outcome == "unknown_tariff":
            yield "option under unknown tariff"
        if outcome == "unknown_option" and tariff not in catalog["tariffs"]:
            yield "option unknown and tariff unknown"
        if outcome == "option_excluded":
            own = catalog["options"][option]["excludes"]
            by_new = any(name in own for name in before.options)
            yield "excluded by the new option" if by_new else "excluded by the connected option"
        if record and option not in catalog["options"]:
            yield "disconnecting what the version lacks"
        elif record:
            overrides = catalog["tariffs"][record["tariff"]]["options"]
            yield "override's fee" if option in overrides else "option's own fee"
    if kind == "traffic_used" and outcome == "unknown_tariff":
        yield "traffic under unknown tariff"
    if kind == "traffic_used" and outcome == "no_rate":
        yield "no rule matches"
    if kind == "traffic_used" and record and len(before.switches) == 32:
        if at < before.switches[0]["occurred_at"]:
            yield "traffic before the oldest kept switch"
    if kind == "service_used" and record and catalog["services"][event["service"]]["requires"]:
        yield "service requires and has"
    if kind == "tariff_switched":
        yield from of_switches(event, before, outcome, record, catalog)


def of_switches(event, before, outcome, record, catalog):
    if outcome == "unknown_tariff":
        yield "switch to unknown tariff"
    if record is None:
        return
    at, tariff = event["occurred_at"], catalog["tariffs"][event["tariff"]]
    earlier = [switch["occurred_at"] for switch in before.switches if switch["occurred_at"] <= at]
    if tariff["free_after_days"] is not None and tariff["switch_fee"] > 0:
        gap = at - earlier[-1] if earlier else None
        if gap is None:
            yield "first switch free"
        elif gap == tariff["free_after_days"] * DAY:
            yield "switch exactly after free days"
        elif parse_money(record["amount"]) == 0:
            yield "switch free after days"
        else:
            yield "switch not yet free"
    if len(earlier) < len(before.switches):
        yield "late switch"
    if earlier and earlier[-1] == at:
        yield "switch at the time of another"
    if len(before.switches) == 32:
        yield "33rd switch" if earlier else "switch older than all kept"


def of_reversals(fold, members, event, before, outcome, record):
    charge_id = event["charge_id"]
    if members["charge_id"] != charge_id and record:
        yield "reversal in capitals"
    mine = before.charges if before else {}
    if outcome == "unknown_charge" and charge_id in mine:
        yield "reversal of another kind"
    elif outcome == "unknown_charge":
        known = next((other for other in fold.charges if other["charge_id"] == charge_id), None)
        if known:
            former = known["subscriber"] == event["subscriber"]
            yield "reversal of a former owner's" if former else "reversal of another subscriber's"
    if record is None:
        return
    charge = mine[charge_id]
    yield "reversal of " + charge["kind"]
    money, covered = charge["from_bonus"] > 0, charge.get("covered_quantity", 0) > 0
    if money or covered:
        yield "reversal gives " + ("both" if money and covered else "money" if money else "bytes") + " back"
    expiries = [charge.get("money_expiry")] * money + [charge.get("bytes_expiry")] * covered
    if None in expiries:
        yield "reversal gives back without expiry"
    if any(expiry is not None and expiry <= event["occurred_at"] for expiry in expiries):
        yield "reversal gives back what has expired"


def of_closings(event, before, record, seen):
    if before is None or record is None:
        return
    if event["type"] == "subscriber_closed":
        key = ("closed", event["subscriber"])
        if seen.get(key) == "just now":
            yield "closed twice"
        if before.balance:
            yield "closed with a balance"
        if before.locked:
            yield "closed while locked"
    elif before.closed_at is not None:
        yield "next owner's charge"
        if event["occurred_at"] == before.closed_at:
            yield "event at the closing's time"
    seen[("closed", event["subscriber"])] = "just now" if event["type"] == "subscriber_closed" else ""


def of_bounds(fold, members, event, before, outcome, record):
    at, kind = event["occurred_at"], event["type"]
    invalid = outcome == "invalid_value"
    if kind == "traffic_used":
        total = event["bytes_up"] + event["bytes_down"]
        if total >= 2**50:
            yield "2^50 bytes" if total == 2**50 and not invalid else "above 2^50 bytes"
        if total >= 2**64:
            yield "sum above 2^64"
    if kind == "service_used" and event["units"] >= 2**50:
        yield "2^50 units" if event["units"] == 2**50 else "above 2^50 units"
    if "money" in event:
        money = event["money"]
        if invalid and money <= 0:
            yield "money negative" if money else "money 0"
        if money == 2**63 - 1:
            yield "largest money of the wire"
        if outcome == "amount_overflow":
            small = money <= 10**15
            yield "balance above 10^15, amount not" if small else "amount above 10^15"
    if record and abs(parse_money(record["amount"])) == 10**15:
        yield "10^15 amount"
    if record and parse_money(record["balance"]) == -10**15:
        yield "balance at -10^15"
    if kind == "bonus_granted" and invalid:
        both = "money" in event and "bytes" in event
        neither = "money" not in event and "bytes" not in event
        if both or neither:
            yield "bonus of both" if both else "bonus of neither"
        if event.get("expires_at", at + 1) <= at:
            yield "expires_at not after"
    if outcome == "time_out_of_range":
        yield "before 2000" if at < parse_time("2000-01-01T00:00:00Z") else "after recorded time"
    elif at == parse_time("2000-01-01T00:00:00Z"):
        yield "2000-01-01"
    if record and not all(str(value).isascii() for value in members.values()):
        yield "text beyond ASCII"
    if outcome == "amount_overflow" and kind == "traffic_used" and before:
        if max(before.accumulators.values(), default=0) > 2**53 - 2**50:
            yield "accumulator above 2^53"


def features_of(fold, members, event, before, outcome, record, seen):
    """All that is special; `record` is the charge record, if there is one; `seen` goes on through a log."""
    if event["type"] == "catalog_published":
        yield from of_catalog(fold, members, event, outcome)
        return
    yield from of_bounds(fold, members, event, before, outcome, record)
    if outcome == "invalid_subscriber":
        return
    yield from of_access(fold, event, before, outcome)
    yield from of_identity(fold, members, event, before, outcome, seen)
    remember(fold, members, event, outcome, seen)
    yield from of_options(fold, event, before, outcome, record)
    yield from of_grants(fold, event, before, outcome, record)
    yield from of_closings(event, before, record, seen)
    if event["type"] == "charge_reversed":
        yield from of_reversals(fold, members, event, before, outcome, record)
    for catalog in fold.catalogs:
        if record and event["occurred_at"] - catalog["effective_from"] in (0, -1):
            late = event["occurred_at"] == catalog["effective_from"]
            yield "event at an effective_from" if late else "event 1 µs before an effective_from"
    if record and not fold.catalogs:
        yield "charge before any catalog"
    if record and record["kind"] in ("traffic", "service"):
        account = fold.subscribers[event["subscriber"]].account
        yield from of_rule(fold, event, record)
        yield from of_accumulators(fold, event, before, account, record, seen)
        yield from of_bonuses(event, before, account, record, seen)
