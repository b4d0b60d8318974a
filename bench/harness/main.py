"""Runs contestants in turns (A B C A B C …) on the same input, and writes medians, minima, maxima and ratios
within each round."""

import argparse
import contextlib
import dataclasses
import os
import pathlib
import sys

import report
import servers
from groups import RATE, all_groups
from tools import ROOT, BenchError, call, machine, say, today, versions

EPILOG = """groups and contestants: see bench/README.md. Without --build-dir, everything that is needed is
installed and built first: ops/setup bench, ops/build-rocksdb, the release. A whole run takes hours and some
60 GB of disk."""


@dataclasses.dataclass
class Plan:
    """How much is measured. Subscribers: `few`, `many` and `most`."""
    build: pathlib.Path
    scratch: pathlib.Path
    rounds: int = 3
    seed: int = 1
    events: int = 3_000_000
    query_events: int = 10_000_000
    few: int = 100_000
    many: int = 1_000_000
    most: int = 10_000_000
    rates: tuple = (2_000, 20_000)
    latency_seconds: int = 30
    latency_warm: int = 10
    tune: bool = True

    @property
    def scales(self):
        return (self.few, self.many, self.most)


def quick_plan(**given):
    """Seconds instead of hours: shows that all of it works, measures nothing."""
    return Plan(**given, rounds=1, events=20_000, query_events=20_000, few=1_000, many=2_000, most=3_000,
                rates=(500,), latency_seconds=2, latency_warm=1, tune=False)


def prepare(build):
    """Everything from a fresh checkout to the release's programs."""
    call(ROOT / "ops" / "setup", "bench")
    call(ROOT / "ops" / "build-rocksdb")
    say("building the release")
    environment = dict(os.environ, CCACHE_BASEDIR=str(ROOT), CCACHE_NOHASHDIR="yes")
    call("cmake", "--preset", "release", cwd=ROOT, env=environment)
    call("cmake", "--build", build, "--parallel", os.cpu_count(), "--target", "subledger", "subledger_bench",
         "subledger_bench_postgres", env=environment)


def tune(entry):
    """Runs each variant once and keeps the best."""
    for variant in entry.contestant.variants:
        run = entry.contestant.run(entry.field, variant)
        entry.tuning.append({"variant": variant, RATE: run[RATE]})
        say(f"  {entry.name} {variant}: {run[RATE]:,.0f}/s")
    entry.variant = max(entry.tuning, key=lambda tried: tried[RATE])["variant"]


def run_in_turn(plan, entry):
    """A quick run may try twice: what is new to a broker may stall at first (docs/performance.md)."""
    try:
        return entry.contestant.run(entry.field, entry.variant)
    except BenchError as failure:
        if plan.tune:
            raise
        say(f"  {entry.name}, again after: {failure}")
        entry.field.renew_outputs()
        return entry.contestant.run(entry.field, entry.variant)


def measure(plan, entries):
    """Each in its turn, in every round. A broker just started is slow: the first run does not count."""
    tuned = [entry for entry in entries if plan.tune and len(entry.contestant.variants) > 1]
    if tuned:
        tuned[0].contestant.run(tuned[0].field, tuned[0].contestant.variants[0])
    for entry in entries:
        entry.variant = entry.contestant.variants[0]
    for entry in tuned:
        tune(entry)
    for number in range(1, plan.rounds + 1):
        for entry in entries:
            run = run_in_turn(plan, entry)
            entry.runs.append(run)
            say(f"  round {number} {entry.name}: " + ", ".join(
                f"{report.COLUMNS[name][0]} {report.number(run[name] / report.COLUMNS[name][1])}"
                for name in report.COLUMNS if name in run))


def run_group(plan, group, entries):
    say(f"{group.name}: {group.title}")
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(servers.broker(plan.scratch / "broker")) if group.broker else None
        for field in {id(entry.field): entry.field for entry in entries}.values():
            field.open(address)
        measure(plan, entries)
    by_name = {entry.name: entry for entry in entries}
    claims = [report.judge(claim, by_name) for claim in group.claims]
    return {"name": group.name, "title": group.title, "date": today(), "machine": machine(),
            "versions": versions(plan.build), "rounds": plan.rounds, "seed": plan.seed,
            "events": max(entry.field.workload.events for entry in entries),
            "entries": {name: report.summary(entry) for name, entry in by_name.items()},
            "claims": [claim for claim in claims if claim]}


def chosen_entries(plan, group, only):
    """`only`: names of groups or of entries, or what stands before a `/` in them; empty: all."""
    entries = group.entries(plan)

    def wanted(entry):
        return any(name in (group.name, entry.name) or entry.name.startswith(name + "/") for name in only)

    chosen = [entry for entry in entries if not only or wanted(entry)]
    # A replay takes the engine's run before it.
    if any(entry.name.startswith("replay/") for entry in chosen):
        chosen = [entry for entry in entries if entry in chosen or entry.name == "engine/kafka"]
    return chosen


def parse(words):
    parser = argparse.ArgumentParser(prog="ops/bench", description=__doc__, epilog=EPILOG)
    parser.add_argument("--quick", action="store_true", help="everything once, tiny: does it still work?")
    parser.add_argument("--only", metavar="NAME", action="append", default=[],
                        help="a group or a contestant; may be given again")
    parser.add_argument("--rounds", type=int, help="default 3")
    parser.add_argument("--events", type=int, help="default 3,000,000, and 10,000,000 for the queries")
    parser.add_argument("--seed", type=int, help="of the workload; default 1")
    parser.add_argument("--most", type=int, metavar="N",
                        help="subscribers of the largest runs; default 10,000,000")
    parser.add_argument("--build-dir", type=pathlib.Path, help="programs that are there already")
    parser.add_argument("--scratch", type=pathlib.Path, help="for logs and stores; default build/bench")
    parser.add_argument("--out", type=pathlib.Path,
                        help="where results.json goes; default bench, where README.md gets the tables too")
    return parser.parse_args(words)


def plan_of(options):
    build = (options.build_dir or ROOT / "build" / "release").resolve()
    scratch = (options.scratch or ROOT / "build" / "bench").resolve()
    plan = (quick_plan if options.quick else Plan)(build=build, scratch=scratch)
    for name in ("rounds", "events", "seed", "most"):
        if getattr(options, name) is not None:
            setattr(plan, name, getattr(options, name))
    plan.query_events = options.events or plan.query_events
    return plan


def main(words):
    options = parse(words)
    plan = plan_of(options)
    try:
        if options.build_dir is None:
            prepare(plan.build)
        plan.scratch.mkdir(parents=True, exist_ok=True)
        results = {}
        for group in all_groups(plan):
            entries = chosen_entries(plan, group, options.only)
            if entries and (group.always or options.only or not options.quick):
                results[group.name] = run_group(plan, group, entries)
        if not results:
            raise BenchError(f"there is no contestant or group {', '.join(options.only)}")
    except BenchError as failure:
        say(f"ops/bench: {failure}")
        return 1
    print(report.text_of(results), end="")
    # What was measured in passing, or in part, does not replace what a whole group has shown.
    home = ROOT / "bench"
    out = (options.out or (plan.scratch if options.quick or options.only else home)).resolve()
    report.write_results(results, out / "results.json", home / "README.md" if out == home else None)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
