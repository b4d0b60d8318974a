"""The reference: one partition's log in, the records of the specification out. See README.md.

    python3 reference.py --catalog c1.json --catalog c2.json --events events.ndjson --out DIR
    python3 reference.py --log log.ndjson --out DIR
"""

import argparse
import pathlib
import sys

from fold import Fold
from forms import format_money, parse_time, read_event, read_json, write_json


def lines_of(path):
    text = pathlib.Path(path).read_text(encoding="utf-8")
    return [line for line in text.split("\n") if line.strip()]


def events_of(path):
    return [read_event(read_json(line)) for line in lines_of(path)]


def catalogs_of(paths, recorded_at):
    """Each document as an event. It has no id and no event time of its own: recorded time stands in."""
    return [{"type": "catalog_published", "occurred_at": recorded_at,
             "catalog": read_json(pathlib.Path(path).read_text(encoding="utf-8"))} for path in paths]


def fold_log(events, partition, recorded_at):
    fold = Fold(partition, recorded_at)
    for event in events:
        fold.apply(event)
    return fold


def summary(fold):
    return {"records": fold.records, "accepted": fold.accepted, "duplicates": fold.duplicates,
            "rejected": fold.rejected,
            "postings": {name: format_money(micros) for name, micros in fold.postings.items()}}


def write_lines(path, records):
    path.write_text("".join(write_json(record) + "\n" for record in records), encoding="utf-8")


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--catalog", action="append", default=[], help="published at the log's start")
    parser.add_argument("--events", help="NDJSON: the events after the catalogs")
    parser.add_argument("--log", help="NDJSON: the whole log, with catalog_published events")
    parser.add_argument("--out", required=True, help="directory of the three result files")
    parser.add_argument("--partition", type=int, default=0)
    parser.add_argument("--recorded-at", default="2026-01-01T00:00:00Z", help="of every record")
    options = parser.parse_args(arguments)
    if bool(options.log) == bool(options.events or options.catalog):
        parser.error("either --log, or --catalog and --events")
    recorded_at = parse_time(options.recorded_at)
    events = catalogs_of(options.catalog, recorded_at)
    for path in filter(None, (options.events, options.log)):
        events += events_of(path)
    fold = fold_log(events, options.partition, recorded_at)
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    write_lines(out / "charges.ndjson", fold.charges)
    write_lines(out / "access.ndjson", fold.access)
    write_lines(out / "rejects.ndjson", fold.rejects)
    print(write_json(summary(fold)))


if __name__ == "__main__":
    main(sys.argv[1:])
