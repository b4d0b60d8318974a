"""C++ is formatted as clang-format 14 does it with .clang-format of this project."""
import pathlib
import re
import shutil
import subprocess

from tree import Finding

STYLE = pathlib.Path(__file__).resolve().parents[2] / ".clang-format"
VERSION = 14
DIFFERS = re.compile(r"^(?P<path>[^:\n]+):(?P<line>\d+):\d+: error: code should be ", re.MULTILINE)


def program():
    """The path of clang-format of the pinned version, or None."""
    for name in (f"clang-format-{VERSION}", "clang-format"):
        path = shutil.which(name)
        if path:
            said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
            if f"version {VERSION}." in said:
                return path
    return None


def check(tree):
    sources = tree.cpp()
    if not sources:
        return
    clang_format = program()
    if clang_format is None:
        yield Finding(sources[0], 0, f"clang-format {VERSION} is not installed; `ops/setup test` does it")
        return
    command = [clang_format, f"--style=file:{STYLE}", "--dry-run", "-Werror", *map(str, sources)]
    done = subprocess.run(command, cwd=tree.root, capture_output=True, text=True, check=False)
    places = {}
    for match in DIFFERS.finditer(done.stderr):
        places.setdefault(match["path"], []).append(int(match["line"]))
    for path, lines in places.items():
        yield Finding(pathlib.PurePath(path), lines[0],
                      f"{len(lines)} places differ; mend with: clang-format-{VERSION} -i {path}")
    if done.returncode != 0 and not places:
        yield Finding(STYLE, 0, done.stderr.strip().splitlines()[0])
