"""The engine on a real Apache Kafka, through the program's commands. SUBLEDGER_TEST_BROKER has its address.

    run.py --program SUBLEDGER --list
    run.py --program SUBLEDGER --run kills/1
"""

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import ledger
import secure
import silent
from ledger import NOT_COMPARED, Failure, Ledger, require_equal, without

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests" / "vectors"
SAMPLE = ROOT / "ops" / "sample"
SAMPLE_CATALOGS = (SAMPLE / "catalog-2014-10.json", SAMPLE / "catalog-2015-01.json")
KILLS = 20
EVENTS_UNDER_FIRE = 150_000


def broker():
    return "kafka://" + os.environ["SUBLEDGER_TEST_BROKER"]


def new_ledger(program, scratch, name, log=None):
    """Topics and a group of its own, so that tests do not meet."""
    prefix = f"t{os.getpid()}-{name}."
    return Ledger(program, log or broker(), scratch / f"store-{name}", prefix, prefix + "group")


def dense_offsets(records, first):
    """Kafka's offsets have gaps where a transaction ended; the vectors count records from 0."""
    order = {offset: number for number, offset in enumerate(first)}
    for record in records:
        record["source"]["offset"] = order[record["source"]["offset"]]
    return records


def check_vector(program, scratch, name):
    folder = VECTORS / name
    made = new_ledger(program, scratch, name)
    made.create(1)
    made.publish(*sorted(folder.glob("catalog*.json")))
    made.ingest(folder / "events.ndjson")
    made.run()
    offsets = [json.loads(line)["offset"] for line in made.call("tail", "events", "--raw").splitlines()]
    for topic in ledger.TOPICS:
        lines = (folder / f"expected_{topic}.ndjson").read_text(encoding="utf-8").splitlines()
        actual = without(dense_offsets(made.tail(topic), offsets), *NOT_COMPARED)
        require_equal([json.loads(line) for line in lines], actual, f"{name} {topic}")


def sample_events(path):
    with path.open("w", encoding="utf-8") as out:
        subprocess.run([sys.executable, SAMPLE / "make-events.py"], stdout=out, check=True)


def by_partition(records):
    """In the order of each output partition: `tail` mixes them by recorded time, which runs do not share."""
    return without(sorted(records, key=lambda record: record["source"]["partition"]), "recorded_at")


def outcome(made):
    """What a run gave, without what the log's clock and its gaps give."""
    results = {}
    for topic in ledger.TOPICS:
        records = made.tail(topic)
        for record in records:
            record["source"] = record["source"]["partition"]
        results[topic] = sorted((without(records, "recorded_at", "detail")), key=json.dumps)
    return results


def check_both_logs(program, scratch):
    """The sample gives the same records on Kafka and on the embedded log, with other chunks and lanes."""
    sample_events(scratch / "events.ndjson")
    outcomes = []
    ways = ((None, ("--lanes", "1")), (None, ("--lanes", "2", "--chunk-records", "7")),
            (f"sqlite:{scratch}/ledger.db", ("--lanes", "4", "--chunk-records", "1")))
    for number, (log, options) in enumerate(ways):
        made = new_ledger(program, scratch, f"both{number}", log)
        made.create(4)
        made.publish(*SAMPLE_CATALOGS)
        made.ingest(scratch / "events.ndjson")
        made.run(*options)
        outcomes.append(outcome(made))
        # A group that has no position goes by the outputs and emits nothing again.
        made.store = scratch / f"empty-{number}"
        made.group += "other"
        made.run()
        outcomes.append(outcome(made))
    for other in outcomes[1:]:
        for topic in ledger.TOPICS:
            require_equal(outcomes[0][topic], other[topic], topic)


def long_input(path):
    """The sample's month over and over, for many subscribers: enough that twenty kills fall into the run."""
    lines = []
    with path.open("w", encoding="utf-8") as out:
        for number in range(EVENTS_UNDER_FIRE):
            event = {"id": f"00000000-0000-4000-8000-{number:012}",
                     "subscriber": str(353_850_100_000 + number % 997), "occurred_at": "2014-11-02T10:15:00Z"}
            if number % 50 == 0:
                event |= {"type": "bonus_granted", "channel": "operator", "bytes": 50_000, "reason": "gift"}
            else:
                event |= {"type": "traffic_used", "channel": "network", "bytes_up": number % 1000 + 1,
                          "bytes_down": number % 100_000, "session": f"s{number % 7}"}
            lines.append(json.dumps(event))
            if len(lines) == 10_000:
                out.write("\n".join(lines) + "\n")
                lines.clear()
        out.write("".join(line + "\n" for line in lines))


def prepare(program, scratch, name, events):
    made = new_ledger(program, scratch, name)
    made.create(4)
    made.publish(*SAMPLE_CATALOGS)
    made.ingest(events)
    return made


def check_kills(program, scratch, seed):
    """kill -9 in the middle of a run, twenty times: the charges are those of an undisturbed run, once."""
    long_input(scratch / "events.ndjson")
    undisturbed = prepare(program, scratch, f"calm{seed}", scratch / "events.ndjson")
    undisturbed.run()
    made = prepare(program, scratch, f"kills{seed}", scratch / "events.ndjson")
    moments = random.Random(seed)
    reached = []
    for number in range(KILLS):
        with (scratch / "errors").open("w", encoding="utf-8") as errors:
            process = made.start("--instance", "victim", "--chunk-records", "100", "--lanes", "2",
                                 errors=errors)
            time.sleep(moments.uniform(0.3, 1.6))  # the moment of the kill is what is random here
            if process.poll() is not None:
                raise Failure(f"kill {number}: the engine ended by itself: "
                              + (scratch / "errors").read_text())
            ledger.kill(process)
        reached.append(sum(1 for _ in made.call("tail", "charges", "--output", "json").splitlines()))
    made.run("--instance", "victim")
    print(f"kills {KILLS}, seed {seed}, charges seen after each kill: {reached}")
    if len(set(reached)) < KILLS // 3 or reached[0] >= EVENTS_UNDER_FIRE - 10_000:
        raise Failure(f"the kills did not fall into the run: {reached}")
    for topic in ledger.TOPICS:
        require_equal(by_partition(undisturbed.tail(topic)), by_partition(made.tail(topic)), topic)
    # Recorded times are in the rows, so the digests of two logs differ; the counts do not.
    require_equal(without(undisturbed.digests(), "digest"), without(made.digests(), "digest"), "counts")


def totals_of(text):
    return json.loads(text.splitlines()[-1])["totals"]


def check_audit(program, scratch):
    """Replay, diff, what-if and verify on offsets with gaps, beside an engine and without one."""
    sample_events(scratch / "events.ndjson")
    made = new_ledger(program, scratch, "audit")
    made.create(4)
    made.publish(*SAMPLE_CATALOGS)
    made.ingest(scratch / "events.ndjson")
    made.run("--chunk-records", "10")
    replayed = made.call("replay", "--into", scratch / "again")
    require_equal(made.digests(), [json.loads(line) for line in replayed.splitlines()], "digests")
    require_equal({"findings": 0}, totals_of(made.call("verify", "--store", made.store)), "verify")
    dearer = json.loads(SAMPLE_CATALOGS[0].read_text(encoding="utf-8"))
    dearer["services"]["call"]["rates"][0]["tiers"][0]["price"] = "0.30"
    (scratch / "dearer.json").write_text(json.dumps(dearer), encoding="utf-8")
    made.call("replay", "--into", scratch / "dearer", "--catalog", scratch / "dearer.json")
    asked = made.call("whatif", "--catalog", scratch / "dearer.json", status=4)
    diff = subprocess.run([program, "diff", "--store", made.store, "--store", scratch / "dearer"],
                          capture_output=True, text=True, check=False)
    require_equal(sorted(diff.stdout.splitlines()), sorted(asked.splitlines()), "differences")
    if float(totals_of(asked)["difference"]) <= 0:
        raise Failure(f"the dearer catalog makes no difference: {totals_of(asked)}")
    long_input(scratch / "more.ndjson")
    engine = made.start("--chunk-records", "100")
    made.ingest(scratch / "more.ndjson")
    for _ in range(3):
        require_equal({"findings": 0}, totals_of(made.call("verify", "--store", made.store)), "beside it")
    ledger.kill(engine)
    require_equal({"findings": 0}, totals_of(made.call("verify", "--store", made.store)), "after a kill")


def check_fencing(program, scratch):
    """Two instances with one name: the later fences the earlier, which exits 1 and says so."""
    made = new_ledger(program, scratch, "fencing")
    made.create(2)
    made.publish(SAMPLE_CATALOGS[0])
    with (scratch / "errors").open("w", encoding="utf-8") as errors:
        first = made.start("--instance", "twin", "--log-level", "info", errors=errors)
        until = time.monotonic() + 60
        while "ready" not in (scratch / "errors").read_text(encoding="utf-8"):
            if time.monotonic() > until or first.poll() is not None:
                raise Failure("the first instance did not come up: " + (scratch / "errors").read_text())
            time.sleep(0.05)
        made.store = scratch / "store-second"
        second = made.start("--instance", "twin")
        status = first.wait(timeout=90)
        second.terminate()
        second.wait(timeout=30)
    said = (scratch / "errors").read_text(encoding="utf-8")
    if status != 1 or "instance" not in said:
        raise Failure(f"the earlier instance ended with {status} and said: {said}")


def all_tests():
    vectors = [f"vector/{folder.name}" for folder in sorted(VECTORS.glob("[0-9]*"))]
    return vectors + ["both_logs", "kills/1", "audit", "fencing", "secure", "silent"]


def run(name, program):
    kind, _, detail = name.partition("/")
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        if kind == "vector":
            check_vector(program, scratch, detail)
        elif kind == "both_logs":
            check_both_logs(program, scratch)
        elif kind == "kills":
            check_kills(program, scratch, int(detail))
        elif kind == "audit":
            check_audit(program, scratch)
        elif kind == "fencing":
            check_fencing(program, scratch)
        elif kind == "silent":
            long_input(scratch / "events.ndjson")
            silent.check_silent(program, scratch, SAMPLE_CATALOGS[0], scratch / "events.ndjson")
        elif kind == "secure":
            secure.check_secure(program, scratch, SAMPLE_CATALOGS[0])
        else:
            raise Failure(f"no such test: {name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", help="the subledger program")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--run", metavar="NAME")
    options = parser.parse_args()
    if options.list:
        print("\n".join(all_tests()))
        return 0
    try:
        run(options.run, options.program)
    except Failure as failure:
        print(f"{options.run}: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
