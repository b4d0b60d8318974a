#!/usr/bin/env python3
"""Compiles tzdata.zi into zones.inc, the C++ data file that time_zone.cc includes.

    generate.py            write zones.inc beside this script
    generate.py --check    write nothing; exit 1 if zones.inc is not what would be written

Needs Python 3.9 or later and `zic`. Transitions that do not change the offset are dropped, and so are
those which the zone's trailing rule yields anyway; that makes the result the same for every release of
zic that compiles tzdata.zi correctly. Abbreviations and daylight flags are not kept, nor is anything
before 2000-01-01 UTC. What zones.inc cannot express ends this script with an error instead of an
approximation.
"""

import argparse
import bisect
import calendar
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "tzdata.zi"
TARGET = HERE / "zones.inc"
DAY = 86400
START = 946684800  # 2000-01-01T00:00:00Z, the earliest event time
LINE = 110


class Unsupported(Exception):
    """The data holds something that zones.inc has no place for."""


# ---- tzdata.zi and zic ----

def read_names(source):
    """The release, the canonical names, and the links resolved to canonical names."""
    lines = source.read_text(encoding="ascii").splitlines()
    release = re.fullmatch(r"# version (\d{4}[a-z]+)", lines[0])
    if not release:
        raise Unsupported(f"the first line names no release: {lines[0]!r}")
    fields = [line.split() for line in lines]
    zones = {f[1] for f in fields if f and f[0] == "Z"}
    targets = {f[2]: f[1] for f in fields if f and f[0] == "L"}
    links = {}
    for name in targets:
        target = name
        for _ in range(len(targets) + 1):  # a link may point to a link; more steps would be a circle
            target = targets.get(target, target)
        if target not in zones:
            raise Unsupported(f"the link {name} leads to no zone")
        links[name] = target
    if zones & set(links):
        raise Unsupported(f"both zones and links: {sorted(zones & set(links))}")
    return release[1], zones, links


def run_zic(source, folder, form):
    # Some systems keep zic in a folder that only an administrator's PATH names.
    zic = shutil.which("zic", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
    if not zic:
        raise Unsupported("zic is not installed")
    subprocess.run([zic, "-b", form, "-d", str(folder), str(source)], check=True)


# ---- TZif (RFC 8536) ----

def read_tzif(data):
    """([(UTC seconds, offset)], offset before the first of them, POSIX TZ string)."""
    def header(at):
        magic, version, *counts = struct.unpack_from(">4sc15x6I", data, at)
        if magic != b"TZif" or version < b"2":
            raise Unsupported("not a TZif file of version 2 or later")
        return counts  # isut, isstd, leap, time, type, char

    isut, isstd, leap, times, types, chars = header(0)
    second = 44 + times * 5 + types * 6 + chars + leap * 8 + isstd + isut
    isut, isstd, leap, times, types, chars = header(second)
    if leap:
        raise Unsupported("leap seconds")
    at = second + 44
    when = struct.unpack_from(f">{times}q", data, at)
    kind = struct.unpack_from(f">{times}B", data, at + times * 8)
    at += times * 9
    offsets = [struct.unpack_from(">i", data, at + 6 * i)[0] for i in range(types)]
    at += types * 6 + chars + isstd + isut
    footer = data[at:].decode("ascii")
    if not (footer.startswith("\n") and footer.endswith("\n")):
        raise Unsupported("no footer")
    return [(t, offsets[k]) for t, k in zip(when, kind)], offsets[0], footer[1:-1]


# ---- the trailing rule ----

def seconds_of(text):
    sign = -1 if text.startswith("-") else 1
    parts = [int(p) for p in text.lstrip("+-").split(":")] + [0, 0]
    return sign * (parts[0] * 3600 + parts[1] * 60 + parts[2])


class Rule:
    """A POSIX TZ string: offset for ever, or two offsets and the yearly changes between them."""

    def __init__(self, text):
        abbreviation, time = r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)", r"[+-]?\d+(?::\d+){0,2}"
        match = re.fullmatch(rf"{abbreviation}({time})(?:{abbreviation}({time})?,([^,]+),([^,]+))?", text)
        if not match:
            raise Unsupported(f"not understood: TZ string {text!r}")
        self.text = text
        self.std = self.dst = -seconds_of(match[1])  # POSIX counts westward
        self.changes = None
        if match[3]:
            self.dst = -seconds_of(match[2]) if match[2] else self.std + 3600
            self.changes = (self.change(match[3]), self.change(match[4]))  # to DST, to standard time
            if self.changes[0][0] == self.changes[1][0]:  # time_zone.cc orders the two by month
                raise Unsupported(f"both changes in one month: TZ string {text!r}")

    def change(self, text):
        match = re.fullmatch(r"M(\d+)\.([1-5])\.([0-6])(?:/([+-]?\d+(?::\d+){0,2}))?", text)
        if not match:
            raise Unsupported(f"only the form Mm.w.d is supported: TZ string {self.text!r}")
        month, week, weekday = int(match[1]), int(match[2]), int(match[3])
        seconds = seconds_of(match[4]) if match[4] else 7200
        # time_zone.cc looks for an instant's neighbours among the changes of three years; a change
        # around New Year that slips into the next year would need a fourth.
        if not 2 <= month <= 11 or abs(seconds) >= 14 * DAY:
            raise Unsupported(f"a change around New Year: TZ string {self.text!r}")
        return month, week, weekday, seconds

    def key(self):
        return self.std, self.dst, self.changes

    def year_changes(self, year):
        """[(UTC seconds, offset from then on)] of one year, in order."""
        found = []
        for change, before, after in zip(self.changes, (self.std, self.dst), (self.dst, self.std)):
            month, week, weekday, seconds = change
            first = date(year, month, 1)
            day = 1 + (weekday - first.isoweekday()) % 7 + 7 * (week - 1)
            if day > calendar.monthrange(year, month)[1]:
                day -= 7  # week 5 is the last one
            days = date(year, month, day).toordinal() - date(1970, 1, 1).toordinal()
            found.append((days * DAY + seconds - before, after))
        return sorted(found)

    def changes_around(self, when):
        """The changes of three years, and how many of them are not after the instant."""
        year = date.fromordinal(date(1970, 1, 1).toordinal() + when // DAY).year
        changes = self.year_changes(year - 1) + self.year_changes(year) + self.year_changes(year + 1)
        return changes, bisect.bisect_right([c[0] for c in changes], when)

    def at(self, when):
        """(offset at the instant, since when)."""
        if not self.changes:
            return self.std, -(2**63)
        changes, count = self.changes_around(when)
        return changes[count - 1][1], changes[count - 1][0]

    def holds(self, since, until, offset):
        """Whether the offset stays this one from `since` until just before `until`."""
        last, last_change = self.at(until - 1)
        return last == offset and last_change <= since

    def next_change(self, when):
        """(UTC seconds, offset from then on) of the first change after the instant."""
        changes, count = self.changes_around(when)
        return changes[count]


# ---- one zone ----

def reduce_zone(data):
    """(offset at START, ((UTC seconds, offset), ...) after START, Rule that holds from the last on)."""
    raw, offset, footer = read_tzif(data)
    if not footer:
        raise Unsupported("no rule for the time after the last transition")
    rule = Rule(footer)
    rule_from = max(raw[-1][0] if raw else START, START)
    if not raw or raw[-1][0] <= START:
        initial, later = rule.at(START)[0], []
    else:
        initial = ([offset] + [o for t, o in raw if t <= START])[-1]
        later = [(t, o) for t, o in raw if t > START]
    if later and rule.at(rule_from)[0] != later[-1][1]:
        raise Unsupported("the rule contradicts the last transition")
    kept = []
    for when, offset in later:
        if offset != (kept[-1][1] if kept else initial):
            kept.append((when, offset))
    # Only the last kept transition tells where the rule begins. If the rule begins without a change of
    # the offset, and reaching further back it would be wrong, then it begins at its own first change.
    last, offset = kept[-1] if kept else (START, initial)
    if last < rule_from and not rule.holds(last, rule_from, offset):
        kept.append(rule.next_change(rule_from))
    while kept:  # drop what the rule yields anyway
        since, before = kept[-2] if len(kept) > 1 else (START, initial)
        if not rule.holds(since, kept[-1][0], before):
            break
        kept.pop()
    return initial, tuple(kept), rule


# ---- zones.inc ----

def wrap(items):
    """Items, each with a comma, filled into lines."""
    lines, line = [], "   "
    for item in items:
        if len(line) + len(item) + 2 > LINE:
            lines.append(line)
            line = "   "
        line += f" {item},"
    return lines + [line]


def table(kind, name, rows):
    return ["", f"constexpr {kind} {name}[] = {{", *rows, "};"]


def place(runs):
    """One list in which each run occurs, and where; equal runs and parts of runs are stored once."""
    flat, where = [], {}
    for run in sorted(set(runs), key=lambda r: (-len(r), r)):
        fits = (i for i in range(len(flat) - len(run) + 1) if tuple(flat[i:i + len(run)]) == run)
        where[run] = next(fits, len(flat))
        if where[run] == len(flat):
            flat.extend(run)
    return flat, where


def render(source, form="fat"):
    # Not "slim": up to 2022 at least, zic then lost the transitions of 2072 to 2086 in Asia/Gaza and
    # Asia/Hebron, and the one that delays the rule of America/Ojinaga. The fat form has them all.
    release, names, links = read_names(source)
    zones = {}
    with tempfile.TemporaryDirectory() as folder:
        run_zic(source, folder, form)
        for name in sorted(names):
            try:
                zones[name] = reduce_zone((Path(folder) / name).read_bytes())
            except Unsupported as error:
                raise Unsupported(f"{name}: {error}") from None
    rules = {}  # one text for each rule: rules that differ in abbreviations only are one
    for _, _, rule in zones.values():
        if rule.changes:
            rules[rule.key()] = min(rule.text, rules.get(rule.key(), rule.text))
    keys = sorted(rules, key=lambda k: rules[k])
    flat, where = place([run for _, run, _ in zones.values()])
    order = {name: i for i, name in enumerate(sorted(zones))}

    rule_rows = []
    for key in keys:
        std, dst, changes = key
        to_dst, to_std = ("{" + ", ".join(map(str, c)) + "}" for c in changes)
        rule_rows.append(f"    {{{std}, {dst}, {to_dst}, {to_std}}},  // {rules[key]}")
    zone_rows = []
    for name in sorted(zones):
        initial, run, rule = zones[name]
        index = keys.index(rule.key()) if rule.changes else -1
        zone_rows.append(f"{{\"{name}\", {initial}, {where[run] if run else 0}, {len(run)}, {index}}}")
    name_rows = [f"{{\"{n}\", {order[links.get(n, n)]}}}" for n in sorted(names | set(links))]
    lines = [
        f"// Generated by projections/tzdata/generate.py from tzdata.zi, release {release}. Do not edit.",
        "// Data for projections/time_zone.cc, which defines the types and says what the fields mean.",
        "// clang-format off",
        "",
        f'constexpr std::string_view release = "{release}";',
        *table("Rule", "rules", rule_rows),
        *table("Transition", "transitions", wrap(f"{{{t}, {o}}}" for t, o in flat)),
        *table("ZoneRow", "zones", wrap(zone_rows)),
        *table("NameRow", "names", wrap(name_rows)),
        "",
        "// clang-format on",
    ]
    too_long = [line for line in lines if len(line) > LINE]
    if too_long:
        raise Unsupported(f"longer than {LINE} characters: {too_long[0]}")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description="Compiles tzdata.zi into zones.inc.")
    parser.add_argument("--check", action="store_true", help="only compare; exit 1 on a difference")
    check = parser.parse_args().check
    try:
        text = render(SOURCE)
    except Unsupported as error:
        sys.exit(f"generate.py: {error}")
    if not check:
        TARGET.write_text(text, encoding="ascii")
    elif not TARGET.exists() or TARGET.read_text(encoding="ascii") != text:
        sys.exit("generate.py: zones.inc is not what tzdata.zi yields; run generate.py and commit the result")


if __name__ == "__main__":
    main()
