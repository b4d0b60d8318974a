"""What users run holds no kill points: the sources that pass some, compiled as for a release, contain neither
their names nor the call, and only the preset for tests asks for them.

    released.py --build-dir DIR     a build of the tests, whose objects do contain them
"""

import argparse
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import points

ROOT = points.HEADER.parents[1]
OPTION = "SUBLEDGER_KILL_POINTS"
CALL = "9KillPoint"  # in a symbol
VARIABLE = "SUBLEDGER_KILL_AT"


def commands(build_dir):
    """Compiler commands of the sources that include the header."""
    for entry in json.loads((build_dir / "compile_commands.json").read_text(encoding="utf-8")):
        path = pathlib.Path(entry["file"])
        if path.is_relative_to(ROOT / "tests") or points.HEADER.name not in path.read_text(encoding="utf-8"):
            continue
        words = shlex.split(entry["command"])
        yield path.relative_to(ROOT), words, pathlib.Path(entry["directory"])


def object_of(words):
    return words.index("-o") + 1


def released(words, folder, directory):
    """The object without the option."""
    words = [word for word in words if word != f"-D{OPTION}"]
    out = directory / "object.o"
    words[object_of(words)] = str(out)
    # Symbols for a debugger name what was inlined away.
    subprocess.run([*words, "-g0"], cwd=folder, check=True)
    return out.read_bytes()


def findings(build_dir, scratch):
    presets = json.loads((ROOT / "CMakePresets.json").read_text(encoding="utf-8"))["configurePresets"]
    asking = [preset["name"] for preset in presets if OPTION in preset.get("cacheVariables", {})]
    if asking != ["dev"]:
        yield f"CMakePresets.json: {OPTION} is named by {asking}, not by dev alone"
    if not re.search(rf"option\({OPTION} .* OFF\)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")):
        yield f"CMakeLists.txt: {OPTION} is not off by itself"
    tested = b""
    texts = [CALL, VARIABLE, *points.names()]
    for path, words, folder in commands(build_dir):
        tested += (folder / words[object_of(words)]).read_bytes()
        content = released(words, folder, scratch)
        yield from (f"{path}: compiled as for a release, it contains {text}" for text in texts
                    if text.encode() in content)
    yield from (f"{text} is in no object of the tests either: this check sees nothing" for text in texts
                if text.encode() not in tested)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build-dir", required=True, type=lambda path: pathlib.Path(os.path.abspath(path)))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = list(findings(options.build_dir, pathlib.Path(scratch)))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
