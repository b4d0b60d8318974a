"""Kill points on the embedded log, without a broker: the engine dies at each that it comes to, the next start
goes on, and in the end everything is as in a run that nothing disturbed.

    embedded.py --program SUBLEDGER
"""

import argparse
import itertools
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "broker"))

import load
import points
from ledger import TOPICS, Failure, Ledger, require_equal, without

CATALOG = ROOT / "ops" / "sample" / "catalog-2014-10.json"
EVENTS = 400
KAFKA_ONLY = ("begin", "produce", "send_offsets", "flush", "commit")  # before and after
# What comes before in_recovery leaves something to recover.
DEATHS = ("before_promote", "in_recovery", "in_recovery", "after_poll", "after_promote", "before_store_write",
          "after_store_write", "before_store_flush", "after_store_flush")


def run_until(ledger, wish):
    command = ledger.command("run", "--store", ledger.store, "--until-end", "--chunk-records", 20)
    return subprocess.run(command, capture_output=True, text=True, check=False,
                          env=os.environ | {"SUBLEDGER_KILL_AT": wish})


def die(ledger, name):
    done = run_until(ledger, f"{name}:1")
    if done.returncode != -signal.SIGKILL or f"killed at={name} " not in done.stderr:
        raise Failure(f"{name}: ended with {done.returncode}, SIGKILL there expected: {done.stderr}")


def refuse(ledger, wish):
    done = run_until(ledger, wish)
    if done.returncode != 2 or "after_store_flush" not in done.stderr:
        raise Failure(f"SUBLEDGER_KILL_AT={wish}: exit {done.returncode}, 2 and the names expected: "
                      + done.stderr)


def make(program, folder, name):
    ledger = Ledger(program, f"sqlite:{folder}/{name}.db", folder / f"store-{name}", "points.")
    ledger.create(2)
    ledger.publish(CATALOG)
    ledger.call("ingest", feed="\n".join(itertools.islice(load.events(1), EVENTS)) + "\n")
    return ledger


def check(program, folder):
    passed = {name for name in points.names() if name.partition("_")[2] not in KAFKA_ONLY}
    if passed != set(DEATHS):
        raise Failure(f"DEATHS has not those that the embedded log comes to: {passed ^ set(DEATHS)}")
    calm, killed = make(program, folder, "calm"), make(program, folder, "killed")
    calm.run()
    for wish in ("nowhere", "after_poll:", "after_poll:0", "after_poll:x", ""):
        refuse(killed, wish)
    for name in DEATHS:
        die(killed, name)
    killed.run()
    for topic in TOPICS:
        expected, actual = (without(each.tail(topic), "recorded_at") for each in (calm, killed))
        require_equal(expected, actual, topic)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True, type=os.path.abspath)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            check(options.program, pathlib.Path(folder))
        except Failure as failure:
            print(failure)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
