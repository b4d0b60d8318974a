"""Breaks a copy of the sources on purpose, one bug at a time, and sees that the cheapest harness that must
catch it does. Each NN-name.patch says at its head what the bug is and who catches it.

    run.py [NAME…]     all, or those whose names begin so; prints bug -> caught by -> after how much
    run.py --check     only that each patch still applies
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "canaries"
COPY = ROOT / "build" / "canaries" / "source"
BUILD = COPY / "build" / "dev"  # as deep as the real one, so that the compiler's cache knows the paths
FOLDERS = ("events", "projections", "engine", "connectors", "ops", "tests")
FILES = ("CMakeLists.txt", "CMakePresets.json")
SEEDS_MAX = 2_000
TIMEOUT_S = 600


class Failure(Exception):
    """What keeps a canary from being tried."""


def call(*command, cwd=COPY):
    return subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True,
                          check=False, timeout=TIMEOUT_S)


def must(*command, cwd=COPY):
    done = call(*command, cwd=cwd)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))} failed:\n{(done.stdout + done.stderr)[-4_000:]}")


def by_simulation():
    """The number of the first seed that fails; seeds count from 0."""
    done = call(BUILD / "tests/simulation/simulate", "--until-failure", "--quiet", "--seeds", SEEDS_MAX)
    found = re.search(r"^seed (\d+)(?:: (.*)| died)", done.stdout + done.stderr, re.MULTILINE)
    return found and f"{int(found[1]) + 1} seeds: {found[2] or 'the process died'}"


def by_scenarios():
    done = call(sys.executable, "-B", ROOT / "tests/scenarios/run.py",
                "--program", BUILD / "tests/memory_run")
    found = re.search(r"^(\S+\.scenario:\d+)", done.stdout, re.MULTILINE)
    ran = done.stdout[:found.start() if found else None].count(" cases, ") + 1
    return found and f"{ran} files of scenarios: {found[1]}"


def by_cases(program, *chosen):
    def run():
        done = call(BUILD / "tests" / program, *chosen, "--color_output=no")
        found = re.search(r'error: in "([^"]+)": (.*)', done.stdout + done.stderr)
        if found:
            return f"the case {found[1]}: {found[2]}"
        return f"the program ended by signal {-done.returncode}" if done.returncode < 0 else None
    return run


# What is built, and what then says what was caught (None: nothing).
HARNESSES = {
    "simulate": ("simulate", "the simulation", by_simulation),
    "scenarios": ("memory_run", "the scenarios", by_scenarios),
    "events_test": ("events_test", "tests of the codec", by_cases("events_test")),
    "kafka_settings": ("kafka_test", "tests of Kafka's settings",
                       by_cases("kafka_test", "--run_test=settings")),
}


def field(patch, name):
    return re.search(rf"^{name}: (.+)$", patch.read_text(encoding="utf-8"), re.MULTILINE)[1]


def apply(patch, folder, *options):
    must("patch", "--strip=1", "--fuzz=3", "--no-backup-if-mismatch", "--quiet", *options, "--input", patch,
         cwd=folder)


def sources():
    for name in FILES:
        yield ROOT / name
    for name in FOLDERS:
        yield from (path for path in (ROOT / name).rglob("*")
                    if path.is_file() and "__pycache__" not in path.parts)


def copy_sources():
    """Only what differs, so that times of files, by which the build goes, stay as they are."""
    wanted = {path.relative_to(ROOT) for path in sources()}
    for name in FOLDERS:
        for path in (COPY / name).rglob("*"):
            if path.is_file() and path.relative_to(COPY) not in wanted:
                path.unlink()
    for path in sorted(wanted):
        target = COPY / path
        if target.is_file() and target.read_bytes() == (ROOT / path).read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, target)
        shutil.copymode(ROOT / path, target)


def build(target):
    if not (BUILD / "build.ninja").exists():
        must("cmake", "--preset", "dev", "-DSUBLEDGER_BENCH=OFF")
    must("cmake", "--build", "--preset", "dev", "--parallel", "2", "--target", target)


def run(patch):
    """True: caught."""
    target, who, harness = HARNESSES[field(patch, "Harness")]
    begun = time.monotonic()
    copy_sources()
    apply(patch, COPY)
    build(target)
    caught = harness()
    print(f"{patch.stem:28} {field(patch, 'Bug')}\n{'':28} -> " +
          (f"{who} -> {caught}" if caught else f"NOT CAUGHT by {who}") +
          f" ({time.monotonic() - begun:.0f} s)", flush=True)
    return bool(caught)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true", help="only that each patch still applies")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    patches = [path for path in sorted(HERE.glob("*.patch"))
               if not options.names or path.stem.startswith(tuple(options.names))]
    try:
        if options.check:
            for patch in patches:
                apply(patch, ROOT, "--dry-run")
            return 0
        caught = [run(patch) for patch in patches]
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    print(f"{sum(caught)} of {len(caught)} caught")
    return 0 if caught and all(caught) else 1


if __name__ == "__main__":
    sys.exit(main())
