#!/usr/bin/env python3
"""Prints the sample as events: NDJSON for `subledger ingest`, ordered by event time, always the same bytes.

Two made-up subscribers share one real bill (phone_data.csv, see SOURCE.md), the second 75 minutes after the
first and abroad for a week; a third has a short story of its own. How a row of the bill becomes events:

data (MB)       Two `traffic_used` of one session `data-<local date>`: half at the row's time, the rest 30
                minutes later and `final`. Bytes = MB x 1048576 rounded half up, of which 8 % (rounded down)
                go up and the rest down; each half is rounded down in the first report.
call (seconds)  `service_used` with `units` = seconds; service `call`, to landlines `call-landline`, to the
                voicemail `call-voicemail`.
sms             `service_used` with `units` 1; service `sms`, `sms-world` or `sms-special`.

Local times are those of Europe/Dublin (Irish summer time ends on 26 October 2014; of a time that comes twice
the first is meant). Abroad, usage has the zone `roaming`. The columns user_id and total_cost are random and
not read. Event ids are UUIDv5 in a namespace of the sample's own: of `<subscriber>:row <number>:<part>` (data
rows of the CSV, counted from 1), or of `<subscriber>:<local time> <type>` for the steps of story.py.
"""
import csv
import datetime
import decimal
import json
import pathlib
import sys
import uuid
import zoneinfo

import story

NAMESPACE = uuid.UUID("5e1f5b7c-2014-4d1a-9b52-7a1d0c3e8f10")
DUBLIN = zoneinfo.ZoneInfo("Europe/Dublin")
BILL = pathlib.Path(__file__).with_name("phone_data.csv")
MEGABYTE = 1048576
SERVICES = {
    ("call", "mobile"): "call",
    ("call", "landline"): "call-landline",
    ("call", "voicemail"): "call-voicemail",
    ("sms", "mobile"): "sms",
    ("sms", "world"): "sms-world",
    ("sms", "special"): "sms-special",
}
SESSION_TIME = datetime.timedelta(minutes=30)


def from_local(text, form):
    """The UTC time of an Irish local time."""
    return datetime.datetime.strptime(text, form).replace(tzinfo=DUBLIN).astimezone(datetime.timezone.utc)


def rfc3339(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def event_id(subscriber, name):
    return str(uuid.uuid5(NAMESPACE, f"{subscriber}:{name}"))


def charge_id(subscriber, event):
    """Rule: domain 7, Ledger."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"subledger:charge:{subscriber}:{event}"))


def make_event(subscriber, name, kind, time, channel, body):
    """A pair of the event time and the event in its JSON form."""
    return time, {"id": event_id(subscriber, name), "type": kind, "subscriber": subscriber,
                  "occurred_at": rfc3339(time), "channel": channel, **body}


def traffic_reports(megabytes):
    """The (up, down) bytes of the two reports of a session."""
    total = int((decimal.Decimal(megabytes) * MEGABYTE).to_integral_value(decimal.ROUND_HALF_UP))
    up = total * 8 // 100
    down = total - up
    first = (up // 2, down // 2)
    return first, (up - first[0], down - first[1])


def events_of_row(person, number, row):
    subscriber = person.msisdn
    time = from_local(row["date"], "%d-%m-%Y %H:%M") + datetime.timedelta(minutes=person.bill_shift_minutes)
    local_date = time.astimezone(DUBLIN).date().isoformat()
    first_day, last_day = person.abroad
    zone = {"zone": "roaming"} if first_day <= local_date <= last_day else {}
    if row["item"] != "data":
        body = {"service": SERVICES[row["item"], row["network_type"]], "units": int(row["duration"]), **zone}
        return [make_event(subscriber, f"row {number}:1", "service_used", time, "network", body)]
    events = []
    for part, (up, down) in enumerate(traffic_reports(row["duration"]), start=1):
        ending = {"final": True} if part == 2 else {}
        body = {"bytes_up": up, "bytes_down": down, "session": f"data-{local_date}", **ending, **zone}
        at = time + SESSION_TIME * (part - 1)
        events.append(make_event(subscriber, f"row {number}:{part}", "traffic_used", at, "network", body))
    return events


def body_of_step(subscriber, body):
    """The body with its references replaced by ids and its local expiry by UTC."""
    made = dict(body)
    for name, value in body.items():
        if isinstance(value, (story.Event, story.Charge)):
            made[name] = event_id(subscriber, f"{value.time} {value.type}")
        if isinstance(value, story.Charge):
            made[name] = charge_id(subscriber, made[name])
        if name == "expires_at":
            made[name] = rfc3339(from_local(value, "%Y-%m-%d %H:%M"))
    return made


def events_of(person, rows):
    events = []
    for local_time, kind, channel, body in person.steps:
        time = from_local(local_time, "%Y-%m-%d %H:%M")
        made = body_of_step(person.msisdn, body)
        events.append(make_event(person.msisdn, f"{local_time} {kind}", kind, time, channel, made))
    if person.bill_shift_minutes is not None:
        for number, row in enumerate(rows, start=1):
            events += events_of_row(person, number, row)
    return events


def main():
    with open(BILL, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    events = [event for person in story.SUBSCRIBERS for event in events_of(person, rows)]
    events.sort(key=lambda pair: pair[0])
    for _, event in events:
        sys.stdout.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
