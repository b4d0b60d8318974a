"""Reads a scenario file: its catalogs, and its cases with their events and what is expected of each.

The format stands in README.md. What the expected words mean is for scenario_records.py to say.
"""

import re
from dataclasses import dataclass, field

import scenario_catalog
from scenario_words import UNITS, FormatError, charge_id, event_id, number, take_quantity

SUBSCRIBER = "79161234567"
FIRST_DAY = "2015-05-01"
TYPES = {
    "activated": "assistant_activated", "deactivated": "assistant_deactivated", "password": "password_set",
    "login": "login_attempted", "connected": "option_connected", "disconnected": "option_disconnected",
    "switched": "tariff_switched", "traffic": "traffic_used", "service": "service_used",
    "bonus": "bonus_granted", "payment": "payment_received", "reversed": "charge_reversed",
    "closed": "subscriber_closed", "published": "catalog_published",
}
NETWORK = ("traffic",)
OPERATOR = ("bonus", "payment", "reversed", "closed", "published")
MONEY = re.compile(r"-?[0-9]+(\.[0-9]+)?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.*")
CLOCK = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?")
COUNTER = re.compile(r"\{i(?:%([0-9]+))?([+-][0-9]+)?(?::([0-9]+))?\}")
REPEATED = re.compile(r"each ([0-9]+)\.\.([0-9]+): *(.*)")


@dataclass
class Event:
    line: int
    text: str    # without what is expected
    verb: str
    value: dict  # its JSON form
    expected: list = field(default_factory=list)  # the words behind each ->


@dataclass
class Case:
    line: int
    title: str
    begins_with: list  # labels of the catalogs published before the first event
    events: list = field(default_factory=list)


@dataclass
class Scenarios:
    catalogs: dict = field(default_factory=dict)  # label -> JSON document
    cases: list = field(default_factory=list)


def expand(text, i):
    """Replaces `{i}`, `{i-1}`, `{i%2}` (the rest) and `{i:2}` (two digits) by the counter."""
    def counter(match):
        value = (i % int(match[1]) if match[1] else i) + int(match[2] or 0)
        return str(value).zfill(int(match[3] or 0))
    return COUNTER.sub(counter, text)


def full_time(text, day):
    if CLOCK.fullmatch(text):
        return f"{day}T{text if text.count(':') == 2 else text + ':00'}Z"
    return text


def bonus_body(words):
    body = {}
    while words:
        if len(words) > 1 and words[1] in UNITS:
            body["bytes"] = take_quantity(words)
        elif MONEY.fullmatch(words[0]):
            body["money"] = words.pop(0)
        else:
            raise FormatError(f"'{words[0]}' is neither money nor a quantity with its unit")
    return body | {"reason": "gift"}


def traffic_body(words):
    down = take_quantity(words)
    if not words:
        return {"bytes_up": 0, "bytes_down": down}
    if words.pop(0) != "up":
        raise FormatError("traffic is `QUANTITY` or `QUANTITY up QUANTITY down`")
    up, down = down, take_quantity(words)
    return {"bytes_up": up, "bytes_down": down} if words == ["down"] else {}


def body_of(verb, words, scenarios, subscriber):
    if verb == "password":
        return {"method": "chosen", "verifier": "salted hash"}
    if verb == "login":
        return {"outcome": words[0]}
    if verb in ("connected", "disconnected"):
        return {"option": words[0]}
    if verb == "switched":
        return {"tariff": words[0]}
    if verb == "traffic":
        return traffic_body(words)
    if verb == "service":
        return {"service": words.pop(0), "units": take_quantity(words)}
    if verb == "bonus":
        return bonus_body(words)
    if verb == "payment":
        return {"money": words[0], "reference": "receipt"}
    if verb == "reversed":
        return {"charge_id": charge_id(subscriber, event_id(words[0])), "reason": "complaint"}
    if verb == "published":
        return {"catalog": scenarios.catalogs[words[0]]}
    return {}


def setting_of(name, text, day):
    """`session=a1` and so on, as members of the JSON form."""
    if name == "until":
        return {"expires_at": full_time(text, day)}
    if name == "group":
        return {"rating_group": int(number(text))}
    if name == "final":
        return {"final": text == "yes"}
    if name == "as":
        return {"id": event_id(text)}
    if name == "of":
        return {"password_id": event_id(text)}
    members = {"via": "channel", "id": "id", "session": "session", "zone": "zone", "reason": "reason",
               "reference": "reference", "method": "method", "verifier": "verifier"}
    if name not in members:
        raise FormatError(f"'{name}=' is not known")
    return {members[name]: text}


class Reader:
    """Reads the lines of one file in their order."""

    def __init__(self):
        self.scenarios = Scenarios()
        self.catalog = None  # the one whose lines are being read
        self.day = FIRST_DAY

    def line(self, number_of_line, raw):
        text = re.sub(r"(^|\s)#.*", "", raw).strip()
        if not text:
            return
        word, _, rest = text.partition(" ")
        if word == "catalog":
            label, self.catalog = scenario_catalog.read_head(rest)
            self.scenarios.catalogs[label] = self.catalog
        elif word == "case":
            self.catalog, self.day = None, FIRST_DAY
            first = next(iter(self.scenarios.catalogs), None)
            self.scenarios.cases.append(Case(number_of_line, rest.strip(), [first] if first else []))
        elif self.catalog is not None:
            scenario_catalog.read_line(self.catalog, text)
        else:
            self.line_of_case(self.scenarios.cases[-1], number_of_line, text)

    def line_of_case(self, case, number_of_line, text):
        repeated = REPEATED.fullmatch(text)
        if text.startswith("begins with "):
            labels = text.removeprefix("begins with ").split()
            case.begins_with = [] if labels == ["nothing"] else labels
        elif text.startswith("->"):
            case.events[-1].expected += [words.strip() for words in text.split("->")[1:]]
        elif repeated:
            for i in range(int(repeated[1]), int(repeated[2]) + 1):
                case.events.append(self.event(number_of_line, expand(repeated[3], i), f" {i}"))
        else:
            case.events.append(self.event(number_of_line, text, ""))

    def event(self, number_of_line, text, counter):
        text, *expected = (part.strip() for part in text.split("->"))
        words = text.split()
        subscriber = SUBSCRIBER
        if not CLOCK.fullmatch(words[0]) and not DAY.fullmatch(words[0]):
            subscriber = words.pop(0)
        time = full_time(words.pop(0), self.day)
        self.day = time[:10]
        verb = words.pop(0)
        if verb not in TYPES:
            raise FormatError(f"'{verb}' is not an event")
        settings = [word.split("=", 1) if "=" in word else ("final", "yes")
                    for word in words if "=" in word or word == "final"]
        words = [word for word in words if "=" not in word and word != "final"]
        value = {"id": event_id(f"in line {number_of_line}{counter}"), "type": TYPES[verb]}
        if verb != "published":
            value["subscriber"] = subscriber
        value["occurred_at"] = time
        value["channel"] = "network" if verb in NETWORK else "operator" if verb in OPERATOR else "sms"
        value |= body_of(verb, words, self.scenarios, subscriber)
        for name, setting in settings:
            value |= setting_of(name, setting, self.day)
        return Event(number_of_line, text, verb, value, expected)


def read_file(path):
    reader = Reader()
    for number_of_line, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            reader.line(number_of_line, raw)
        except (FormatError, ValueError, IndexError, KeyError) as error:
            raise FormatError(f"{path.name}:{number_of_line}: {error}") from error
    return reader.scenarios
