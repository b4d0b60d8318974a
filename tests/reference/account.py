"""What the ledger knows of one subscriber, and the leaves that decide over it. No records, no events."""

ACCUMULATORS_MAX = 32
SWITCHES_MAX = 32
GRANTS_MAX = 64


class Reject(Exception):
    """Its text is a reason of domain 8."""


class Account:
    """All that a closing forgets. Rule: domain 6, Closing."""

    def __init__(self):
        self.active = False
        self.password_id = None
        self.failures = 0
        self.locked = False
        self.switches = []      # {"occurred_at", "tariff"}, by event time, ties in log order
        self.options = []       # connected, in log order
        self.accumulators = {}  # key: quantity paid for; the longest unused first
        self.grants = []        # {"of": "money" or "bytes", "left", "expires_at"}, in log order
        self.charges = {}       # charge id: what a reversal needs
        self.balance = 0        # millionths


class Subscriber:
    """What stays for ever, and the current account."""

    def __init__(self):
        self.events = {}       # id: the accepted event
        self.sequence = 0
        self.closed_at = None  # event time of the last closing
        self.account = Account()


# Tariffs. Rule: domain 5 and domain 6, Fees.

def earlier_switches(account, at):
    return [switch for switch in account.switches if switch["occurred_at"] <= at]


def tariff_at(account, at, catalog):
    """The name of the tariff in force, which the catalog version need not have."""
    earlier = earlier_switches(account, at)
    return earlier[-1]["tariff"] if earlier else catalog["default_tariff"]


def add_switch(account, at, tariff):
    account.switches.append({"occurred_at": at, "tariff": tariff})
    account.switches.sort(key=lambda switch: switch["occurred_at"])
    account.switches = account.switches[-SWITCHES_MAX:]


# Options. Rule: domain 6, State rules.

def is_excluded(account, option, catalog):
    excludes = catalog["options"][option]["excludes"]
    for other in account.options:
        if other in excludes:
            return True
        if other in catalog["options"] and option in catalog["options"][other]["excludes"]:
            return True
    return False


# Accumulators. Rule: domain 6, Accumulators. A key is (traffic or service, tariff's or service's name,
# rule, scope, scope instance).

def use_accumulator(account, key, quantity, closed):
    """Adds the quantity paid for; opens the accumulator unless the same event closes it."""
    if key in account.accumulators:
        quantity += account.accumulators.pop(key)
    elif closed:
        return
    elif len(account.accumulators) == ACCUMULATORS_MAX:
        longest_unused = next(iter(account.accumulators))
        del account.accumulators[longest_unused]
    account.accumulators[key] = quantity


def close_session(account, use, session):
    for key in list(account.accumulators):
        if key[0] == use and key[3] == "session" and key[4] == session:
            del account.accumulators[key]


# Grants. Rule: domain 6, Bonuses.

def by_expiry(grant):
    return (grant["expires_at"] is None, grant["expires_at"] or 0)


def take(account, of, wanted, at):
    """Which grants cover how much of `wanted` at an event time: a list of (grant, part)."""
    unexpired = [grant for grant in account.grants if grant["of"] == of
                 and (grant["expires_at"] is None or grant["expires_at"] > at)]
    parts = []
    for grant in sorted(unexpired, key=by_expiry):
        part = min(wanted, grant["left"])
        if part > 0:
            parts.append((grant, part))
            wanted -= part
    return parts


def covered(parts):
    return sum(part for _, part in parts)


def latest_expiry(parts):
    """None where one of the grants has none. Rule: domain 6, Reversal."""
    expiries = [grant["expires_at"] for grant, _ in parts]
    return None if None in expiries or not expiries else max(expiries)


def use_up(account, parts):
    for grant, part in parts:
        grant["left"] -= part
    account.grants = [grant for grant in account.grants if grant["left"] > 0]


def make_room(account, new, at):
    """The grants that have to go for `new` more ones; too many of them: rejected."""
    excess = len(account.grants) + new - GRANTS_MAX
    if excess <= 0:
        return []
    expired = [grant for grant in account.grants
               if grant["expires_at"] is not None and grant["expires_at"] <= at]
    if len(expired) < excess:
        raise Reject("too_many_grants")
    return sorted(expired, key=by_expiry)[:excess]


def add_grants(account, leaving, new):
    account.grants = [grant for grant in account.grants if not any(grant is gone for gone in leaving)]
    account.grants += new
