"""What a quantity costs: the exact formula of domain 6, Rating, and which rule applies."""

import datetime
import fractions
import math

UTC_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def rounded(value, mode, decimals):
    """A Fraction ≥ 0 in currency units, rounded to `decimals`, as millionths."""
    scaled = value * 10**decimals
    whole = math.floor(scaled)
    rest = scaled - whole
    half = fractions.Fraction(1, 2)
    if mode == "up" and rest > 0:
        whole += 1
    if mode == "half_up" and rest >= half:
        whole += 1
    if mode == "half_even" and (rest > half or (rest == half and whole % 2 == 1)):
        whole += 1
    return whole * 10 ** (6 - decimals)


def unrounded(rule, quantity):
    """Connect fee and tiers, before cap and rounding."""
    # Rule: domain 6, the connect fee applies once the quantity is above 0.
    total = rule["connect_fee"] if quantity > 0 else fractions.Fraction(0)
    ends = [tier["from"] for tier in rule["tiers"][1:]] + [quantity]
    for tier, end in zip(rule["tiers"], ends):
        portion = min(quantity, end) - tier["from"]
        if portion > 0:
            increments = -(-portion // tier["increment"])
            total += increments * tier["increment"] * tier["price"] / tier["unit"]
    return total


def f(rule, quantity):
    """The formula of domain 6, in millionths: capped, then rounded once."""
    total = unrounded(rule, quantity)
    if rule["max_charge"] is not None:
        total = min(total, rule["max_charge"])
    return rounded(total, rule["mode"], rule["decimals"])


def local_time(micros, zone):
    return (UTC_EPOCH + datetime.timedelta(microseconds=micros)).astimezone(zone)


def matches(when, hour, zone, rating_group):
    if "hours" in when and not when["hours"][0] <= hour < when["hours"][1]:
        return False
    if "zone" in when and when["zone"] != zone:
        return False
    if "rating_group" in when and when["rating_group"] != rating_group:
        return False
    return True


def find_rule(rules, event, catalog):
    """The first rule that matches, or None. Rule: domain 6, Which rate."""
    hour = local_time(event["occurred_at"], catalog["time_zone"]).hour
    for rule in rules:
        if matches(rule["when"], hour, event.get("zone", "home"), event.get("rating_group")):
            return rule
    return None


def scope_instance(rule, event, catalog):
    """Names the scope instance of an event, or None where nothing accumulates (scope `event`)."""
    local_date = local_time(event["occurred_at"], catalog["time_zone"]).date().isoformat()
    if rule["scope"] == "day":
        return local_date
    if rule["scope"] == "month":
        return local_date[:7]
    if rule["scope"] == "session":
        return event.get("session")
    return None
