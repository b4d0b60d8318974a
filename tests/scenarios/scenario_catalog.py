"""The short form of a catalog, line by line, as the JSON document that is published."""

import re

from scenario_words import FormatError, clauses, number, quantity_of, take_quantity

HEAD = {"version": "version", "from": "effective_from", "currency": "currency", "time zone": "time_zone",
        "default": "default_tariff", "lockout": "lockout_threshold"}


def read_head(text):
    """`v2, from T, currency RUB, time zone UTC, lockout 3, default T`: the label, and the document begun."""
    label, _, rest = text.partition(",")
    catalog = {"version": label.strip(), "effective_from": "2015-01-01T00:00:00Z", "currency": "RUB",
               "time_zone": "UTC"}
    for first, value in clauses(rest, ",", list(HEAD)):
        catalog[HEAD[first]] = int(value) if first == "lockout" else value
    return label.strip(), catalog


def read_tier(text, begin):
    if text.endswith(" each"):
        return {"from": begin, "price": text[:-len(" each")].strip(), "unit": 1, "increment": 1}
    match = re.fullmatch(r"(\S+) per (.+) in steps of (.+)", text)
    if not match:
        raise FormatError(f"'{text}' is neither `PRICE per QUANTITY in steps of QUANTITY` nor `PRICE each`")
    return {"from": begin, "price": match[1], "unit": quantity_of(match[2]),
            "increment": quantity_of(match[3])}


def read_conditions(rule, text):
    for first, rest in clauses(text, ",", ["hours", "zone", "group", "an", "a"]):
        if first in ("a", "an"):
            rule["scope"] = rest
        elif first == "hours":
            rule.setdefault("when", {})["hours"] = [int(hour) for hour in rest.split("-")]
        elif first == "zone":
            rule.setdefault("when", {})["zone"] = rest
        else:
            rule.setdefault("when", {})["rating_group"] = int(number(rest))


def read_rule(text):
    head, _, formula = text.partition(":")
    name, _, conditions = head.partition(",")
    rule = {"rule": name.strip()}
    read_conditions(rule, conditions)
    price, _, others = formula.partition(";")
    rule["tiers"] = [read_tier(price.strip(), 0)]
    for first, rest in clauses(others, ";", ["above", "connect fee", "at most", "round"]):
        words = rest.split()
        if first == "above":
            begin = take_quantity(words)
            rule["tiers"].append(read_tier(" ".join(words), begin))
        elif first == "round":
            rule["rounding"] = {"mode": words[0], "decimals": int(words[1])}
        else:
            rule["connect_fee" if first == "connect fee" else "max_charge"] = rest
    return rule


def read_fees(text):
    members = {}
    for first, rest in clauses(text, ",", ["connect", "disconnect", "excludes"]):
        if first == "excludes":
            members["excludes"] = rest.split()
        else:
            members[first + "_fee"] = rest
    return members


def read_tariff(text):
    members = {}
    for first, rest in clauses(text, ",", ["switch", "free after"]):
        if first == "switch":
            members["switch_fee"] = rest
        else:
            members["free_after_days"] = int(rest.removesuffix("days").removesuffix("day"))
    return members


def read_line(catalog, text):
    """One line below the head; the lines of a tariff or a service follow it."""
    word, _, rest = text.partition(" ")
    name, _, more = (part.strip() for part in rest.partition(","))
    if word == "tariff":
        catalog.setdefault("tariffs", {})[name] = read_tariff(more)
        catalog.setdefault("default_tariff", name)
    elif word == "traffic":
        list(catalog["tariffs"].values())[-1].setdefault("traffic", []).append(read_rule(rest))
    elif word == "fees":
        list(catalog["tariffs"].values())[-1].setdefault("options", {})[name] = read_fees(more)
    elif word == "option":
        catalog.setdefault("options", {})[name] = read_fees(more)
    elif word == "service":
        required = {first: option for first, option in clauses(more, ",", ["requires"])}
        catalog.setdefault("services", {})[name] = {**required, "rates": []}
    elif word == "rate":
        list(catalog["services"].values())[-1]["rates"].append(read_rule(rest))
    else:
        raise FormatError(f"'{word}' begins no line of a catalog")
