"""The fold over one partition's log: which records come of each record, and the state after it.

It knows catalogs, identities, access and the order of reasons; what is charged is in charging.py.
"""

import re

import charging
from account import Account, Reject, Subscriber
from catalog import CatalogError, read_catalog
from forms import DAY, format_time, parse_time, write_json

MSISDN = re.compile(r"[1-9][0-9]{6,14}")
EARLIEST = parse_time("2000-01-01T00:00:00Z")
BYTES_MAX = 2**50
NEEDS_CATALOG = ("option_connected", "option_disconnected", "tariff_switched", "traffic_used",
                 "service_used")
IN_ASSISTANT = ("option_connected", "option_disconnected", "tariff_switched", "service_used")
REVENUES = ("activation", "option_connect", "option_disconnect", "tariff_switch", "traffic", "service")


def is_invalid_value(event):
    """Rule: domain 8, step 8."""
    at, kind = event["occurred_at"], event["type"]
    if kind == "traffic_used":
        return not 1 <= event["bytes_up"] + event["bytes_down"] <= BYTES_MAX
    if kind == "service_used":
        return not 1 <= event["units"] <= BYTES_MAX
    if kind == "payment_received":
        return event["money"] <= 0
    if kind == "bonus_granted":
        if ("money" in event) == ("bytes" in event):
            return True
        if "expires_at" in event and event["expires_at"] <= at:
            return True
        return event["money"] <= 0 if "money" in event else not 1 <= event["bytes"] <= BYTES_MAX
    return False


class Fold:
    """Feed it the log with apply(), record by record; read its lists and counts at any time."""

    def __init__(self, partition=0, recorded_at=parse_time("2026-01-01T00:00:00Z")):
        self.partition = partition
        self.recorded_at = recorded_at
        self.catalogs = []     # accepted versions, in log order
        self.documents = {}    # version: its JSON in one fixed form
        self.subscribers = {}  # MSISDN: Subscriber
        self.charges, self.access, self.rejects = [], [], []
        self.records = self.accepted = self.duplicates = self.rejected = 0
        accounts = ["receivable", "bonus", "cash", "promotions"]
        self.postings = {name: 0 for name in accounts + ["revenue:" + kind for kind in REVENUES]}

    def apply(self, event):
        """Applies one decoded event; returns `accepted`, `duplicate` or the reason of its rejection."""
        self.source = {"partition": self.partition, "offset": self.records}
        self.records += 1
        try:
            if event["type"] == "catalog_published":
                outcome = self.publish(event)
            else:
                outcome = self.apply_to_subscriber(event)
        except Reject as reason:
            outcome = str(reason)
            self.reject(event, outcome)
        self.accepted += outcome == "accepted"
        self.duplicates += outcome == "duplicate"
        return outcome

    def reject(self, event, reason):
        record = {"source": self.source, "reason": reason}
        if "subscriber" in event:
            record["subscriber"] = event["subscriber"]
        if "id" in event:
            record["event_id"] = event["id"]
        self.rejects.append(record)
        self.rejected += 1

    # Catalogs. Rule: domain 5.

    def publish(self, event):
        self.check_time(event)
        document = event["catalog"]
        name = document.get("version") if isinstance(document, dict) else None
        known = self.documents.get(name) if isinstance(name, str) else None
        fixed_form = write_json(sorted_members(document))
        if known is not None and known == fixed_form:
            return "duplicate"
        try:
            catalog = read_catalog(document)
        except CatalogError:
            raise Reject("invalid_catalog") from None
        if known is not None:
            raise Reject("invalid_catalog")
        if self.catalogs and catalog["currency"] != self.catalogs[0]["currency"]:
            raise Reject("invalid_catalog")
        self.catalogs.append(catalog)
        self.documents[name] = fixed_form
        return "accepted"

    def catalog_at(self, at):
        """The version in force, or None: the greatest effective_from; of two the later published."""
        in_force = None
        for catalog in self.catalogs:
            if catalog["effective_from"] <= at:
                if in_force is None or catalog["effective_from"] >= in_force["effective_from"]:
                    in_force = catalog
        return in_force

    def currency(self):
        return self.catalogs[0]["currency"] if self.catalogs else None

    # Events of subscribers. Rule: domain 8, in its order.

    def check_time(self, event):
        if not EARLIEST <= event["occurred_at"] <= self.recorded_at + DAY:
            raise Reject("time_out_of_range")

    def apply_to_subscriber(self, event):
        if not MSISDN.fullmatch(event["subscriber"]):
            raise Reject("invalid_subscriber")
        self.check_time(event)
        if is_invalid_value(event):
            raise Reject("invalid_value")
        subscriber = self.subscribers.setdefault(event["subscriber"], Subscriber())
        if event["id"] in subscriber.events:
            # Rule: domain 2, same id: with the same content a duplicate, else the first stands.
            if subscriber.events[event["id"]] == event:
                return "duplicate"
            raise Reject("id_conflict")
        if subscriber.closed_at is not None and event["occurred_at"] < subscriber.closed_at:
            raise Reject("before_closing")
        catalog = self.catalog_at(event["occurred_at"])
        if event["type"] in NEEDS_CATALOG and catalog is None:
            raise Reject("no_catalog")
        self.check_access(event, subscriber.account)
        self.decide(event, subscriber, catalog)
        # Rule: domain 2, an id is remembered only once its event is accepted.
        subscriber.events[event["id"]] = event
        return "accepted"

    def check_access(self, event, account):
        """Rule: domain 4, the web channel and password_set."""
        if event["type"] in IN_ASSISTANT and event["channel"] == "web":
            if not account.active or account.locked:
                raise Reject("access_denied")
        if event["type"] == "password_set" and not account.active:
            raise Reject("access_denied")

    def decide(self, event, subscriber, catalog):
        """Steps 12 to 15 and the change."""
        account = subscriber.account
        was_locked = account.locked
        decision, reason = "accepted", None
        if event["type"] == "login_attempted":
            decision, reason = self.login(event, account, catalog)
        elif event["type"] == "password_set":
            account.password_id = event["id"]
            account.failures, account.locked = 0, False
        else:
            charge = charging.charge_of(event, account, catalog)
            self.append_charge(event, subscriber, charge)
        if event["type"] == "assistant_activated":
            account.active = True
        if event["type"] == "assistant_deactivated":
            account.active = False
        if event["type"] == "subscriber_closed":
            subscriber.account = Account()
            subscriber.closed_at = event["occurred_at"]
        if event["type"] in ("assistant_activated", "assistant_deactivated", "password_set",
                             "login_attempted", "subscriber_closed"):
            self.append_access(event, subscriber.account, was_locked, decision, reason)

    def login(self, event, account, catalog):
        """Rule: domain 4, the table, row by row."""
        if not account.active:
            return "refused", "not_activated"
        if account.locked:
            return "refused", "locked"
        if account.password_id is None:
            return "refused", "no_password"
        if event.get("password_id", account.password_id) != account.password_id:
            return "refused", "stale_password"
        if event["outcome"] == "correct":
            account.failures = 0
            return "granted", None
        threshold = catalog["lockout_threshold"] if catalog else 3
        account.failures += 1
        account.locked = account.failures >= threshold
        return "refused", "wrong_password"

    # Records. Rule: interfaces 2, the order of members; `recorded_at` is left out.

    def append_access(self, event, account, was_locked, decision, reason):
        record = {"subscriber": event["subscriber"], "event_id": event["id"], "type": event["type"],
                  "source": self.source, "occurred_at": format_time(event["occurred_at"]),
                  "decision": decision}
        if reason:
            record["reason"] = reason
        record.update(failures=account.failures, locked=account.locked, active=account.active)
        if account.locked != was_locked:
            record["transition"] = "locked" if account.locked else "unlocked"
        self.access.append(record)

    def append_charge(self, event, subscriber, charge):
        """Rule: domain 7."""
        subscriber.sequence += 1
        record = charging.charge_record(event, self.source, subscriber, charge, self.currency())
        self.charges.append(record)
        against = charge["kind"]
        if against == "reversal":
            against = charge["reversed_kind"]
        against = {"payment": "cash", "bonus": "promotions"}.get(against, "revenue:" + against)
        self.postings["receivable"] += charge["amount"] - charge["from_bonus"]
        self.postings["bonus"] += charge["from_bonus"]
        if charge["amount"] != 0:
            self.postings[against] -= charge["amount"]


def sorted_members(value):
    """Rule: domain 5, equal JSON: the order of an object's members does not count."""
    if isinstance(value, dict):
        return {name: sorted_members(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [sorted_members(item) for item in value]
    return value
