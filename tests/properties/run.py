"""The properties of the engine as tests, one process each.

    run.py --program MEMORY_RUN --list
    run.py --program MEMORY_RUN --run vector/01-lockout-table
    run.py --program MEMORY_RUN --run reference --seeds 200 --from 1000
    run.py --program MEMORY_RUN --simulate SIMULATE --run simulated --seeds 200
"""

import argparse
import os
import subprocess
import sys
import tempfile

import engine_runs

SEEDS_A_TEST = 10
REFERENCE_TESTS = 4
SAME_BYTES_SEEDS = 6
EVENTS = 600


def pinned_zones(directory):
    """The reference reads the time zones of the build's tzdata, not those of the machine."""
    source = engine_runs.HERE.parent.parent / "projections" / "tzdata" / "tzdata.zi"
    subprocess.run(["/usr/sbin/zic", "-b", "fat", "-d", directory, source], check=True, capture_output=True)
    return {**os.environ, "PYTHONTZPATH": directory}


def run_reference(program, first, seeds):
    with tempfile.TemporaryDirectory() as zones:
        environment = pinned_zones(zones)
        for seed in range(first, first + seeds):
            engine_runs.check_seed(program, seed, EVENTS, environment)


def run_simulated(program, simulate, first, seeds):
    with tempfile.TemporaryDirectory() as zones:
        environment = pinned_zones(zones)
        for seed in range(first, first + seeds):
            engine_runs.check_simulated(program, simulate, seed, environment)


def run_same_bytes(program, first, seeds):
    for seed in range(first, first + seeds):
        engine_runs.check_same_bytes(program, seed, EVENTS)


def all_tests():
    names = [f"vector/{folder.name}" for folder in sorted(engine_runs.VECTORS.glob("[0-9]*"))]
    names += [f"reference/{number * SEEDS_A_TEST}" for number in range(REFERENCE_TESTS)]
    return names + ["simulated/0", "same_bytes/0"]


def run(name, options):
    kind, _, detail = name.partition("/")
    if kind == "vector":
        engine_runs.check_vector(options.program, engine_runs.VECTORS / detail)
    elif kind == "reference":
        run_reference(options.program, int(detail or options.first), options.seeds or SEEDS_A_TEST)
    elif kind == "simulated":
        run_simulated(options.program, options.simulate, int(detail or options.first),
                      options.seeds or SEEDS_A_TEST)
    elif kind == "same_bytes":
        run_same_bytes(options.program, int(detail or options.first), options.seeds or SAME_BYTES_SEEDS)
    else:
        raise engine_runs.Failure(f"no such test: {name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", help="the memory_run program")
    parser.add_argument("--simulate", help="the simulate program")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--run", metavar="NAME")
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--from", type=int, default=0, dest="first")
    options = parser.parse_args()
    if options.list:
        print("\n".join(all_tests()))
        return 0
    try:
        run(options.run, options)
    except engine_runs.Failure as failure:
        print(f"{options.run}: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
