"""The catalog document: checked, and read into plain values with all defaults filled in.

Raises CatalogError with the JSON Pointer of an offending field. Whether a version contradicts others
of the log is not checked here (fold.py).
"""

import fractions
import math
import re
import zoneinfo

from forms import parse_money, parse_time

NAME = re.compile(r"[a-z0-9_-]{1,32}")
PRICE = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]{1,6})?")
CURRENCY = re.compile(r"[A-Z]{3}")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
PRICE_MAX_MICROS = 1_000_000 * 1_000_000
SCOPES = ("event", "session", "day", "month")
MODES = ("half_up", "half_even", "up", "down")


class CatalogError(Exception):
    """Its text is a JSON Pointer."""


def at(where, name):
    return where + "/" + str(name).replace("~", "~0").replace("/", "~1")


def check(holds, where):
    if not holds:
        raise CatalogError(where)


def members_of(value, where, required, optional):
    check(isinstance(value, dict), where)
    for name in value:
        check(name in required or name in optional, at(where, name))
    for name in required:
        check(name in value, at(where, name))
    return value


def integer(value, where, low, high):
    check(isinstance(value, int) and not isinstance(value, bool) and low <= value <= high, where)
    return value


def text(value, where, pattern):
    check(isinstance(value, str) and pattern.fullmatch(value), where)
    return value


def price(value, where):
    """Millionths, as an integer."""
    text(value, where, PRICE)
    micros = parse_money(value)
    check(micros <= PRICE_MAX_MICROS, where)
    return micros


def names(value, where, most):
    """The members of an object whose keys are names."""
    check(isinstance(value, dict), where)
    for name in value:
        check(NAME.fullmatch(name), at(where, name))
    check(len(value) <= most, where)
    return value


def read_when(value, where):
    members_of(value, where, (), ("hours", "zone", "rating_group"))
    if "hours" in value:
        hours = at(where, "hours")
        check(isinstance(value["hours"], list) and len(value["hours"]) == 2, hours)
        first = integer(value["hours"][0], at(hours, 0), 0, 23)
        integer(value["hours"][1], at(hours, 1), first + 1, 24)
    if "zone" in value:
        zone = value["zone"]
        check(isinstance(zone, str) and 1 <= len(zone.encode()) <= 64, at(where, "zone"))
        check(not CONTROL.search(zone), at(where, "zone"))
    if "rating_group" in value:
        integer(value["rating_group"], at(where, "rating_group"), 0, 2**32 - 1)
    return value


def read_tiers(value, where):
    check(isinstance(value, list) and 1 <= len(value) <= 8, where)
    tiers = []
    for index, tier in enumerate(value):
        here = at(where, index)
        members_of(tier, here, ("from", "price", "unit", "increment"), ())
        start = integer(tier["from"], at(here, "from"), 0, 2**50)
        check(start > tiers[-1]["from"] if tiers else start == 0, at(here, "from"))
        tiers.append({
            "from": start,
            "price": fractions.Fraction(price(tier["price"], at(here, "price")), 1_000_000),
            "unit": integer(tier["unit"], at(here, "unit"), 1, 2**32),
            "increment": integer(tier["increment"], at(here, "increment"), 1, 2**50),
        })
        check(math.lcm(*(tier["unit"] for tier in tiers)) <= 2**32, at(here, "unit"))
    return tiers


def read_rule(value, where):
    members_of(value, where, ("rule", "tiers"),
               ("when", "scope", "connect_fee", "max_charge", "rounding"))
    rounding = members_of(value.get("rounding", {}), at(where, "rounding"), (), ("mode", "decimals"))
    mode = rounding.get("mode", "half_up")
    check(mode in MODES, at(at(where, "rounding"), "mode"))
    scope = value.get("scope", "event")
    check(scope in SCOPES, at(where, "scope"))
    cap = None
    if "max_charge" in value:
        cap = fractions.Fraction(price(value["max_charge"], at(where, "max_charge")), 1_000_000)
    connect_fee = price(value.get("connect_fee", "0"), at(where, "connect_fee"))
    return {
        "rule": text(value["rule"], at(where, "rule"), NAME),
        "when": read_when(value.get("when", {}), at(where, "when")),
        "scope": scope,
        "connect_fee": fractions.Fraction(connect_fee, 1_000_000),
        "max_charge": cap,
        "mode": mode,
        "decimals": integer(rounding.get("decimals", 2), at(at(where, "rounding"), "decimals"), 0, 6),
        "tiers": read_tiers(value["tiers"], at(where, "tiers")),
    }


def read_rules(value, where, fewest):
    check(isinstance(value, list) and fewest <= len(value) <= 100, where)
    rules = []
    for index, rule in enumerate(value):
        rule = read_rule(rule, at(where, index))
        taken = [other["rule"] for other in rules]
        check(rule["rule"] not in taken, at(at(where, index), "rule"))
        rules.append(rule)
    return rules


def read_fees(value, where):
    return {
        "connect_fee": price(value.get("connect_fee", "0"), at(where, "connect_fee")),
        "disconnect_fee": price(value.get("disconnect_fee", "0"), at(where, "disconnect_fee")),
    }


def read_options(document):
    options = {}
    for name, value in names(document.get("options", {}), "/options", 1000).items():
        where = at("/options", name)
        members_of(value, where, (), ("connect_fee", "disconnect_fee", "excludes"))
        excludes = value.get("excludes", [])
        check(isinstance(excludes, list), at(where, "excludes"))
        for index, other in enumerate(excludes):
            exists = isinstance(other, str) and other in document["options"] and other != name
            check(exists, at(at(where, "excludes"), index))
        options[name] = {**read_fees(value, where), "excludes": excludes}
    return options


def read_tariffs(document, options):
    tariffs = {}
    for name, value in names(document["tariffs"], "/tariffs", 1000).items():
        where = at("/tariffs", name)
        members_of(value, where, (), ("switch_fee", "free_after_days", "traffic", "options"))
        days = None
        if "free_after_days" in value:
            days = integer(value["free_after_days"], at(where, "free_after_days"), 1, 3650)
        overrides = {}
        for option, fees in names(value.get("options", {}), at(where, "options"), 1000).items():
            here = at(at(where, "options"), option)
            check(option in options, here)
            members_of(fees, here, (), ("connect_fee", "disconnect_fee"))
            overrides[option] = read_fees(fees, here)
        tariffs[name] = {
            "switch_fee": price(value.get("switch_fee", "0"), at(where, "switch_fee")),
            "free_after_days": days,
            "traffic": read_rules(value.get("traffic", []), at(where, "traffic"), 0),
            "options": overrides,
        }
    check(tariffs, "/tariffs")
    return tariffs


def read_services(document, options):
    services = {}
    for name, value in names(document.get("services", {}), "/services", 1000).items():
        where = at("/services", name)
        members_of(value, where, ("rates",), ("requires",))
        requires = value.get("requires")
        if "requires" in value:
            check(isinstance(requires, str) and requires in options, at(where, "requires"))
        rates = read_rules(value["rates"], at(where, "rates"), 1)
        services[name] = {"requires": requires, "rates": rates}
    return services


def read_catalog(document):
    members_of(document, "", ("version", "effective_from", "currency", "time_zone", "default_tariff",
                              "tariffs"), ("lockout_threshold", "options", "services"))
    text(document["version"], "/version", NAME)
    try:
        effective_from = parse_time(document["effective_from"])
    except (TypeError, ValueError):
        raise CatalogError("/effective_from") from None
    text(document["currency"], "/currency", CURRENCY)
    zones = zoneinfo.available_timezones()
    zone = document["time_zone"]
    check(isinstance(zone, str) and zone in zones, "/time_zone")
    threshold = integer(document.get("lockout_threshold", 3), "/lockout_threshold", 1, 100)
    options = read_options(document)
    tariffs = read_tariffs(document, options)
    default = document["default_tariff"]
    check(isinstance(default, str) and default in tariffs, "/default_tariff")
    return {
        "version": document["version"],
        "effective_from": effective_from,
        "currency": document["currency"],
        "time_zone": zoneinfo.ZoneInfo(zone),
        "lockout_threshold": threshold,
        "default_tariff": default,
        "tariffs": tariffs,
        "options": options,
        "services": read_services(document, options),
    }
