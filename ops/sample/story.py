"""The story around the bill: what three made-up subscribers do with the Internet Assistant.

Data only; make-events.py turns it into events. A step is (local time, type, channel, body). The id of its
event is made of subscriber, time and type: so a step that stands here twice is a duplicate, and one with
the same time and type but another body is an `id_conflict`. `Event(time, type)` and `Charge(time, type)`
in a body name an earlier step of the same subscriber. What the ledger should answer, where that is not
plain, stands beside the step.
"""
from typing import NamedTuple


class Event(NamedTuple):
    """The event id of another step."""
    time: str
    type: str


class Charge(NamedTuple):
    """The charge id of another step."""
    time: str
    type: str


class Subscriber(NamedTuple):
    msisdn: str
    bill_shift_minutes: int | None  # after the times of the bill; None: the bill is not this subscriber's
    abroad: tuple[str, str]         # first and last local date of roaming, both inclusive; empty: never
    steps: list


def password(method, number):
    # As long as a real verifier, and visibly none: nobody's password gives this.
    verifier = f"scrypt$16384$8$1$sample{number:04}$not-a-hash-of-any-password-{number:04}"
    return {"method": method, "verifier": verifier}


def payment(money, reference):
    return {"money": money, "reference": reference}


def login(outcome, time=None):
    checked = {"password_id": Event(time, "password_set")} if time else {}
    return {"outcome": outcome, **checked}


ANNA_STEPS = [
    ("2014-10-14 18:02", "login_attempted", "web", login("wrong")),  # refused: not_activated
    ("2014-10-14 18:05", "assistant_activated", "ussd", {}),
    ("2014-10-14 18:06", "login_attempted", "web", login("wrong")),  # refused: no_password
    ("2014-10-14 18:07", "password_set", "web", password("issued", 1)),
    ("2014-10-14 18:09", "login_attempted", "web", login("correct", "2014-10-14 18:07")),
    ("2014-10-14 18:10", "option_connected", "web", {"option": "locator"}),
    ("2014-10-14 18:12", "service_used", "web", {"service": "locator", "units": 1}),
    ("2014-10-16 09:00", "option_connected", "web", {"option": "data-boost"}),
    ("2014-10-16 09:01", "option_connected", "web", {"option": "data-boost"}),  # option_already_connected
    ("2014-10-17 12:30", "option_connected", "web", {"option": "data-max"}),    # option_excluded
    ("2014-10-20 10:00", "bonus_granted", "operator",
     {"money": "5.00", "expires_at": "2014-12-31 23:59", "reason": "welcome to the assistant"}),
    ("2014-11-01 12:00", "payment_received", "operator", payment("55.00", "top-up 2014-11")),
    ("2014-11-03 08:00", "bonus_granted", "operator",
     {"bytes": 209715200, "expires_at": "2014-11-30 00:00", "reason": "200 MB for November"}),
    # Three wrong passwords in a row: locked. Neither the right one nor an action on the web helps.
    ("2014-11-10 21:00", "login_attempted", "web", login("wrong")),
    ("2014-11-10 21:01", "login_attempted", "web", login("wrong")),
    ("2014-11-10 21:02", "login_attempted", "web", login("wrong")),
    ("2014-11-10 21:03", "login_attempted", "web", login("correct", "2014-10-14 18:07")),  # refused: locked
    ("2014-11-10 21:04", "option_disconnected", "web", {"option": "data-boost"}),  # access_denied
    # Not through the assistant, so the lock does not matter:
    ("2014-11-10 21:10", "service_used", "sms", {"service": "locator", "units": 2}),
    ("2014-11-10 21:15", "password_set", "sms", password("chosen", 2)),  # unlocked
    # Refused, stale_password:
    ("2014-11-10 21:16", "login_attempted", "web", login("wrong", "2014-10-14 18:07")),
    ("2014-11-10 21:17", "login_attempted", "web", login("correct", "2014-11-10 21:15")),
    ("2014-11-10 21:18", "option_disconnected", "web", {"option": "data-boost"}),
    ("2014-11-20 19:00", "tariff_switched", "web", {"tariff": "surfer"}),  # free: the first one
    ("2014-11-20 19:05", "tariff_switched", "web", {"tariff": "surfer"}),  # same_tariff
    ("2014-12-01 12:00", "payment_received", "operator", payment("65.00", "top-up 2014-12")),
    ("2014-12-01 12:00", "payment_received", "operator", payment("65.00", "top-up 2014-12")),
    ("2014-12-05 19:00", "tariff_switched", "web", {"tariff": "talker"}),  # 15 days later: costs the fee
    ("2014-12-09 11:00", "charge_reversed", "operator",
     {"charge_id": Charge("2014-10-16 09:00", "option_connected"), "reason": "connected by mistake"}),
    # Rejected, already_reversed:
    ("2014-12-09 11:01", "charge_reversed", "operator",
     {"charge_id": Charge("2014-10-16 09:00", "option_connected"), "reason": "a second time"}),
    ("2015-01-01 12:00", "payment_received", "operator", payment("60.00", "top-up 2015-01")),
    # Rejected, id_conflict:
    ("2015-01-01 12:00", "payment_received", "operator", payment("6.00", "top-up 2015-01")),
    ("2015-01-20 19:00", "tariff_switched", "web", {"tariff": "surfer"}),  # 46 days later: free
    ("2015-02-01 12:00", "payment_received", "operator", payment("70.00", "top-up 2015-02")),
    ("2015-02-14 10:00", "bonus_granted", "operator", {"money": "2.50", "reason": "for a long outage"}),
    ("2015-03-01 12:00", "payment_received", "operator", payment("45.00", "top-up 2015-03")),
    ("2015-03-14 20:00", "option_disconnected", "web", {"option": "locator"}),
    ("2015-03-14 20:01", "assistant_deactivated", "ussd", {}),
    # Refused, not_activated:
    ("2015-03-14 20:02", "login_attempted", "web", login("correct", "2014-11-10 21:15")),
]

BRIAN_STEPS = [
    # Rejected, no_catalog; the first is in force from October:
    ("2014-09-30 12:00", "option_connected", "sms", {"option": "locator"}),
    ("2014-10-20 08:30", "assistant_activated", "ussd", {}),
    ("2014-10-20 08:32", "password_set", "sms", password("chosen", 3)),
    ("2014-10-20 08:35", "login_attempted", "web", login("wrong")),
    ("2014-10-20 08:36", "login_attempted", "web", login("wrong")),
    # Granted, and the counting starts again:
    ("2014-10-20 08:37", "login_attempted", "web", login("correct", "2014-10-20 08:32")),
    ("2014-10-20 08:40", "service_used", "web", {"service": "locator", "units": 1}),  # option_required
    ("2014-10-20 08:41", "option_disconnected", "web", {"option": "locator"}),  # option_not_connected
    ("2014-11-02 09:00", "payment_received", "operator", payment("62.00", "direct debit 2014-11")),
    ("2014-12-02 09:00", "payment_received", "operator", payment("84.00", "direct debit 2014-12")),
    ("2014-12-19 17:00", "option_connected", "web", {"option": "data-max"}),
    ("2015-01-02 09:00", "payment_received", "operator", payment("145.00", "direct debit 2015-01")),
    # Locked in January; switching the assistant off and on is no way round; a password from the web unlocks.
    ("2015-01-12 07:00", "login_attempted", "web", login("wrong")),
    ("2015-01-12 07:01", "login_attempted", "web", login("wrong")),
    ("2015-01-12 07:02", "login_attempted", "web", login("wrong")),
    ("2015-01-12 07:03", "assistant_deactivated", "ussd", {}),
    ("2015-01-12 07:04", "assistant_activated", "ussd", {}),
    ("2015-01-12 07:05", "login_attempted", "web", login("correct", "2014-10-20 08:32")),  # refused: locked
    ("2015-01-12 07:06", "tariff_switched", "web", {"tariff": "surfer"}),  # access_denied
    ("2015-01-26 20:00", "password_set", "web", password("issued", 4)),
    ("2015-01-26 20:01", "login_attempted", "web", login("correct", "2015-01-26 20:00")),
    ("2015-01-26 20:02", "tariff_switched", "web", {"tariff": "surfer"}),
    ("2015-02-02 09:00", "payment_received", "operator", payment("80.00", "direct debit 2015-02")),
    ("2015-02-10 18:00", "option_disconnected", "web", {"option": "data-max"}),
    ("2015-03-02 09:00", "payment_received", "operator", payment("43.00", "direct debit 2015-03")),
]

CLARE_STEPS = [
    ("2014-11-02 10:00", "assistant_activated", "ussd", {}),
    ("2014-11-02 10:02", "password_set", "web", password("issued", 5)),
    ("2014-11-02 10:05", "login_attempted", "web", login("correct", "2014-11-02 10:02")),
    ("2014-11-02 10:30", "payment_received", "operator", payment("10.00", "first top-up")),
    ("2014-11-05 13:00", "traffic_used", "network", {"bytes_up": 1048576, "bytes_down": 20971520}),
    ("2014-11-21 13:00", "service_used", "network", {"service": "call", "units": 754}),
    ("2014-12-15 16:00", "subscriber_closed", "operator", {}),
    # The number's next owner inherits nothing; this one is refused, not_activated:
    ("2015-02-01 11:00", "login_attempted", "web", login("correct", "2014-11-02 10:02")),
    ("2015-02-01 11:05", "assistant_activated", "ussd", {}),
    ("2015-02-01 11:20", "service_used", "network", {"service": "sms", "units": 1}),
]

SUBSCRIBERS = [
    Subscriber("353850000001", 0, ("", ""), ANNA_STEPS),
    Subscriber("353850000002", 75, ("2014-12-20", "2014-12-27"), BRIAN_STEPS),
    Subscriber("353850000003", None, ("", ""), CLARE_STEPS),
]
