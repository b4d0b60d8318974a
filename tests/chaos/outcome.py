"""What must hold in the end, out of the log itself: the same events on an embedded log, without any fault,
give the expected records."""

import base64
import itertools
import json
import subprocess

import load
import reader
from ledger import NOT_COMPARED, TOPICS, Failure, Ledger

DIFFERENCES_SHOWN = 5  # of a partition of a topic
OUTPUT_MAX = 1_000


def is_subsequence(some, of):
    rest = iter(of)
    return all(each in rest for each in some)


def take_events(made, partitions, sent, path):
    """Writes the log's events to `path`, and returns for each partition their numbers by their offsets.
    Everything that was sent has to be there, in order."""
    offsets = [{} for _ in range(partitions)]
    ids = [[] for _ in range(partitions)]
    with path.open("w", encoding="utf-8") as out:
        for line in reader.stream(made, "tail", "events", "--output", "json"):
            event = json.loads(line)
            source = event.pop("source")
            event.pop("recorded_at")
            if event["type"] == "password_set":
                event["verifier"] = load.VERIFIER  # which no command shows
            known = offsets[source["partition"]]
            known[source["offset"]] = len(known)
            if event["type"] != "catalog_published":
                ids[source["partition"]].append(event["id"])
                out.write(json.dumps(event) + "\n")
    where = {each: partition for partition, some in enumerate(ids) for each in some}
    lost = [each for each in sent if each not in where]
    if lost:
        raise Failure(f"{len(lost)} events that `ingest` took are not in the log, {lost[0]} first")
    for partition, some in enumerate(ids):
        if not is_subsequence((each for each in sent if where[each] == partition), some):
            raise Failure(f"the events of partition {partition} are not in the order in which they were sent")
    return offsets


def run_calm(program, scratch, catalogs, partitions, events):
    calm = Ledger(program, f"sqlite:{scratch}/calm.db", scratch / "store-calm", "calm.")
    calm.create(partitions)
    calm.publish(*catalogs)
    calm.ingest(events)
    calm.run()
    return calm


def records(made, topic, partition, offsets=None):
    """With the number of the source in its partition in place of its offset, which may have gaps."""
    for line in reader.stream(made, "tail", topic, "--output", "json", "--partition", partition):
        record = json.loads(line)
        if offsets is not None:
            record["source"]["offset"] = offsets[record["source"]["offset"]]
        yield {name: value for name, value in record.items() if name not in NOT_COMPARED}


def compare(calm, made, offsets):
    """Differences in words, and how many records there are of each topic."""
    found = []
    counts = dict.fromkeys(TOPICS, 0)
    charge_ids = set()
    for topic, partition in itertools.product(TOPICS, range(len(offsets))):
        pairs = itertools.zip_longest(records(calm, topic, partition),
                                      records(made, topic, partition, offsets[partition]))
        different = 0
        for number, (expected, actual) in enumerate(pairs, 1):
            if actual is not None:
                counts[topic] += 1
                if topic == "charges" and actual["charge_id"] in charge_ids:
                    found.append(f"charge {actual['charge_id']} is there twice, in partition {partition}")
                charge_ids.add(actual.get("charge_id"))
            different += expected != actual
            if expected != actual and different <= DIFFERENCES_SHOWN:
                found.append(f"{topic} of partition {partition}, record {number}:\n"
                             f"  expected {expected}\n  actual   {actual}")
        if different > DIFFERENCES_SHOWN:
            found.append(f"{topic} of partition {partition}: {different} records differ")
    return found, counts


def sequence_of(line):
    headers = {each["name"]: each["value_base64"] for each in json.loads(line)["headers"]}
    return int(base64.b64decode(headers["output-sequence"]))


def check_bytes(live, made, partitions):
    """output-sequence counts 1, 2, 3, … in each partition of each topic; whoever read charges during the
    faults got what is there now, byte by byte."""
    found = []
    for topic, partition in itertools.product(TOPICS, range(partitions)):
        there = []
        gap = None
        lines = reader.stream(made, "tail", topic, "--raw", "--partition", partition)
        for expected, line in enumerate(lines, 1):
            there.append((reader.place(line)[1], reader.digest(line)))
            if gap is None and sequence_of(line) != expected:
                gap = f"output-sequence {sequence_of(line)}, {expected} expected"
        if gap:
            found.append(f"{topic} of partition {partition}: {gap}")
        if topic == "charges" and there != live.seen[partition]:
            found.append(f"charges of partition {partition}: {len(live.seen[partition])} were read during "
                         f"the faults, {len(there)} afterwards, and they are not the same")
    return found


def check_audit(at, offsets, caught_up):
    """`verify` on a store; where it has caught up, nothing is left to do."""
    command = at.command("verify", "--store", at.store, "--output", "json")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = []
    if done.returncode != 0:
        found.append(f"verify of {at.store.name}: exit {done.returncode}\n"
                     + done.stdout[:OUTPUT_MAX] + done.stderr)
    for figures in map(json.loads, done.stdout.splitlines()):
        if not caught_up or "committed_offset" not in figures:
            continue
        last = max(offsets[figures["partition"]])
        for name in ("committed_offset", "store_offset"):
            if figures.get(name) != last:
                found.append(f"partition {figures['partition']}: {name} {figures.get(name)}, the log's last "
                             f"event is {last}")
    return found
