"""The behaviour of the ledger as scenarios that a person can read (README.md), one test a file.

    run.py --program MEMORY_RUN --list
    run.py --program MEMORY_RUN --run 07-tariff-switch
"""

import argparse
import json
import pathlib
import sys
import tempfile

import scenario_format
from scenario_records import Expectation, compared, in_words
from scenario_words import FormatError, event_id

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "properties"))

import engine_runs  # noqa: E402  (its folder is known only now)

FILES = {"charge": "charges.ndjson", "access": "access.ndjson", "rejected": "rejects.ndjson"}


def publications(scenarios, case):
    """The catalogs that a case begins with, as events."""
    for label in case.begins_with:
        document = scenarios.catalogs[label]
        value = {"id": event_id(f"catalog {label}"), "type": "catalog_published",
                 "occurred_at": "2015-01-01T00:00:00Z", "channel": "operator", "catalog": document}
        yield scenario_format.Event(case.line, f"published {label}", "published", value, ["published"])


def actual_records(out):
    """{topic: {offset: record}}"""
    found = {}
    for topic, name in FILES.items():
        records = map(json.loads, engine_runs.lines_of(out / name))
        found[topic] = {record["source"]["offset"]: compared(topic, record) for record in records}
    return found


def differences(expected, actual):
    """What a record must be and is not, line by line."""
    for topic in FILES:
        must, found = expected.get(topic), actual[topic]
        if must == found:
            continue
        yield f"    expected  {in_words(topic, must)}"
        yield f"    actual    {in_words(topic, found)}"
        if must and found:
            names = [name for name in sorted({*must, *found}) if must.get(name) != found.get(name)]
            yield "    differs   " + ", ".join(
                f"{name} ({must.get(name, 'absent')}, {found.get(name, 'absent')})" for name in names)


def check_case(program, path, scenarios, case):
    """The complaints about one case."""
    events = [*publications(scenarios, case), *case.events]
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        log = "".join(json.dumps(event.value, ensure_ascii=False) + "\n" for event in events)
        (scratch / "log.ndjson").write_text(log, encoding="utf-8")
        engine_runs.run_engine(program, scratch / "log.ndjson", scratch / "out", [])
        actual = actual_records(scratch / "out")
        digest = json.loads(engine_runs.lines_of(scratch / "out" / "digest.ndjson")[0])
    expectation = Expectation()
    counts = {"accepted": 0, "duplicates": 0, "rejected": 0}
    for offset, event in enumerate(events):
        try:
            expected = expectation.records(event, offset)
        except (FormatError, ValueError, KeyError) as error:
            yield f"{path.name}:{event.line}: {event.text}\n    format: {error}"
            return
        counts[expected["counted"]] += 1
        found = {topic: records.get(offset) for topic, records in actual.items()}
        lines = list(differences(expected, found))
        if lines:
            yield "\n".join([f"{path.name}:{event.line}: {event.text}", *lines])
    found = {name: digest[name] for name in counts}
    if found != counts:
        yield f"{path.name}:{case.line}: counts\n    expected  {counts}\n    actual    {found}"


def check_file(program, name):
    path = HERE / f"{name}.scenario"
    scenarios = scenario_format.read_file(path)
    failed = 0
    for case in scenarios.cases:
        complaints = list(check_case(program, path, scenarios, case))
        if complaints:
            failed += 1
            print(f"case {case.title}", *complaints, sep="\n")
    print(f"{name}: {len(scenarios.cases)} cases, {failed} failed")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", help="the memory_run program")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--run", metavar="NAME", help="of a file; without it, all of them")
    options = parser.parse_args()
    names = [path.stem for path in sorted(HERE.glob("*.scenario"))]
    if options.list:
        print("\n".join(names))
        return 0
    try:
        return max(check_file(options.program, name) for name in ([options.run] if options.run else names))
    except (FormatError, engine_runs.Failure) as failure:
        print(failure)
        return 1


if __name__ == "__main__":
    sys.exit(main())
