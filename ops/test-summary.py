#!/usr/bin/env python3
"""Sums CTest's JUnit files: test-summary.py [--failed STEP]... FILE...

The last line is exactly `N passed, N failed`. A test that CTest could not start (no program, no fixture) has
failed; one that skipped itself or is disabled counts as neither and is named. `--failed STEP` is one failure
more: a step, such as a build, that left no file. A file that cannot be read is a failure, too.
Exit 0 when something passed and nothing failed.
"""
import argparse
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def outcome(case):
    """`passed`, `failed` or `skipped` of one <testcase>."""
    status = case.get("status")
    if status == "run":
        return "passed"
    if status == "disabled":
        return "skipped"
    skip = case.find("skipped")
    if status == "notrun" and skip is not None and skip.get("message", "").startswith("SKIP_"):
        return "skipped"
    return "failed"


def read(path):
    """Pairs of outcome and name; one failure where the file does not tell."""
    stage = path.stem
    try:
        cases = ElementTree.parse(path).getroot().iter("testcase")
        return [(outcome(case), f"{stage}: {case.get('name')}") for case in cases]
    except (OSError, ElementTree.ParseError) as error:
        return [("failed", f"{stage}: no readable result ({error})")]


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--failed", action="append", default=[], metavar="STEP")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    given = parser.parse_args(arguments)
    results = [("failed", step) for step in given.failed]
    for path in given.files:
        results += read(path)
    named = {"passed": [], "failed": [], "skipped": []}
    for kind, name in results:
        named[kind].append(name)
    for kind in ("skipped", "failed"):
        for name in named[kind]:
            print(f"{kind}  {name}")
    if not results:
        print("no test was run")
    passed, failed = len(named["passed"]), len(named["failed"])
    print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
