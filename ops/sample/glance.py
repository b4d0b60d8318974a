#!/usr/bin/env python3
"""What happened at a glance: glance.py DIRECTORY MSISDN

Reads what `subledger tail TOPIC --output json` printed into DIRECTORY/{events,charges,access,rejects}.ndjson
and sums it exactly, with decimals. The months of the bill are calendar months of the event time in
Europe/Dublin, so that old events show as they happened; `subledger statement` bills by recorded time instead.
"""
import collections
import datetime
import decimal
import json
import pathlib
import sys
import zoneinfo

DUBLIN = zoneinfo.ZoneInfo("Europe/Dublin")
AMOUNTS = ("amount", "from_bonus", "from_account")
FEES = ("activation", "deactivation", "option_connect", "option_disconnect", "tariff_switch")


def records(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line, parse_float=decimal.Decimal) for line in file if line.strip()]


def money(amount):
    """At least two decimals, as interfaces.md writes it."""
    text = f"{amount:.6f}".rstrip("0")
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction:0<2}"


def month_of(record):
    time = datetime.datetime.fromisoformat(record["occurred_at"].replace("Z", "+00:00"))
    return time.astimezone(DUBLIN).strftime("%Y-%m")


def table(title, header, rows):
    """Prints rows of strings; the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    print(f"\n{title}")
    for row in [header, *rows]:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  " + "  ".join(cells).rstrip())


def counted(names):
    return [(name, str(count)) for name, count in sorted(collections.Counter(names).items())]


def sum_of(charges, field):
    return sum((decimal.Decimal(charge[field]) for charge in charges), decimal.Decimal(0))


def charges_by_kind(charges):
    by_kind = collections.defaultdict(list)
    for charge in charges:
        by_kind[charge["kind"]].append(charge)
    by_kind = dict(sorted(by_kind.items())) | {"total": charges}
    return [(kind, str(len(some)), *(money(sum_of(some, field)) for field in AMOUNTS))
            for kind, some in by_kind.items()]


def bill(charges):
    """One row a month. What is owed at its end is what was owed before plus the other columns."""
    months = collections.defaultdict(list)
    for charge in charges:
        months[month_of(charge)].append(charge)
    rows = []
    for month, some in sorted(months.items()):
        of_kind = collections.defaultdict(list)
        for charge in some:
            of_kind["fees" if charge["kind"] in FEES else charge["kind"]].append(charge)
        columns = [sum_of(of_kind[kind], "amount") for kind in ("traffic", "service", "fees", "reversal")]
        covered = -sum_of((charge for charge in some if charge["kind"] != "bonus"), "from_bonus")
        last = max(some, key=lambda charge: charge["sequence"])
        columns += [covered, sum_of(of_kind["payment"], "amount"), decimal.Decimal(last["balance"])]
        rows.append((month, *map(money, columns)))
    return rows


def decision(record):
    return " ".join([record["decision"], record.get("reason", "")]).strip()


def main(directory, msisdn):
    events, charges, access, rejects = (records(pathlib.Path(directory) / f"{topic}.ndjson")
                                        for topic in ("events", "charges", "access", "rejects"))
    currency = next((charge["currency"] for charge in charges if "currency" in charge), "")
    subscribers = {event["subscriber"] for event in events if "subscriber" in event}
    catalogs = sum(event.get("type") == "catalog_published" for event in events)
    print(f"\n{len(events)} records in the log: {len(events) - catalogs} events of {len(subscribers)} "
          f"subscribers, and {catalogs} catalog records (each version once a partition)")
    table(f"Charges by kind ({currency})", ("kind", "count", "amount", "from bonus", "from account"),
          charges_by_kind(charges))
    table("Access decisions", ("decision", "count"), counted(decision(record) for record in access))
    table("Rejected, by reason", ("reason", "count"), counted(record["reason"] for record in rejects))
    own = [charge for charge in charges if charge["subscriber"] == msisdn]
    table(f"The bill of {msisdn}, month by month ({currency})",
          ("month", "traffic", "services", "fees", "reversed", "by bonus", "payments", "owed at its end"),
          bill(own))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
