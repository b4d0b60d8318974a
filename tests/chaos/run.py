"""Engine and broker killed, stopped, doubled and scaled by a seeded schedule, under load, and then the books
are compared with those of an undisturbed run.

    run.py --program SUBLEDGER --minutes 10 --seed 7
    run.py --program SUBLEDGER --rounds 1 --seed 1     each fault of a round, however long it takes
"""

import argparse
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "broker"))

import faults
import load
import outcome
import points
import wire
from brokers import Brokers, Stuck
from faults import Field
from ledger import Failure, Ledger
from reader import Reader

PARTITIONS = 6
CATALOGS = tuple(ROOT / "ops" / "sample" / f"catalog-{name}.json" for name in ("2014-10", "2015-01"))
# Shorter than the default, to wait less: an open transaction of a dead instance holds up readers so long.
CONFIGURATION = f'[kafka]\n"transaction.timeout.ms" = {faults.TRANSACTION_TIMEOUT_MS}\n'
READER_SECONDS = 60
MESSAGE_MAX = 3_000


def storm(field, only, rounds, minutes):
    """The faults. Ends early where nothing goes on; the books are compared all the same."""
    end = time.monotonic() + minutes * 60 if minutes else None
    done = 0
    try:
        field.start("a")
        field.wait_progress()
        field.reader.watch(True)
        while (time.monotonic() < end) if end else done < rounds:
            faults.run_round(field, only, lambda: end is None or time.monotonic() < end)
            done += 1
        if not minutes and only is None:
            for name in field.missed():
                field.violate(f"no fault met {name}")
        # The group keeps the partitions of an instance that ended until its session is over.
        field.wait_newer(time.time() * 1000, PARTITIONS)
    except Stuck as stuck:
        field.violate(f"stuck: {stuck}")
        field.end_all()
    finally:
        field.reader.watch(False)


def settle(field, made, feeder, live):
    """The load ends, what is left is applied, and all is compared."""
    feeder.end()
    for key in sorted(field.running):
        field.terminate(key)
    last = field.at("a")
    last.run("--instance", "a", "--lanes", "2")
    events = field.scratch / "events.ndjson"
    offsets = outcome.take_events(made, PARTITIONS, feeder.sent, events)
    calm = outcome.run_calm(field.program, field.scratch, CATALOGS, PARTITIONS, events)
    found, counts = outcome.compare(calm, made, offsets)
    live.wait_count(counts["charges"], READER_SECONDS)
    found += outcome.check_bytes(live, made, PARTITIONS)
    for store in sorted(field.scratch.glob("store-*")):
        key = store.name.removeprefix("store-")
        if key != "calm" and list(store.glob("partition-*")):
            found += outcome.check_audit(field.at(key), offsets, caught_up=key == "a")
    for text in found:
        field.violate(text)
    return sum(map(len, offsets)), counts


def report(field, feeder, live, events, counts):
    print(f"\nkills             {field.kills}")
    for name in (*points.names(), points.AGAIN):
        print(f"  at {name:<28} {field.points[name]}")
    print("requests to the broker and replies")
    for api, kind in dict.fromkeys(wire.CASES):
        name = f"{api}: {kind}"
        print(f"  {name:<65} {field.requests[name]}")
    print("other faults")
    for name, count in sorted(field.faults.items()):
        print(f"  {name:<31} {count}")
    print(f"events            {events}; {feeder.failures} of `ingest` failed and were repeated")
    print(f"aborted           in {live.aborted()} places of charges a transaction was given up")
    print("records           " + ", ".join(f"{count} {topic}" for topic, count in counts.items()))
    print(f"reader            {sum(map(len, live.seen))} charges during the faults, begun again "
          f"{live.restarts} times")
    print(f"without progress  {live.longest_pause:.1f} s at most")
    for what, times in sorted(field.times.items()):
        times.sort()
        print(f"  {what}: median {times[len(times) // 2]:.2f} s, most {times[-1]:.2f} s, of {len(times)}")
    print(f"violations        {len(field.violations)}")
    for text in field.violations:
        print(f"  {text}")


def run(options, scratch):
    (scratch / "subledger.toml").write_text(CONFIGURATION, encoding="utf-8")
    os.environ["SUBLEDGER_CONFIG"] = str(scratch / "subledger.toml")
    brokers = Brokers(ROOT / "ops" / "kafka", scratch / "broker", options.brokers)
    field = feeder = live = None
    try:
        made = Ledger(options.program, brokers.log, scratch / "store-a", "chaos.")
        made.create(PARTITIONS)
        made.publish(*CATALOGS)
        live = Reader(made, PARTITIONS)
        field = Field(options.program, scratch, brokers, live, made.prefix, PARTITIONS,
                      random.Random(f"faults {options.seed}"))
        feeder = load.Feeder(made, options.seed)
        live.start()
        feeder.start()
        events, counts = 0, {}
        storm(field, options.fault, options.rounds, options.minutes)
        try:
            events, counts = settle(field, made, feeder, live)
        except (Failure, RuntimeError, subprocess.TimeoutExpired) as failure:
            field.violate(str(failure)[:MESSAGE_MAX])
        if feeder.unexpected:
            field.violate(feeder.unexpected)
        for text in live.violations:
            field.violate(text)
        report(field, feeder, live, events, counts)
        return not field.violations
    finally:
        if field:
            field.end_all()
        if live and live.is_alive():
            live.end()
        brokers.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the subledger program", type=os.path.abspath)
    parser.add_argument("--minutes", type=float, help="for how long faults happen")
    parser.add_argument("--rounds", type=int, default=1, help="how often each fault, without --minutes")
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fault", choices=sorted({fault.__name__ for fault in faults.ROUND}),
                        help="this fault only")
    parser.add_argument("--scratch", help="where everything is kept if something does not hold")
    options = parser.parse_args()
    if options.scratch:
        pathlib.Path(options.scratch).mkdir(parents=True, exist_ok=True)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix=f"chaos-{options.seed}-", dir=options.scratch))
    print(f"seed {options.seed}, in {scratch}", flush=True)
    held = False
    try:
        held = run(options, scratch)
    finally:
        if held:
            shutil.rmtree(scratch)
        else:
            print(f"seed {options.seed}: logs, stores and the broker's data are kept in {scratch}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
