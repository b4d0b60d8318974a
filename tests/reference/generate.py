"""Writes a random but seeded log, and the catalog versions in it.

    python3 generate.py --seed 1 --events 500 --out DIR

DIR gets log.ndjson (catalog_published events among the others) and catalog-1.json, catalog-2.json, …
(the accepted versions in the order of publication). The same seed gives the same bytes.
"""

import argparse
import json
import pathlib
import random as random_module

import scenario_bursts
from fold import Fold
from forms import DAY, HOUR, SECOND, format_time, read_event, read_json, write_json
from scenario_catalogs import TIME_ZONES, broken, changed, make_catalog, reordered, shifted
from scenario_events import EventMaker, chance
from scenario_times import scene_times, utc

SCENE_EVENTS = 25
VERSIONS_MAX = 12
INVALID_SUBSCRIBERS = ("0123456789", "791612", "1234567890123456", "+79161234567", "abc", "7 916 123 45 67",
                       "٧٩١٦١٢٣٤٥٦٧", "79161234567 ", "7" * 64)
WEIGHTS = {
    "assistant_activated": 4, "assistant_deactivated": 1, "password_set": 6, "login_attempted": 10,
    "option_connected": 9, "option_disconnected": 6, "tariff_switched": 7, "traffic_used": 30,
    "service_used": 14, "bonus_granted": 9, "payment_received": 5, "charge_reversed": 7,
    "subscriber_closed": 0.8,
}
OTHERS = {"catalog": 1.5, "duplicate": 4, "conflict": 1.5, "reused_id": 2, "again": 2,
          "invalid_subscriber": 0.5, "out_of_range": 0.5}


class Scenario:
    def __init__(self, seed, events):
        self.random = random_module.Random(seed)
        self.events_max = events
        self.fold = Fold()
        self.maker = EventMaker(self.random, self.fold)
        self.lines = []
        self.sent = []       # (members, outcome) of the events of subscribers
        self.documents = []  # accepted catalog versions
        self.zones = self.random.sample(TIME_ZONES, 3)
        self.start = utc(self.random.choice((2011, 2013, 2014, 2015, 2016)), self.random.randrange(1, 13), 1)
        self.end = self.start + 400 * DAY
        self.at = self.start
        first = self.random.choice(("79161234567", "1234567", "491701234567890"))
        self.msisdns = [first]
        for _ in range(self.random.randrange(2, 12)):
            self.msisdns.append(str(79000000000 + self.random.randrange(10**9)))

    # Sending.

    def full(self):
        return len(self.lines) >= self.events_max

    def send(self, members):
        """Appends a line to the log, unless it is full; the reference tells what comes of it."""
        if self.full():
            return None
        text = write_json(members)
        outcome = self.fold.apply(read_event(read_json(text)))
        self.lines.append(text)
        if members["type"] != "catalog_published":
            self.sent.append((members, outcome))
        return outcome

    def send_new(self, kind, msisdn, at, channel=None, **body):
        return self.send(self.maker.event(kind, msisdn, at, channel, **body))

    def send_catalog(self, document, at):
        members = self.maker.event("catalog_published", None, at, "operator", catalog=document)
        del members["subscriber"]
        if self.send(members) == "accepted":
            self.documents.append(document)

    # Times.

    def time_for(self, msisdn):
        """Near the scene's time, often exactly at an edge."""
        random = self.random
        draw = random.random()
        at = self.at
        if draw < 0.15:
            at = self.centre + random.choice((-1, 0, 0, 1))
        elif draw < 0.30:
            at = random.choice(self.edges(msisdn)) + random.choice((-1, 0, 0, 1))
        elif draw < 0.75:
            self.at += random.choice((0, 1, SECOND, SECOND, 60 * SECOND, 600 * SECOND))
            at = self.at
        elif draw < 0.9:
            at = self.centre + random.randrange(-3 * HOUR, 3 * HOUR)
        elif draw < 0.98:
            at = self.centre + random.randrange(-2 * DAY, 2 * DAY, SECOND)
        else:
            at = random.randrange(self.start - 2 * DAY, self.end)
        subscriber = self.fold.subscribers.get(msisdn)
        if subscriber and subscriber.closed_at and chance(random, 0.9):
            at = max(at, subscriber.closed_at)
        return at

    def edges(self, msisdn):
        """Times at which something of the subscriber or the catalog changes, near the scene's."""
        edges = [catalog["effective_from"] for catalog in self.fold.catalogs]
        subscriber = self.fold.subscribers.get(msisdn)
        if subscriber:
            account = subscriber.account
            edges += [grant["expires_at"] for grant in account.grants if grant["expires_at"]]
            for switch in account.switches[-5:]:
                edges += [switch["occurred_at"] + days * DAY for days in (0, 1, 2, 30)]
            edges.append(subscriber.closed_at or self.centre)
        return [edge for edge in edges if abs(edge - self.centre) < 40 * DAY] or [self.centre]

    # Catalogs.

    def effective_from(self):
        """Now and then the same as another version's, before it, or just ahead."""
        draw = self.random.random()
        if not self.documents:
            return format_time(self.start)
        if draw < 0.2:
            return self.random.choice(self.documents)["effective_from"]
        at = self.centre + self.random.choice((0, 0, HOUR, DAY, -40 * DAY, 20 * DAY, -SECOND))
        text = format_time(at)
        return shifted(text, self.random.choice((3, -5))) if draw < 0.6 else text

    def new_document(self):
        zone = self.zones[0] if chance(self.random, 0.8) else self.random.choice(self.zones)
        name = "v" + str(len(self.documents) + 1)
        return make_catalog(self.random, name, self.effective_from(), zone)

    def catalog(self):
        random, draw = self.random, self.random.random()
        at = self.centre
        if draw < 0.4 and len(self.documents) < VERSIONS_MAX:
            self.send_catalog(self.new_document(), at)
        elif draw < 0.75 and self.documents:
            document = random.choice(self.documents)
            if draw > 0.65:
                document = changed(random, document)
            elif draw > 0.5:
                document = reordered(random, document)
            self.send_catalog(document, at)
        else:
            document = self.new_document()
            if draw > 0.97:
                at = utc(1999, 12, 31)
            elif draw > 0.92 and self.documents:
                document["currency"] = "EUR"
            else:
                document = broken(random, document)
            self.send_catalog(document, at)

    # Other events that are not new events of a subscriber.

    def duplicate(self):
        accepted = [members for members, outcome in self.sent[-300:] if outcome == "accepted"]
        if accepted:
            members = self.random.choice(accepted)
            self.send(members if chance(self.random, 0.3) else self.maker.same_content(members))

    def conflict(self):
        accepted = [members for members, outcome in self.sent[-300:] if outcome == "accepted"]
        if accepted:
            self.send(self.maker.other_content(self.random.choice(accepted)))

    def reused_id(self):
        """The id of a rejected event with another body, or of another subscriber's."""
        if self.sent:
            old = self.random.choice(self.sent[-300:])[0]
            msisdn = self.random.choice(self.msisdns)
            event = self.maker.event("payment_received", msisdn, self.time_for(msisdn))
            self.send({**event, "id": old["id"]})

    def again(self):
        """A rejected event, as it was: its cause may be mended."""
        rejected = [members for members, outcome in self.sent[-60:]
                    if outcome not in ("accepted", "duplicate")]
        if rejected:
            self.send(self.random.choice(rejected))

    def invalid_subscriber(self):
        self.send_new("traffic_used", self.random.choice(INVALID_SUBSCRIBERS), self.at)

    def out_of_range(self):
        kind = self.random.choice(("traffic_used", "payment_received", "subscriber_closed"))
        at = self.random.choice((utc(1999, 12, 31) + DAY - 1, utc(2099, 1, 1), utc(1960, 2, 3),
                                 utc(2000, 1, 1), utc(9999, 12, 31)))
        self.send_new(kind, self.random.choice(self.msisdns), at)

    # Scenes.

    def one_event(self):
        choices = {**WEIGHTS, **OTHERS}
        kind = self.random.choices(list(choices), list(choices.values()))[0]
        if kind in OTHERS:
            return getattr(self, kind)()
        msisdn = self.random.choice(self.cast)
        account = self.maker.account(msisdn)
        if (account is None or not account.active) and chance(self.random, 0.2):
            kind = "assistant_activated"
        return self.send_new(kind, msisdn, self.time_for(msisdn))

    def scene(self, centre):
        """Some events around one time, of a few subscribers; now and then a burst."""
        self.centre = centre
        self.at = centre - self.random.choice((0, 1, SECOND, HOUR))
        self.cast = self.random.sample(self.msisdns, min(3, len(self.msisdns)))
        size = self.random.randrange(SCENE_EVENTS // 2, SCENE_EVENTS * 2)
        burst_at = self.random.randrange(size) if chance(self.random, 0.35) else None
        for index in range(size):
            if self.full():
                return
            if index == burst_at:
                burst = self.random.choice(scenario_bursts.BURSTS)
                burst(self, self.random.choice(self.cast), self.at)
            self.one_event()

    def run(self):
        count = max(2, self.events_max // SCENE_EVENTS)
        centres = scene_times(self.random, count, self.zones, self.start, self.end)
        self.centre = self.start
        if chance(self.random, 0.3):
            self.scene(self.start)  # before any catalog
        self.send_catalog(self.new_document(), self.start)
        self.scene(self.start + self.random.choice((0, DAY)))
        while not self.full():
            for centre in centres:
                self.scene(centre)


def generate(seed, events):
    """The scenario as it ran: its `lines` are the log, its `documents` the accepted versions."""
    scenario = Scenario(seed, events)
    scenario.run()
    return scenario


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--events", type=int, required=True, help="lines of the log")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    scenario = generate(options.seed, options.events)
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "log.ndjson").write_text("".join(text + "\n" for text in scenario.lines), encoding="utf-8")
    for index, document in enumerate(scenario.documents, 1):
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        (out / f"catalog-{index}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
