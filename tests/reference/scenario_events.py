"""One random event at a time for generate.py. Each maker returns the body of one event as JSON members.

It looks at the reference's own state to make events that are mostly accepted; what is in the log does
not depend on any other program.
"""

from account import tariff_at
from forms import DAY, HOUR, SECOND, format_money, format_time, parse_time
from scenario_catalogs import BULK_GROUP, GROUPS, OPTIONS, SERVICES, TARIFFS, ZONES

SESSIONS = ("a1", "b2", "сеанс", "2015-05")
REASONS = ("gift", "complaint", 'say "sorry" \\ again', "подарок", "ü" * 128)
QUANTITIES = (1, 1, 2, 7, 250, 999, 1000, 1001, 1024, 1025, 2500, 4096, 100000, 1048576, 5000001)
LITTLE_MONEY = ("0.000001", "0.01", "0.3", "0.50", "1", "2.25", "12.5", "100.00", "7.333333")
VERIFIER = "scrypt$16384$8$1$00$abababababababababababababababab"
CHANNELS = ("ussd", "sms", "web", "network", "operator")


def chance(random, probability):
    return random.random() < probability


def expiry(random, at):
    """An expiry that later events of the scene will meet from both sides, or None."""
    if chance(random, 0.3):
        return None
    return at + random.choice((1, SECOND, 60 * SECOND, HOUR, HOUR, DAY, 3 * DAY, 30 * DAY, 400 * DAY))


def wrong_or(random, probability, right, wrong):
    """Mostly one of `right`, where there is one."""
    right = sorted(right)
    return random.choice(wrong) if chance(random, probability) or not right else random.choice(right)


class EventMaker:
    def __init__(self, random, fold):
        self.random = random
        self.fold = fold

    def account(self, msisdn):
        subscriber = self.fold.subscribers.get(msisdn)
        return subscriber.account if subscriber else None

    # Access.

    def password_set(self, msisdn, at):
        return {"method": self.random.choice(("issued", "chosen")), "verifier": VERIFIER}

    def login_attempted(self, msisdn, at):
        body = {"outcome": self.random.choice(("correct", "wrong", "wrong"))}
        account = self.account(msisdn)
        draw = self.random.random()
        if draw < 0.4 and account and account.password_id:
            body["password_id"] = account.password_id
        elif draw < 0.5:
            body["password_id"] = self.new_id()
        elif draw < 0.65 and account:
            events = self.fold.subscribers[msisdn].events.values()
            old = [event["id"] for event in events if event["type"] == "password_set"][-4:]
            body["password_id"] = self.random.choice(old or [self.new_id()])
        return body

    # Options, tariffs.

    def option_connected(self, msisdn, at):
        account = self.account(msisdn)
        connected = account.options if account else []
        free = [name for name in OPTIONS if name not in connected]
        return {"option": wrong_or(self.random, 0.2, free, OPTIONS + ("no-such-option",))}

    def option_disconnected(self, msisdn, at):
        account = self.account(msisdn)
        connected = account.options if account else []
        return {"option": wrong_or(self.random, 0.2, connected, OPTIONS + ("no-such-option",))}

    def tariff_switched(self, msisdn, at):
        account, catalog = self.account(msisdn), self.fold.catalog_at(at)
        if account is None or catalog is None:
            return {"tariff": self.random.choice(TARIFFS)}
        others = [name for name in catalog["tariffs"] if name != tariff_at(account, at, catalog)]
        return {"tariff": wrong_or(self.random, 0.25, others, TARIFFS + ("no-such-tariff",))}

    # Usage.

    def usage(self, body):
        if chance(self.random, 0.6):
            body["session"] = self.random.choice(SESSIONS)
        if chance(self.random, 0.15):
            body["final"] = chance(self.random, 0.8)
        if chance(self.random, 0.4):
            body["zone"] = self.random.choice(ZONES + ZONES[:1])
        return body

    def traffic_used(self, msisdn, at):
        quantity = self.random.choice(QUANTITIES)
        if chance(self.random, 0.3):
            quantity = self.random.randrange(1, 10000)
        if chance(self.random, 0.02):
            quantity = 2**50
        up = self.random.choice((0, quantity, quantity // 2))
        body = self.usage({"bytes_up": up, "bytes_down": quantity - up})
        if chance(self.random, 0.2):
            body["rating_group"] = self.random.choice(GROUPS + (BULK_GROUP,))
        if chance(self.random, 0.02):
            body["bytes_up"], body["bytes_down"] = self.random.choice(
                ((0, 0), (2**50, 1), (2**64 - 1, 1), (2**63, 2**63), (2**64 - 1, 2**64 - 1)))
        return body

    def service_used(self, msisdn, at):
        name = self.random.choice(SERVICES + SERVICES[:3] * 3)
        if chance(self.random, 0.05):
            name = "no-such-service"
        units = self.random.choice((1, 1, 1, 2, 3, 5, 10, 29))
        if name == "vault":
            units = self.random.choice((1, 1, 7, 250, 1000, 1001))
        if chance(self.random, 0.02):
            units = self.random.choice((0, 2**50, 2**50 + 1, 2**64 - 1))
        return self.usage({"service": name, "units": units})

    # Money.

    def bonus_granted(self, msisdn, at):
        random = self.random
        body = {"reason": random.choice(REASONS)}
        if chance(random, 0.5):
            body["money"] = random.choice(LITTLE_MONEY)
            if chance(random, 0.04):
                body["money"] = random.choice(("1000000000", "1000000000.000001", "0", "-1.00"))
        else:
            body["bytes"] = random.choice(QUANTITIES)
            if chance(random, 0.04):
                body["bytes"] = random.choice((2**50, 2**50 + 1, 0))
        if chance(random, 0.02):
            body["money"], body["bytes"] = "1.00", 1
        elif chance(random, 0.02):
            body.pop("money", None)
            body.pop("bytes", None)
        expires_at = expiry(random, at)
        if chance(random, 0.03):
            expires_at = at - random.choice((0, 1))
        if expires_at is not None:
            body["expires_at"] = format_time(expires_at)
        return body

    def payment_received(self, msisdn, at):
        money = self.random.choice(LITTLE_MONEY)
        account = self.account(msisdn)
        if account and abs(account.balance) > 10**12 and chance(self.random, 0.5):
            if account.balance > 0:
                money = format_money(account.balance)  # back to 0
        elif chance(self.random, 0.08):
            money = self.random.choice(("0", "0.00", "-0.01", "1000000000", "1000000000.000001",
                                        "9223372036854.775807", "999999999.999999"))
        return {"money": money, "reference": "receipt " + str(self.random.randrange(1000))}

    def charge_reversed(self, msisdn, at):
        body = {"reason": self.random.choice(REASONS)}
        account, draw = self.account(msisdn), self.random.random()
        charges = account.charges if account else {}
        usable = [charge_id for charge_id, charge in charges.items()
                  if charge["kind"] in SERVICE_KINDS and not charge["reversed"]]
        if draw < 0.6 and usable:
            body["charge_id"] = self.random.choice(usable[-20:])
        elif draw < 0.9 and charges:
            body["charge_id"] = self.random.choice(list(charges)[-20:])
        elif draw < 0.95 and self.fold.charges:
            body["charge_id"] = self.random.choice(self.fold.charges[-200:])["charge_id"]
        else:
            body["charge_id"] = self.new_id()
        if chance(self.random, 0.1):
            body["charge_id"] = body["charge_id"].upper()
        return body

    # The envelope.

    def new_id(self):
        bits = "%032x" % self.random.getrandbits(128)
        return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-8{bits[17:20]}-{bits[20:]}"

    def time_text(self, micros):
        """One of the many texts of a time."""
        draw = self.random.random()
        if draw < 0.8 or not 0 < micros < parse_time("2090-01-01T00:00:00Z"):
            return format_time(micros)
        if draw < 0.9:
            hours = self.random.choice((3, 5, -8, 14))
            return format_time(micros + hours * HOUR)[:-1] + f"{'-' if hours < 0 else '+'}{abs(hours):02}:00"
        text = format_time(micros)[:-1]
        return text + ("0Z" if "." in text and len(text) < 26 else "Z" if "." in text else ".000Z")

    def event(self, kind, msisdn, at, channel=None, **body):
        """A whole event; members of the body that are given stand, the others are drawn."""
        event_id = self.new_id()
        if chance(self.random, 0.05):
            event_id = event_id.upper()
        maker = getattr(self, kind, None)
        if maker and not body:
            body = maker(msisdn, at)
        return {"id": event_id, "type": kind, "subscriber": msisdn, "occurred_at": self.time_text(at),
                "channel": channel or self.random.choice(CHANNELS), **body}

    def same_content(self, members):
        """Another text of the same event."""
        same = dict(members)
        same["id"] = self.random.choice((members["id"], members["id"].upper(), members["id"].lower()))
        same["occurred_at"] = self.time_text(parse_time(members["occurred_at"]))
        if same["type"] in ("traffic_used", "service_used") and "final" not in same:
            if chance(self.random, 0.3):
                same["final"] = False
        if "money" in same and "." in same["money"] and len(same["money"].split(".")[1]) < 6:
            same["money"] += "0"
        if "charge_id" in same:
            same["charge_id"] = same["charge_id"].upper()
        names = list(same)
        self.random.shuffle(names)
        return {name: same[name] for name in names}

    def other_content(self, members):
        """The same id with a change somewhere."""
        other = dict(members)
        ways = ["channel", "occurred_at"]
        if other["type"] in ("traffic_used", "service_used"):
            ways += ["session", "zone", "final"]
        if "money" in other:
            ways.append("money")
        if "outcome" in other:
            ways.append("outcome")
        way = self.random.choice(ways)
        if way == "channel":
            other["channel"] = next(name for name in CHANNELS if name != other["channel"])
        if way == "occurred_at":
            other["occurred_at"] = format_time(parse_time(other["occurred_at"]) + 1)
        if way == "session":
            other["session"] = other.get("session", "") + "x"
        if way == "zone":
            if "zone" not in other:
                other["zone"] = "home"
            elif other["zone"] == "home":
                del other["zone"]
            else:
                other["zone"] = "home"
        if way == "final":
            other["final"] = not other.get("final", False)
        if way == "money":
            other["money"] = "1.234567" if other["money"] != "1.234567" else "1.23"
        if way == "outcome":
            other["outcome"] = "wrong" if other["outcome"] == "correct" else "correct"
        return other


SERVICE_KINDS = ("activation", "option_connect", "option_disconnect", "tariff_switch", "traffic", "service")
