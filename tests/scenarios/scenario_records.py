"""What a case expects, as whole records, and records in the words of the scenario files.

Every member is compared but recorded_at, a reject's bytes and the free text of its detail. What a line does
not say is filled in: the balance is carried forward, sequences count, a charge names the first catalog, its
default tariff and its only rule.
"""

import datetime
import decimal
import re

from scenario_words import FormatError, charge_id, clauses, quantity_of

TOPICS = ("charge", "access", "rejected")
DETAILS = {"charge": ["version", "tariff", "rule", "accumulated", "covered", "bonus", "balance"],
           "access": ["failures", "inactive", "locked now", "locked", "unlocked now"],
           "rejected": []}
KINDS_WITH_TARIFF = ("traffic", "option_connect", "option_disconnect", "tariff_switch")
PRICED = (*KINDS_WITH_TARIFF, "service")


def money_text(amount):
    """Interfaces 2: 2 to 6 decimals, no further trailing zeros, never -0.00."""
    whole, _, fraction = f"{amount + 0:.6f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def time_text(text):
    """Interfaces 2: UTC with Z, the fraction without trailing zeros and absent when 0."""
    utc = datetime.datetime.fromisoformat(text).astimezone(datetime.timezone.utc)
    fraction = f".{utc.microsecond:06}".rstrip("0") if utc.microsecond else ""
    return f"{utc:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def signed_quantity(text):
    return -quantity_of(text[1:]) if text.startswith("-") else quantity_of(text)


def split_details(text):
    """`traffic 2.00 (rule day)` as its words and the details in the brackets."""
    match = re.fullmatch(r"([^()]*)(?:\((.*)\))?", text)
    if not match:
        raise FormatError(f"'{text}' is not an expectation")
    return match[1].split(), match[2] or ""


class Expectation:
    """Goes through the events of a case and makes the records that they must give."""

    def __init__(self):
        self.versions = {}  # published, by name
        self.first = None   # of them
        self.ledgers = {}  # subscriber -> [sequence, balance]
        self.traffic = set()  # charge ids of traffic

    def records(self, event, offset):
        """{topic: record} for an event; the key "counted" says how the record counts."""
        expected = {"counted": "accepted"}
        for words in event.expected:
            topic, _, rest = words.partition(" ")
            if topic in ("duplicate", "published"):
                expected["counted"] = "duplicates" if topic == "duplicate" else "accepted"
            elif topic == "charge":
                expected[topic] = self.charge(event, offset, rest)
            elif topic == "access":
                expected[topic] = self.access(event, offset, rest)
            elif topic == "rejected":
                expected |= {topic: self.reject(event, offset, rest), "counted": "rejected"}
            else:
                raise FormatError(f"'{topic}' is no kind of result")
        if not event.expected:
            raise FormatError("nothing is expected of this event")
        if "published" in event.expected:
            document = event.value["catalog"]
            self.versions[document["version"]] = document
            self.first = self.first or document
        return expected

    def common(self, event, offset):
        return {"subscriber": event.value["subscriber"], "event_id": event.value["id"].lower(),
                "source": {"partition": 0, "offset": offset},
                "occurred_at": time_text(event.value["occurred_at"])}

    def charge(self, event, offset, text):
        (kind, amount), details = split_details(text)
        said = dict(clauses(details, ",", DETAILS["charge"]))
        ledger = self.ledgers.setdefault(event.value["subscriber"], [0, decimal.Decimal(0)])
        amount, bonus = decimal.Decimal(amount), decimal.Decimal(said.get("bonus", "0"))
        ledger[0] += 1
        ledger[1] += amount - bonus
        record = {"charge_id": charge_id(event.value["subscriber"], event.value["id"]), "sequence": ledger[0],
                  "kind": kind, **self.common(event, offset), **self.members(event, kind, said),
                  "amount": money_text(amount), "from_bonus": money_text(bonus),
                  "from_account": money_text(amount - bonus),
                  "balance": said.get("balance", money_text(ledger[1]))}
        if self.first:
            record["currency"] = self.first["currency"]
        if kind == "traffic":
            self.traffic.add(record["charge_id"])
        if kind == "reversal" and record["reverses"] in self.traffic:
            record["covered_quantity"] = signed_quantity(said.get("covered", "0"))
        if kind == "closing":
            ledger[1] = decimal.Decimal(0)
        return record

    def members(self, event, kind, said):
        """The members that the kind has beside the common ones (interfaces 2)."""
        body, record = event.value, {}
        if kind in PRICED and not self.first:
            raise FormatError(f"{kind}, and no catalog is published")
        if kind in PRICED:
            record["catalog_version"] = said.get("version", self.first["version"])
        if kind in KINDS_WITH_TARIFF:
            record["tariff"] = said.get("tariff", body.get("tariff", self.first["default_tariff"]))
        for name in ("option", "service", "session", "reason", "reference"):
            if name in body:
                record[name] = body[name]
        if kind == "reversal":
            record["reverses"] = body["charge_id"]
        if kind in ("traffic", "service"):
            record["rule"] = said.get("rule") or self.only_rule(kind, record)
            record["quantity"] = body["units"] if kind == "service" else body["bytes_up"] + body["bytes_down"]
            record["unit"] = "each" if kind == "service" else "byte"
            record["accumulated_quantity"] = quantity_of(said.get("accumulated", "0"))
        if kind == "traffic":
            record["covered_quantity"] = quantity_of(said.get("covered", "0"))
        if kind == "bonus" and "bytes" in body:
            record |= {"quantity": body["bytes"], "unit": "byte"}
        return record

    def only_rule(self, kind, record):
        version = self.versions[record["catalog_version"]]
        rules = version["tariffs"][record["tariff"]]["traffic"] if kind == "traffic" else \
            version["services"][record["service"]]["rates"]
        if len(rules) != 1:
            raise FormatError("which rule? there is more than one")
        return rules[0]["rule"]

    def access(self, event, offset, text):
        words, details = split_details(text)
        said = dict(clauses(details, ",", DETAILS["access"]))
        record = {**self.common(event, offset), "type": event.value["type"], "decision": words[0],
                  "failures": int(said.get("failures", 0)), "active": "inactive" not in said,
                  "locked": "locked" in said or "locked now" in said}
        if len(words) > 1:
            record["reason"] = words[1]
        if "locked now" in said or "unlocked now" in said:
            record["transition"] = "locked" if "locked now" in said else "unlocked"
        return record

    def reject(self, event, offset, text):
        record = {"source": {"partition": 0, "offset": offset}, "reason": text.split()[0],
                  "event_id": event.value["id"].lower()}
        if event.verb != "published":
            record["subscriber"] = event.value["subscriber"]
        elif len(text.split()) > 1:
            record["detail"] = text.split()[1]
        return record


def compared(topic, record):
    """The record without what is not compared."""
    left_out = ("recorded_at", "detail", "key_base64", "payload_base64", "headers")
    kept = {name: value for name, value in record.items() if name not in left_out}
    if topic == "rejected" and record["reason"] == "invalid_catalog":
        kept["detail"] = record["detail"].partition(": ")[0]
    return kept


def in_words(topic, record):
    """A record as a scenario file would have it, with all details."""
    if record is None:
        return f"no {topic}"
    if topic == "rejected":
        return " ".join(filter(None, ("rejected", record["reason"], record.get("detail"))))
    if topic == "access":
        words = [f"failures {record['failures']}"] + ([] if record["active"] else ["inactive"])
        now = record.get("transition")
        words += [f"{now} now"] if now else ["locked"] if record["locked"] else []
        head = " ".join(filter(None, ("access", record["decision"], record.get("reason"))))
        return f"{head} ({', '.join(words)})"
    names = {"version": "catalog_version", "tariff": "tariff", "rule": "rule",
             "accumulated": "accumulated_quantity", "covered": "covered_quantity", "bonus": "from_bonus",
             "balance": "balance"}
    words = [f"{word} {record[name]}" for word, name in names.items() if name in record]
    return f"charge {record['kind']} {record['amount']} ({', '.join(words)})"
