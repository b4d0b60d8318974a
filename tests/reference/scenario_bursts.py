"""Runs of events that bring one subscriber to a bound or an edge that single events seldom reach.

Each takes the scenario of generate.py, a subscriber and an event time.
"""

from forms import DAY, HOUR, SECOND, format_time
from scenario_catalogs import BULK_GROUP, SERVICES, TARIFFS
from scenario_events import chance


def sessions(scenario, msisdn, at):
    """More than 32 sessions at once, then some of them again, with and without `final`."""
    random = scenario.random
    names = [f"n{index:02}" for index in range(random.randrange(31, 40))]
    oldest = names[len(names) - 32:] if len(names) > 32 else names
    again = ["new", *oldest[:3], "newer", *oldest[:4], *names[:3], *random.sample(names, 6)]
    group = chance(random, 0.7)
    for index, name in enumerate(names + again):
        body = {"bytes_up": 0, "bytes_down": random.choice((1, 400, 1000)), "session": name}
        if index >= len(names) and chance(random, 0.9 if name.startswith("new") else 0.2):
            body["final"] = True
        if chance(random, 0.03):
            body["zone"] = "roaming"
        if chance(random, 0.97 if group else 0.05):
            body["rating_group"] = BULK_GROUP
        scenario.send_new("traffic_used", msisdn, at + index * SECOND, "network", **body)
        if chance(random, 0.04):
            scenario.send_new("service_used", msisdn, at + index * SECOND, "network",
                              service=random.choice(SERVICES[:3]), units=1, session=name,
                              final=chance(random, 0.5))


def switches(scenario, msisdn, at):
    """More than 32 switches, then one older than all kept, and traffic before and among them."""
    random = scenario.random
    step = random.choice((1, SECOND, HOUR, DAY))
    count = random.randrange(32, 40)
    for index in range(count):
        scenario.send_new("tariff_switched", msisdn, at + index * step, "sms")
    oldest = at + (count - 32) * step
    for when in (at - step, oldest, oldest - 1, at + step):
        scenario.send_new("traffic_used", msisdn, when, "network", bytes_up=100, bytes_down=900)
    for when in (at - step, at - DAY, oldest, oldest - 1):
        scenario.send_new("tariff_switched", msisdn, when, "sms", tariff=random.choice(TARIFFS))
    scenario.send_new("traffic_used", msisdn, at - 1, "network", bytes_up=100, bytes_down=900)


def reverse_latest(scenario, msisdn, at):
    """The latest traffic charge of a subscriber, if it is a recent one."""
    for charge in reversed(scenario.fold.charges[-20:]):
        if charge["subscriber"] == msisdn and charge["kind"] == "traffic":
            scenario.send_new("charge_reversed", msisdn, at, "operator", charge_id=charge["charge_id"],
                              reason="complaint")
            return


def covered_in_part(scenario, msisdn, at):
    """Bytes and money of bonuses for one event, then back, then back a second time."""
    random = scenario.random
    ends = [at + SECOND, at + 3 * SECOND, at + 5 * SECOND, None]
    for body in ({"money": "0.40"}, {"money": "3.00"}, {"bytes": random.choice((1, 1500))}, {"bytes": 700}):
        end = random.choice(ends)
        if end is not None:
            body["expires_at"] = format_time(end)
        scenario.send_new("bonus_granted", msisdn, at, "operator", reason="part", **body)
    scenario.send_new("traffic_used", msisdn, at, "network", bytes_up=2500, bytes_down=10**6)
    for when in (at, at + random.choice((1, SECOND))):
        reverse_latest(scenario, msisdn, when)
    for when in (at + 6 * SECOND, at + 4 * SECOND, at + 2 * SECOND, at):
        scenario.send_new("traffic_used", msisdn, when, "network", bytes_up=100, bytes_down=200)
    reverse_latest(scenario, msisdn, at + SECOND)


def free_days(scenario, msisdn, at):
    """A switch just before, at and just after the free days of a tariff."""
    random, catalog = scenario.random, scenario.fold.catalog_at(at)
    tariffs = catalog["tariffs"] if catalog else {}
    usable = [name for name in tariffs if tariffs[name]["free_after_days"] in (1, 2, 30)]
    if not usable or len(tariffs) < 2:
        return
    name = random.choice(usable)
    other = random.choice([tariff for tariff in tariffs if tariff != name])
    days = tariffs[name]["free_after_days"] * DAY
    for index in range(4):
        start = at + index * 2 * days
        scenario.send_new("tariff_switched", msisdn, start, "sms", tariff=other)
        scenario.send_new("tariff_switched", msisdn, start + days + random.choice((-1, 0, 0, 1)), "sms",
                          tariff=name)


def grants(scenario, msisdn, at):
    """More than 64 grants, some soon to expire; then reversals that bring grants back to a full house."""
    random = scenario.random
    half, soon = at + HOUR // 2, at + HOUR
    for body in ({"money": "500", "reason": "large"}, {"bytes": 10**7, "reason": "large"}):
        scenario.send_new("bonus_granted", msisdn, at, "operator", expires_at=format_time(half), **body)
    for index in range(70):
        account = scenario.maker.account(msisdn)
        if account and len(account.grants) == 64 and chance(random, 0.7):
            break
        body = {"money": "0.05"} if chance(random, 0.5) else {"bytes": 10}
        expires_at = random.choice((soon, soon + index % 3, at + 30 * DAY, None, at + 60 * DAY))
        if expires_at is not None:
            body["expires_at"] = format_time(expires_at)
        scenario.send_new("bonus_granted", msisdn, at + index, "operator", reason="small", **body)
    for when in (at, half - 1, half, soon - 1, soon, soon + 2):
        scenario.send_new("traffic_used", msisdn, at, "network", bytes_up=700,
                          bytes_down=random.choice((700, 10**6)))
        reverse_latest(scenario, msisdn, when)
        for _ in range(random.randrange(1, 3)):
            scenario.send_new("bonus_granted", msisdn, when, "operator", reason="one more", money="0.01",
                              expires_at=format_time(when + random.choice((1, DAY))))
        scenario.send_new("service_used", msisdn, when, "network",
                          service=random.choice(SERVICES[:3]), units=1)
    scenario.send_new("traffic_used", msisdn, at, "network", bytes_up=0, bytes_down=2**21)


def logins(scenario, msisdn, at):
    """Up to the lock and out of it; switching off and on is no way round."""
    random = scenario.random
    scenario.send_new("assistant_activated", msisdn, at, "ussd")
    scenario.send_new("password_set", msisdn, at, "sms")
    times = [at] + [max(at, catalog["effective_from"]) for catalog in scenario.fold.catalogs]
    for index in range(random.randrange(2, 7)):
        when = random.choice(times) if chance(random, 0.5) else at
        scenario.send_new("login_attempted", msisdn, when + index, "web", outcome="wrong")
    scenario.send_new("login_attempted", msisdn, at + 9, "web", outcome="correct")
    for kind in ("option_connected", "tariff_switched", "service_used", "option_disconnected"):
        scenario.send_new(kind, msisdn, at + 10, "web")
    if chance(random, 0.5):
        scenario.send_new("assistant_deactivated", msisdn, at + 11, "ussd")
        scenario.send_new("login_attempted", msisdn, at + 11, "web", outcome="correct")
        scenario.send_new("assistant_activated", msisdn, at + 12, "ussd")
    scenario.send_new("login_attempted", msisdn, at + 13, "web", outcome="correct")
    if chance(random, 0.7):
        scenario.send_new("password_set", msisdn, at + 14, random.choice(("sms", "web")))
        scenario.send_new("login_attempted", msisdn, at + 15, "web")


def closing(scenario, msisdn, at):
    """Closed while something is connected, granted or locked; then the next owner and the former one."""
    random = scenario.random
    if chance(random, 0.5):
        logins(scenario, msisdn, at)
    subscriber = scenario.fold.subscribers.get(msisdn)
    at = max(at, subscriber.closed_at or at) if subscriber else at
    old = [members for members, _ in scenario.sent[-200:] if members["subscriber"] == msisdn]
    charges = [charge for charge in scenario.fold.charges[-300:] if charge["subscriber"] == msisdn]
    scenario.send_new("subscriber_closed", msisdn, at + 20, "operator")
    if chance(random, 0.6):
        scenario.send_new("subscriber_closed", msisdn, at + 20, "operator")
    for members in random.sample(old, min(3, len(old))):
        scenario.send(members)
    for charge in random.sample(charges, min(2, len(charges))):
        scenario.send_new("charge_reversed", msisdn, at + 21, "operator", charge_id=charge["charge_id"],
                          reason="before the closing")
    scenario.send_new("login_attempted", msisdn, at + 20, "web", outcome="correct")
    scenario.send_new("traffic_used", msisdn, at + 19, "network")
    for kind in ("assistant_activated", "login_attempted", "traffic_used", "option_disconnected",
                 "tariff_switched"):
        scenario.send_new(kind, msisdn, at + 22, "sms")


def huge(scenario, msisdn, at):
    """Eight times 2^50 bytes are 2^53; then one byte more. And the largest balances."""
    random = scenario.random
    body = {"rating_group": BULK_GROUP, "session": "huge"}
    for index in range(8):
        scenario.send_new("traffic_used", msisdn, at + index % 2, "network", bytes_up=2**49,
                          bytes_down=2**49, **body)
    scenario.send_new("traffic_used", msisdn, at, "network", bytes_up=0, bytes_down=1, **body)
    scenario.send_new("bonus_granted", msisdn, at, "operator", bytes=2, reason="covers the overflow")
    scenario.send_new("traffic_used", msisdn, at, "network", bytes_up=0, bytes_down=2, **body)
    scenario.send_new("traffic_used", msisdn, at, "network", bytes_up=0, bytes_down=3, **body)
    scenario.send_new("service_used", msisdn, at, "network", service="vault", units=1000)
    account = scenario.maker.account(msisdn)
    owed = account.balance if account else 0
    rest = 10**15 + min(owed, 0)
    for micros in (max(owed, 0), rest + 1, rest, 1):
        money = f"{micros // 10**6}.{micros % 10**6:06}"
        scenario.send_new("payment_received", msisdn, at, "operator", money=money, reference="to the bound")
    scenario.send_new("service_used", msisdn, at + 1, "network", service="vault", units=999)
    for _ in range(3):
        scenario.send_new("charge_reversed", msisdn, at + 2, "operator")


def late(scenario, msisdn, at):
    """Traffic, options and switches in the order opposite to their event times."""
    for index in range(12, 0, -1):
        kind = scenario.random.choice(("traffic_used", "tariff_switched", "option_connected", "service_used"))
        scenario.send_new(kind, msisdn, at + index * HOUR, "network")


BURSTS = (sessions, sessions, switches, grants, covered_in_part, logins, closing, huge, late,
          free_days)
