"""Texts to values and back: JSON, times, money, events (interfaces 2).

Times become whole microseconds since 1970-01-01T00:00:00Z, money whole millionths, ids lower case.
It reads well-formed events only (domain 8, steps 1 to 3): anything else raises ValueError.
"""

import datetime
import json
import re

EPOCH = datetime.datetime(1970, 1, 1)
MICROSECOND = datetime.timedelta(microseconds=1)
SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR

TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]{1,6})?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})"
)
MONEY = re.compile(r"(-?)(0|[1-9][0-9]*)(\.[0-9]{1,6})?")

BODIES = {  # type: (required fields, optional fields). Rule: domain 3.
    "assistant_activated": ((), ()),
    "assistant_deactivated": ((), ()),
    "password_set": (("method", "verifier"), ()),
    "login_attempted": (("outcome",), ("password_id",)),
    "option_connected": (("option",), ()),
    "option_disconnected": (("option",), ()),
    "tariff_switched": (("tariff",), ()),
    "traffic_used": (("bytes_up", "bytes_down"), ("session", "final", "zone", "rating_group")),
    "service_used": (("service", "units"), ("session", "final", "zone")),
    "bonus_granted": (("reason",), ("money", "bytes", "expires_at")),
    "payment_received": (("money", "reference"), ()),
    "charge_reversed": (("charge_id", "reason"), ()),
    "subscriber_closed": ((), ()),
    "catalog_published": (("catalog",), ()),
}


def object_of(pairs):
    """Makes a duplicate member an unknown one, which is an error wherever members are checked."""
    members = dict(pairs)
    if len(members) != len(pairs):
        members["duplicate member"] = True
    return members


def read_json(text):
    return json.loads(text, object_pairs_hook=object_of)


def write_json(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parse_time(text):
    parts = TIME.fullmatch(text)
    if not parts:
        raise ValueError(f"not a time: {text}")
    year, month, day, hour, minute, second = (int(part) for part in parts.groups()[:6])
    local = datetime.datetime(year, month, day, hour, minute, second)
    micros = (local - EPOCH) // MICROSECOND
    if parts[7]:
        micros += int(parts[7][1:].ljust(6, "0"))
    if parts[8] != "Z":
        offset_hours, offset_minutes = int(parts[8][1:3]), int(parts[8][4:6])
        if offset_hours > 23 or offset_minutes > 59:
            raise ValueError(f"not a time: {text}")
        offset = (offset_hours * 60 + offset_minutes) * 60 * SECOND
        micros += offset if parts[8][0] == "-" else -offset
    return micros


def format_time(micros):
    text = (EPOCH + micros * MICROSECOND).isoformat()
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "Z"


def parse_money(text):
    parts = MONEY.fullmatch(text)
    if not parts:
        raise ValueError(f"not money: {text}")
    fraction = (parts[3] or ".")[1:].ljust(6, "0")
    micros = int(parts[2]) * 1_000_000 + int(fraction)
    return -micros if parts[1] else micros


def format_money(micros):
    sign = "-" if micros < 0 else ""
    whole, fraction = divmod(abs(micros), 1_000_000)
    digits = f"{fraction:06}".rstrip("0").ljust(2, "0")
    return f"{sign}{whole}.{digits}"


def read_event(members):
    """The decoded fields of an event; two events have the same content when these are equal.

    Rule: domain 2, same content: times, money and UUIDs by value; `final: false` equals absent.
    """
    required, optional = BODIES[members["type"]]
    required = ("id", "type", "occurred_at", "channel", *required)
    if members["type"] != "catalog_published":
        required += ("subscriber",)
    for name in members:
        if name not in required and name not in optional:
            raise ValueError(f"unknown member: {name}")
    for name in required:
        if name not in members:
            raise ValueError(f"missing member: {name}")
    event = dict(members)
    for name in ("id", "password_id", "charge_id"):
        if name in event:
            event[name] = event[name].lower()
    for name in ("occurred_at", "expires_at"):
        if name in event:
            event[name] = parse_time(event[name])
    if "money" in event:
        event["money"] = parse_money(event["money"])
    if event.get("final") is False:
        del event["final"]
    return event
