"""Random catalog documents for generate.py: valid versions, and ways to break one."""

import copy

from forms import format_time, parse_time

CURRENCY = "RUB"
TARIFFS = ("classic", "smart", "night-owl", "t_3")
OPTIONS = ("bit", "super-bit", "locator", "turbo", "o-5")
SERVICES = ("locator", "news", "radio", "vault")
ZONES = ("home", "roaming", "дом")
GROUPS = (0, 7, 4294967295)
BULK_GROUP = 50  # traffic of this rating group is next to free in every version
TIME_ZONES = ("Europe/Moscow", "Europe/Berlin", "America/New_York", "America/Sao_Paulo",
              "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "UTC")
UNIT_FAMILIES = ((1, 2, 3, 7), (1, 1000, 1000000), (1, 1024, 40960, 1048576), (1, 3, 4294967295),
                 (4294967296, 1024))
INCREMENTS = (1, 1, 2, 7, 1000, 1000, 1024, 102400)
PRICES = ("0", "0.000001", "0.005", "0.10", "0.3", "1", "1.10", "3.45", "8.45", "30.00", "0.000999")
FEES = ("0", "0.01", "0.5", "1.25", "5.00", "8.00", "100", "350.00")


def make_tiers(random):
    family = random.choice(UNIT_FAMILIES)
    starts = [0]
    for _ in range(random.choice((0, 0, 1, 1, 2, 3, 7))):
        starts.append(starts[-1] + random.choice((1, 2, 100, 999, 1000, 2500, 100000, 2**20)))
    if random.random() < 0.05:
        starts[-1] = 2**50 if len(starts) > 1 else 0
    tiers = []
    for start in starts:
        unit = random.choice(family)
        increment = 2**50 if random.random() < 0.01 else random.choice(INCREMENTS)
        tiers.append({"from": start, "price": random.choice(PRICES), "unit": unit, "increment": increment})
        if unit == 1:
            tiers[-1]["price"] = random.choice(PRICES[:5])
    return tiers


def make_rule(random, name, when=None):
    rule = {"rule": name}
    if when:
        rule["when"] = when
    if random.random() < 0.85:
        rule["scope"] = random.choice(("event", "session", "session", "day", "month"))
    if random.random() < 0.3:
        rule["connect_fee"] = random.choice(FEES[:5])
    if random.random() < 0.3:
        rule["max_charge"] = random.choice(("0.333333", "2.50", "12.00", "500.00"))
    if random.random() < 0.7:
        rule["rounding"] = {"mode": random.choice(("half_up", "half_even", "up", "down")),
                            "decimals": random.choice((0, 1, 2, 2, 3, 4, 5, 6))}
        if random.random() < 0.05:
            del rule["rounding"][random.choice(("mode", "decimals"))]
    rule["tiers"] = make_tiers(random)
    return rule


def make_traffic(random):
    rules = [make_rule(random, "bulk", {"rating_group": BULK_GROUP})]
    rules[0].update(scope=random.choice(("session", "session", "session", "month")), max_charge="10.00",
                    tiers=[{"from": 0, "price": "0.000001", "unit": 2**30, "increment": 1024}])
    if random.random() < 0.5:
        rules.append(make_rule(random, "abroad", {"zone": random.choice(ZONES[1:])}))
    if random.random() < 0.5:
        rules.append(make_rule(random, "social", {"rating_group": random.choice(GROUPS)}))
    if random.random() < 0.6:
        hours = random.choice(([0, 8], [2, 3], [23, 24], [8, 22], [0, 24], [1, 2], [0, 1]))
        when = {"hours": hours}
        if random.random() < 0.2:
            when["zone"] = "home"
        if random.random() < 0.1:
            when["rating_group"] = 7
        rules.append(make_rule(random, "night", when))
    if random.random() < 0.9:
        rules.append(make_rule(random, "day"))
    return rules


def make_options(random):
    present = [name for name in OPTIONS if random.random() < 0.9] or [OPTIONS[0]]
    options = {}
    for name in present:
        options[name] = {}
        if random.random() < 0.9:
            options[name]["connect_fee"] = random.choice(FEES)
        if random.random() < 0.5:
            options[name]["disconnect_fee"] = random.choice(FEES[:4])
        others = [other for other in present if other != name]
        if others and random.random() < 0.25:
            options[name]["excludes"] = random.sample(others, 1)
    return options


def make_services(random, options):
    services = {}
    for name in SERVICES[:3]:
        if random.random() < 0.92:
            rules = [make_rule(random, "each")]
            if random.random() < 0.3:
                rules.insert(0, make_rule(random, "abroad", {"zone": "roaming"}))
            if random.random() < 0.1:
                rules[-1]["when"] = {"hours": [6, 20]}
            if random.random() < 0.1:
                rules.insert(0, make_rule(random, "never", {"rating_group": 0}))
            services[name] = {"rates": rules}
            if random.random() < 0.3:
                services[name]["requires"] = random.choice(sorted(options))
    services["vault"] = {"rates": [{"rule": "each", "scope": random.choice(("event", "month")), "tiers": [
        {"from": 0, "price": "1000000", "unit": 1, "increment": 1}]}]}
    return services


def make_catalog(random, version, effective_from, zone):
    options = make_options(random)
    default = TARIFFS[0] if random.random() < 0.85 else TARIFFS[1]
    tariffs = {}
    for name in TARIFFS:
        if name != default and random.random() < 0.15:
            continue
        tariffs[name] = {"traffic": make_traffic(random)}
        if random.random() < 0.7:
            tariffs[name]["switch_fee"] = random.choice(FEES)
        if random.random() < 0.6:
            tariffs[name]["free_after_days"] = random.choice((1, 1, 2, 30, 3650))
        if random.random() < 0.5:
            tariffs[name]["options"] = {
                option: {"connect_fee": random.choice(FEES), "disconnect_fee": random.choice(FEES[:4])}
                for option in options if random.random() < 0.4}
    if len(tariffs) > 1 and random.random() < 0.15:
        tariffs[random.choice(sorted(tariffs))].pop("traffic")
    document = {"version": version, "effective_from": effective_from, "currency": CURRENCY,
                "time_zone": zone, "default_tariff": default, "tariffs": tariffs, "options": options,
                "services": make_services(random, options)}
    if random.random() < 0.5:
        document["lockout_threshold"] = random.choice((1, 2, 3, 4, 5))
    return document


def reordered(random, value):
    """The same JSON with the members of each object in another order."""
    if isinstance(value, dict):
        names = list(value)
        random.shuffle(names)
        return {name: reordered(random, value[name]) for name in names}
    if isinstance(value, list):
        return [reordered(random, item) for item in value]
    return value


def first_rule(document):
    return next(tariff for tariff in document["tariffs"].values() if tariff.get("traffic"))["traffic"][0]


def set_in(field, value):
    def change(document):
        document[field] = value
    return change


def set_in_rule(field, value):
    def change(document):
        first_rule(document)[field] = value
    return change


def set_in_tier(field, value):
    def change(document):
        first_rule(document)["tiers"][0][field] = value
    return change


def with_service(service):
    def change(document):
        document["services"]["broken"] = service
    return change


def with_option(option):
    def change(document):
        document["options"]["broken"] = option
    return change


def with_tariff(tariff):
    def change(document):
        document["tariffs"]["broken"] = tariff
    return change


def double_rule(document):
    rules = next(t for t in document["tariffs"].values() if t.get("traffic"))["traffic"]
    rules.append(copy.deepcopy(rules[0]))


def drop(field):
    def change(document):
        del document[field]
    return change


def tiers_of(*starts, unit=1):
    return [{"from": start, "price": "1", "unit": unit, "increment": 1} for start in starts]


BREAKERS = (
    set_in("colour", "red"), set_in("default_tariff", "nobody"), set_in("currency", "rub"),
    set_in("currency", "RUBL"), set_in("time_zone", "Mars/Olympus"), set_in("lockout_threshold", 0),
    set_in("lockout_threshold", 101), set_in("lockout_threshold", 3.0), set_in("lockout_threshold", True),
    set_in("lockout_threshold", "3"), set_in("effective_from", "2015-02-29T00:00:00Z"),
    set_in("effective_from", "2015-01-01T24:00:00Z"), set_in("effective_from", "2015-01-01T00:00:60Z"),
    set_in("effective_from", "2015-01-01 00:00:00Z"), set_in("effective_from", "2015-01-01T00:00:00"),
    set_in("effective_from", "2015-01-01T00:00:00.1234567Z"), set_in("version", "With Capitals"),
    set_in("version", "v" * 33), set_in("version", ""), set_in("tariffs", {}), set_in("tariffs", []),
    set_in("options", None), drop("version"), drop("effective_from"), drop("currency"),
    drop("time_zone"), drop("default_tariff"), drop("tariffs"), double_rule,
    set_in_rule("scope", "week"), set_in_rule("when", {"hours": [8, 8]}),
    set_in_rule("when", {"hours": [0, 25]}), set_in_rule("when", {"hours": [-1, 8]}),
    set_in_rule("when", {"hours": [1]}), set_in_rule("when", {"rating_group": 4294967296}),
    set_in_rule("when", {"day": "monday"}), set_in_rule("rounding", {"mode": "half_down", "decimals": 2}),
    set_in_rule("rounding", {"mode": "up", "decimals": 7}), set_in_rule("rule", "no spaces please"),
    set_in_rule("tiers", []), set_in_rule("tiers", tiers_of(1)), set_in_rule("tiers", tiers_of(0, 5, 5)),
    set_in_rule("tiers", tiers_of(*range(9))), set_in_rule("tiers", tiers_of(0, 2**50 + 1)),
    set_in_rule("tiers", tiers_of(0, unit=2**31 - 1) + tiers_of(7, unit=5)),
    set_in_rule("connect_fee", "1000000.000001"), set_in_rule("max_charge", "-1"),
    set_in_tier("price", "0.0000001"), set_in_tier("price", 1), set_in_tier("price", "01"),
    set_in_tier("price", "1."), set_in_tier("price", ".5"), set_in_tier("price", "1e3"),
    set_in_tier("unit", 0), set_in_tier("unit", 2**32 + 1), set_in_tier("increment", 0),
    set_in_tier("increment", 2**50 + 1), set_in_tier("from", 0.0), set_in_tier("step", 1),
    with_option({"excludes": ["broken"]}), with_option({"excludes": ["nobody"]}),
    with_option({"connect_fee": "1,00"}), with_service({"rates": []}), with_service({}),
    with_service({"requires": "nobody", "rates": [{"rule": "r", "tiers": tiers_of(0)}]}),
    with_tariff({"free_after_days": 0}), with_tariff({"free_after_days": 3651}),
    with_tariff({"options": {"nobody": {}}}), with_tariff({"switch_fee": "1000001"}),
)


def broken(random, document):
    document = copy.deepcopy(document)
    random.choice(BREAKERS)(document)
    return document


def changed(random, document):
    """The same name, other content, both valid."""
    document = copy.deepcopy(document)
    threshold = document.get("lockout_threshold")
    if threshold is None:
        document["lockout_threshold"] = 3  # the default, filled in: not equal JSON
    else:
        document["lockout_threshold"] = threshold + 1
    return document


def shifted(time_text, hours):
    """The same instant with another offset, by text."""
    local = format_time(parse_time(time_text) + hours * 3600 * 1_000_000)[:-1]
    return f"{local}{'-' if hours < 0 else '+'}{abs(hours):02}:00"
