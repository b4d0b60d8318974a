"""Runs the real engine over in-memory logs, and compares what it emits with what is expected.

A log is NDJSON events, catalog_published among them. What the log's clock gives, and what is free text, is
left out of comparisons (vectors README, "What is compared").
"""

import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
REFERENCE = HERE.parent / "reference"
VECTORS = HERE.parent / "vectors"
TOPICS = ("charges", "access", "rejects")
NOT_COMPARED = ("recorded_at", "detail", "key_base64", "payload_base64", "headers")

# Ways to run the engine whose results must be the same bytes.
WAYS = {
    "one chunk": ["--chunk", "10000"],
    "chunks of 1": ["--chunk", "1"],
    "chunks of 7, restarts": ["--chunk", "7", "--restart-every", "50"],
    "2 lanes, restarts": ["--lanes", "2", "--chunk", "100", "--restart-every", "170"],
    "4 lanes": ["--lanes", "4", "--chunk", "7"],
}


class Failure(Exception):
    """What differs, for a person."""


def run_engine(program, log, out, options, environment=None):
    out.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([program, log, out, *options], capture_output=True, text=True, check=False,
                          timeout=120, env=environment)
    if done.returncode != 0:
        raise Failure(f"memory_run {options} failed: {done.stderr.strip()}")


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def compared_lines(path):
    """Each record in one line with the members that count, in their order."""
    records = (json.loads(line) for line in lines_of(path))
    kept = ({name: value for name, value in record.items() if name not in NOT_COMPARED} for record in records)
    return [json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in kept]


def first_difference(expected, actual):
    for number, pair in enumerate(zip(expected, actual), 1):
        if pair[0] != pair[1]:
            return f"line {number}\n  expected {pair[0]}\n  actual   {pair[1]}"
    if len(expected) != len(actual):
        return f"{len(expected)} records expected, {len(actual)} there"
    return None


def require_equal(expected, actual, what):
    difference = first_difference(expected, actual)
    if difference:
        raise Failure(f"{what}: {difference}")


def vector_log(folder, path):
    """The folder's catalogs and then its events as one log."""
    catalogs = sorted(folder.glob("catalog*.json"))
    events = []
    for number, catalog in enumerate(catalogs):
        events.append(json.dumps({
            "id": f"00000000-0000-4000-9000-{number:012}", "type": "catalog_published",
            "occurred_at": "2026-01-01T00:00:00Z", "channel": "operator",
            "catalog": json.loads(catalog.read_text(encoding="utf-8"))}))
    path.write_text("\n".join(events + lines_of(folder / "events.ndjson")) + "\n", encoding="utf-8")


def check_vector(program, folder):
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        vector_log(folder, scratch / "log.ndjson")
        for name, options in WAYS.items():
            run_engine(program, scratch / "log.ndjson", scratch / "out", options)
            for topic in TOPICS:
                require_equal(lines_of(folder / f"expected_{topic}.ndjson"),
                              compared_lines(scratch / "out" / f"{topic}.ndjson"), f"{name}, {topic}")


def generated_log(seed, events, folder):
    subprocess.run([sys.executable, REFERENCE / "generate.py", "--seed", str(seed), "--events", str(events),
                    "--out", folder], check=True, capture_output=True)
    return folder / "log.ndjson"


def reference_records(log, folder, environment=None):
    done = subprocess.run([sys.executable, REFERENCE / "reference.py", "--log", log, "--out", folder],
                          check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def check_log(program, log, scratch, what, environment):
    """The engine and the reference, two programs by two hands, on one log."""
    (scratch / "expected").mkdir()
    summary = reference_records(log, scratch / "expected", environment)
    digests = set()
    for name, options in list(WAYS.items())[:4]:
        run_engine(program, log, scratch / "out", options)
        for topic in TOPICS:
            require_equal(lines_of(scratch / "expected" / f"{topic}.ndjson"),
                          compared_lines(scratch / "out" / f"{topic}.ndjson"), f"{what}, {name}, {topic}")
        counts = json.loads(lines_of(scratch / "out" / "digest.ndjson")[0])
        for count in ("records", "accepted", "duplicates", "rejected"):
            if counts[count] != summary[count]:
                raise Failure(f"{what}, {name}: {count} {counts[count]}, expected {summary[count]}")
        digests.add(counts["digest"])
    if len(digests) != 1:
        raise Failure(f"{what}: the digest depends on the way: {sorted(digests)}")


def check_seed(program, seed, events, environment):
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        check_log(program, generated_log(seed, events, scratch / "log"), scratch, f"seed {seed}", environment)


def check_simulated(program, simulate, seed, environment):
    """The same on the input of the simulation, whose oracle is the engine's own fold."""
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        done = subprocess.run([simulate, "--input", str(seed)], check=True, capture_output=True)
        (scratch / "log.ndjson").write_bytes(done.stdout)
        check_log(program, scratch / "log.ndjson", scratch, f"simulated seed {seed}", environment)


def check_same_bytes(program, seed, events):
    """Four partitions: every way of running gives the same bytes, times, details and digests included."""
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        log = generated_log(seed, events, scratch / "log")
        outputs = {}
        for name, options in WAYS.items():
            run_engine(program, log, scratch / "out", ["--partitions", "4", *options],
                       {"TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8"} if "restarts" in name else None)
            outputs[name] = [(scratch / "out" / f"{topic}.ndjson").read_bytes()
                             for topic in (*TOPICS, "digest")]
        for name, files in outputs.items():
            if files != outputs["one chunk"]:
                raise Failure(f"seed {seed}: '{name}' differs from 'one chunk'")
