#!/usr/bin/env python3
"""Compares every zone and link of the compiled-in tzdata with Python's zoneinfo.

    python3 tests/projections/time_zone_sweep.py [--dump PROGRAM] [--zoneinfo DIRECTORY] [--seed N]

The reference is what `zic -b fat` makes of projections/tzdata/tzdata.zi, or DIRECTORY, a compiled tree
of the same release from elsewhere (such as the folder tzdata/zoneinfo of PyPI's package `tzdata`).
PROGRAM is a built time_zone_dump; without it one is compiled with $CXX (else c++) in a temporary folder.
Needs Python 3.9 or later. Exits 1 on the first zone that differs.

Per name it compares the offset, the ends of the interval in which it stays, and the local day, month and
hour: at every change of the offset from 2000 to 2500 and a microsecond before and after; around
UTC's New Year every 25 years; at random instants of those years; at random instants before 2000, where
the offset of 2000-01-01 UTC must stay; and at random instants up to the greatest int64, where zoneinfo
does not reach but everything must repeat what it said 400 years (or a multiple) earlier.
The changes are found by asking zoneinfo every few days, not by reading what generate.py made of them.
"""

import argparse
import bisect
import os
import random
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "projections/tzdata/tzdata.zi"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SECOND = 10**6
DAY = 86400 * SECOND
ERA = 146097 * DAY  # 400 Gregorian years, after which the weekdays repeat
LEAST, GREATEST = -(2**63), 2**63 - 1
STEP = 4 * DAY  # no zone goes to another offset and back within so few days
RANDOM_INSTANTS = 1500
RANDOM_OUTSIDE = 100


def micros(year):
    return (datetime(year, 1, 1, tzinfo=timezone.utc) - EPOCH) // timedelta(microseconds=1)


START, REPEATS, END, HORIZON = micros(2000), micros(2101), micros(2501), micros(2503)


def local(zone, instant):
    return (EPOCH + timedelta(microseconds=instant)).astimezone(zone)


def offset_at(zone, instant):
    return int(local(zone, instant).utcoffset().total_seconds())


def explicit_transitions(data):
    """The instants that a TZif file lists, in microseconds."""
    at = 0
    for size in (4, 8):  # the version 1 block, which is skipped, and the one that counts
        isut, isstd, leap, times, types, chars = struct.unpack_from(">6I", data, at + 20)
        listed = data[at + 44:at + 44 + times * size]
        at += 44 + times * (size + 1) + types * 6 + chars + leap * (size + 4) + isstd + isut
    return [SECOND * t for t in struct.unpack(f">{len(listed) // 8}q", listed)]


def changes_of(zone, data):
    """[(instant, offset from then on)] from START to HORIZON, in order."""
    asked = set(range(START, HORIZON, STEP)) | {HORIZON}
    asked |= {t for t in explicit_transitions(data) if START < t < HORIZON}
    changes, low, before = [], START, offset_at(zone, START)
    for high in sorted(asked):
        after = offset_at(zone, high)
        if after != before:
            first, last = low // SECOND, high // SECOND  # narrowed to the second of the change
            while last - first > 1:
                middle = (first + last) // 2
                if offset_at(zone, middle * SECOND) == before:
                    first = middle
                else:
                    last = middle
            if offset_at(zone, last * SECOND) != after:
                sys.exit(f"{zone}: more than one change within a step; make STEP smaller")
            changes.append((last * SECOND, after))
        low, before = high, after
    return changes


class Reference:
    """What zoneinfo says of one compiled zone."""

    def __init__(self, data, path):
        with open(path, "rb") as file:
            self.zone = ZoneInfo.from_file(file)
        self.changes = changes_of(self.zone, data)
        self.instants = [t for t, _ in self.changes]

    def expected(self, instant):
        """(offset, from, until, day, month, hour)."""
        if instant >= END:
            return self.shifted(instant)
        if instant >= START:
            there = local(self.zone, instant)
            offset = int(there.utcoffset().total_seconds())
        else:
            offset = offset_at(self.zone, START)
            there = EPOCH + timedelta(microseconds=instant, seconds=offset)
        day = (there.date() - EPOCH.date()).days
        month, hour = there.year * 12 + there.month - 1, there.hour
        next_change = bisect.bisect_right(self.instants, instant)
        since = self.instants[next_change - 1] if next_change else LEAST
        until = self.instants[next_change] if next_change < len(self.instants) else GREATEST
        return offset, since, until, day, month, hour

    def shifted(self, instant):
        eras = (instant - REPEATS) // ERA
        offset, since, until, day, month, hour = self.expected(instant - eras * ERA)
        if until != GREATEST:  # else the offset never changes again, and no end repeats
            since, until = since + eras * ERA, min(until + eras * ERA, GREATEST)
        return offset, since, until, day + eras * 146097, month + eras * 4800, hour


def instants_for(reference, chance):
    around = [t + d for t, _ in reference.changes if t < END for d in (-1, 0, 1)]
    around += [micros(y) + d for y in range(2000, 2501, 25) for d in (-DAY, -1, 0, 1, DAY)]
    inside = [chance.randrange(START, END) for _ in range(RANDOM_INSTANTS)]
    before = [START - 1] + [chance.randrange(micros(1700), START) for _ in range(RANDOM_OUTSIDE)]
    beyond = [END, GREATEST - 1, GREATEST] + [chance.randrange(END, GREATEST) for _ in range(RANDOM_OUTSIDE)]
    return around + inside + before + beyond


def compile_dump(folder):
    target = Path(folder) / "time_zone_dump"
    sources = [ROOT / "tests/tools/time_zone_dump.cc", ROOT / "projections/time_zone.cc"]
    compiler = shlex.split(os.environ.get("CXX", "c++"))
    subprocess.run([*compiler, "-std=c++20", "-O2", "-I", ROOT, *sources, "-o", target], check=True)
    return target


def compile_zones(folder):
    target = Path(folder) / "zoneinfo"
    zic = shutil.which("zic", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
    if not zic:
        sys.exit("zic is not installed")
    # Not "slim": see generate.py for what some releases of zic lose in it.
    subprocess.run([zic, "-b", "fat", "-d", target, SOURCE], check=True)
    return target


def names_of(text):
    fields = [line.split() for line in text.splitlines()]
    return sorted([f[1] for f in fields if f[0] == "Z"] + [f[2] for f in fields if f[0] == "L"])


def sweep(dump, tree, seed):
    text = SOURCE.read_text(encoding="ascii")
    release, names = text.split("\n", 1)[0].split()[-1], names_of(text)
    chance = random.Random(seed)
    references, questions = {}, []
    for name in names:
        data = (tree / name).read_bytes()
        if data not in references:
            references[data] = Reference(data, tree / name)
        questions += [(name, t, references[data]) for t in instants_for(references[data], chance)]
    absent = ["posix/Europe/Berlin", "right/Europe/Berlin", "europe/berlin", "Europe/Berlin2", "Zulu2"]
    questions += [(name, 0, None) for name in absent]

    asked = "".join(f"{name} {t}\n" for name, t, _ in questions)
    run = subprocess.run([dump], input=asked, stdout=subprocess.PIPE, text=True, check=True)
    said_release, *answers = run.stdout.splitlines()
    if said_release != release or len(answers) != len(questions):
        sys.exit(f"release {said_release} (expected {release}), {len(answers)} answers of {len(questions)}")
    for (name, instant, reference), answer in zip(questions, answers):
        expected = " ".join(map(str, reference.expected(instant))) if reference else "unknown"
        if answer != expected:
            sys.exit(f"{name} at {instant}: got {answer!r}, zoneinfo says {expected!r}")
    changes = sum(len(r.changes) for r in references.values())
    print(f"{release}: {len(names)} names, {len(references)} different files with {changes} changes, "
          f"{len(questions)} instants compared, no difference")


def main():
    parser = argparse.ArgumentParser(description="Compares time_zone.cc with Python's zoneinfo.")
    parser.add_argument("--dump", type=Path, help="a built time_zone_dump")
    parser.add_argument("--zoneinfo", type=Path, help="a compiled tree of the same tzdata release")
    parser.add_argument("--seed", type=int, default=20000101, help="of the random instants")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dump = options.dump.resolve() if options.dump else compile_dump(folder)
        sweep(dump, options.zoneinfo or compile_zones(folder), options.seed)


if __name__ == "__main__":
    main()
