"""Reads scenario files into cases: catalogs as JSON values, events as JSON values, expectations as words.

The format stands in README.md. What is expected becomes records in scenario_records.py.
"""

import datetime
import re
import uuid
from dataclasses import dataclass, field

SUBSCRIBER = "79161234567"
UNITS = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30}
TYPES = {
    "activated": "assistant_activated", "deactivated": "assistant_deactivated", "password": "password_set",
    "login": "login_attempted", "connected": "option_connected", "disconnected": "option_disconnected",
    "switched": "tariff_switched", "traffic": "traffic_used", "service": "service_used",
    "bonus": "bonus_granted", "payment": "payment_received", "reversed": "charge_reversed",
    "closed": "subscriber_closed", "published": "catalog_published",
}
CHANNELS = {"login": "web", "traffic": "network", "service": "sms", "connected": "sms", "disconnected": "sms",
            "switched": "sms", "password": "sms", "activated": "ussd", "deactivated": "ussd"}
MONEY = re.compile(r"-?[0-9]+\.[0-9]+|-?0")
CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")
COUNTER = re.compile(r"\{i([+-][0-9]+)?(:[0-9]+)?\}")


class FormatError(Exception):
    """A line that is not in the format; its text says why."""


@dataclass
class Event:
    line: int
    text: str          # as written, without what is expected
    verb: str
    value: dict        # its JSON form
    expected: list = field(default_factory=list)  # the words after each ->


@dataclass
class Case:
    line: int
    title: str
    catalogs: list     # labels published before the first event
    events: list = field(default_factory=list)


@dataclass
class Scenarios:
    path: object
    catalogs: dict = field(default_factory=dict)  # label -> JSON value
    cases: list = field(default_factory=list)


def event_id(name):
    """The id of the event that a case calls by this name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"scenario event {name}"))


def charge_id(subscriber, of_event):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"subledger:charge:{subscriber}:{of_event.lower()}"))


def number(text):
    """`1024`, `2^50`, `2^50+1`, `1.5` where the unit makes it whole."""
    power = re.fullmatch(r"2\^([0-9]+)([+-][0-9]+)?", text)
    if power:
        return 2 ** int(power[1]) + int(power[2] or 0)
    whole = re.fullmatch(r"[0-9]+(\.[0-9]+)?", text)
    if not whole:
        raise FormatError(f"'{text}' is not a number")
    return float(text) if whole[1] else int(text)


def take_quantity(words):
    """Takes `1.5 KB`, `MB`, `300 B` or `3` from the front of the words."""
    count = 1 if words[0] in UNITS else number(words.pop(0))
    factor = UNITS[words.pop(0)] if words and words[0] in UNITS else 1
    quantity = count * factor
    if quantity != int(quantity):
        raise FormatError(f"{count} is not a whole quantity")
    return int(quantity)


def quantity_of(text):
    words = text.split()
    quantity = take_quantity(words)
    if words:
        raise FormatError(f"'{text}' is not a quantity")
    return quantity


def clauses(text, separator, first_words):
    """`connect 5.00, excludes a b` as (first words, the rest) pairs."""
    for clause in filter(None, (part.strip() for part in text.split(separator))):
        first = next((words for words in first_words if (clause + " ").startswith(words + " ")), None)
        if first is None:
            raise FormatError(f"'{clause}' begins with none of: {', '.join(first_words)}")
        yield first, clause[len(first):].strip()


def read_tier(text, begin):
    if text.endswith(" each"):
        return {"from": begin, "price": text[:-5].strip(), "unit": 1, "increment": 1}
    match = re.fullmatch(r"(\S+) per (.+) in steps of (.+)", text)
    if not match:
        raise FormatError(f"'{text}' is not `PRICE per QUANTITY in steps of QUANTITY`")
    return {"from": begin, "price": match[1], "unit": quantity_of(match[2]), "increment": quantity_of(match[3])}


def read_rule(text):
    head, _, formula = text.partition(":")
    name, *conditions = (part.strip() for part in head.split(","))
    rule = {"rule": name}
    for first, rest in clauses(",".join(conditions), ",", ["hours", "zone", "group", "a"]):
        if first == "a":
            rule["scope"] = rest
        elif first == "hours":
            rule.setdefault("when", {})["hours"] = [int(hour) for hour in rest.split("-")]
        elif first == "zone":
            rule.setdefault("when", {})["zone"] = rest
        else:
            rule.setdefault("when", {})["rating_group"] = number(rest)
    price, *others = (part.strip() for part in formula.split(";"))
    rule["tiers"] = [read_tier(price, 0)]
    for first, rest in clauses(";".join(others), ";", ["above", "connect fee", "at most", "round"]):
        if first == "above":
            words = rest.split()
            begin = take_quantity(words)
            rule["tiers"].append(read_tier(" ".join(words), begin))
        elif first == "round":
            mode, decimals = rest.split()
            rule["rounding"] = {"mode": mode, "decimals": int(decimals)}
        else:
            rule["connect_fee" if first == "connect fee" else "max_charge"] = rest
    return rule


def read_catalog_head(text):
    label, _, rest = text.partition(",")
    catalog = {"version": label.strip(), "effective_from": "2015-01-01T00:00:00Z", "currency": "RUB",
               "time_zone": "UTC", "default_tariff": "", "tariffs": {}}
    members = {"version": "version", "from": "effective_from", "currency": "currency", "zone": "time_zone",
               "default": "default_tariff", "threshold": "lockout_threshold"}
    for first, value in clauses(rest, ",", list(members)):
        catalog[members[first]] = int(value) if first == "threshold" else value
    return label.strip(), catalog


def read_fees(text):
    fees = {}
    for first, rest in clauses(text, ",", ["connect", "disconnect", "excludes"]):
        fees[first if first == "excludes" else first + "_fee"] = rest.split() if first == "excludes" else rest
    return fees


def read_catalog_line(catalog, text):
    word, _, rest = text.partition(" ")
    name, _, more = rest.partition(",")
    name = name.strip()
    last_tariff = list(catalog["tariffs"].values())[-1] if catalog["tariffs"] else None
    if word == "tariff":
        tariff = catalog["tariffs"][name] = {}
        catalog["default_tariff"] = catalog["default_tariff"] or name
        for first, value in clauses(more, ",", ["switch", "free after"]):
            tariff.update({"switch_fee": value} if first == "switch" else
                          {"free_after_days": int(value.split()[0])})
    elif word == "traffic":
        last_tariff.setdefault("traffic", []).append(read_rule(rest))
    elif word == "fees":
        last_tariff.setdefault("options", {})[name] = read_fees(more)
    elif word == "option":
        catalog.setdefault("options", {})[name] = read_fees(more)
    elif word == "service":
        service = catalog.setdefault("services", {})[name] = {"rates": []}
        service.update({"requires": value} for _, value in ()) if False else None
        for _, value in clauses(more, ",", ["requires"]):
            service["requires"] = value
    elif word == "rate":
        list(catalog["services"].values())[-1]["rates"].append(read_rule(rest))
    else:
        raise FormatError(f"'{word}' is not a line of a catalog")
