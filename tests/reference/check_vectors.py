"""Runs the reference over vector folders and compares as the vectors' README says.

    python3 check_vectors.py ../vectors          (or single folders)
"""

import difflib
import pathlib
import sys

from forms import parse_time, write_json
from reference import catalogs_of, events_of, fold_log, lines_of

RECORDED_AT = parse_time("2026-01-01T00:00:00Z")


def catalog_paths(folder):
    """In the order of publication."""
    paths = list(folder.glob("catalog-*.json"))
    paths.sort(key=lambda path: int(path.stem.split("-")[1]))
    return paths or [folder / "catalog.json"]


def differences(folder):
    """Compares whole lines as text: the members left out of the files are not in our records either."""
    events = catalogs_of(catalog_paths(folder), RECORDED_AT) + events_of(folder / "events.ndjson")
    fold = fold_log(events, 0, RECORDED_AT)
    found = []
    for name, records in (("charges", fold.charges), ("access", fold.access), ("rejects", fold.rejects)):
        expected = lines_of(folder / f"expected_{name}.ndjson")
        actual = [write_json(record) for record in records]
        found += difflib.unified_diff(expected, actual, f"expected {name}", f"actual {name}", "", "", 0, "")
    return found


def main(arguments):
    folders = []
    for argument in map(pathlib.Path, arguments):
        inner = sorted(path.parent for path in argument.glob("*/events.ndjson"))
        folders += [argument] if (argument / "events.ndjson").exists() else inner
    failed = 0
    for folder in folders:
        found = differences(folder)
        failed += bool(found)
        for line in found:
            print(f"{folder.name}: {line}")
    print(f"{len(folders) - failed} passed, {failed} failed")
    return 1 if failed or not folders else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
