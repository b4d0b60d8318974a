"""clang-tidy 14 has nothing to say by .clang-tidy of this project about the sources of the product. They are
compiled as in the build directory's compile_commands.json; without it, alone."""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess

from tree import Finding

CONFIG = pathlib.Path(__file__).resolve().parents[2] / ".clang-tidy"
FOLDERS = ("events", "projections", "engine", "connectors", "ops")
PROGRAM = "clang-tidy-14"
SAID = re.compile(r"^(?P<path>[^:\n]+):(?P<line>\d+):\d+: (?:warning|error): (?P<text>.*)$", re.MULTILINE)


def findings_of(tree, source):
    command = [PROGRAM, f"--config-file={CONFIG}", "--quiet", str(tree.root / source)]
    if tree.build_dir:
        command += ["-p", str(tree.build_dir)]
    else:
        command += ["--", "-std=c++20", "-I", str(tree.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = [Finding(pathlib.PurePath(os.path.relpath(match["path"], tree.root)), int(match["line"]),
                     match["text"]) for match in SAID.finditer(done.stdout)]
    if done.returncode != 0 and not found:
        found.append(Finding(source, 0, (done.stderr.strip() or "clang-tidy failed").splitlines()[-1]))
    return found


def check(tree):
    sources = [path for path in tree.cpp() if path.suffix == ".cc" and path.parts[0] in FOLDERS]
    if not sources:
        return
    if shutil.which(PROGRAM) is None:
        yield Finding(sources[0], 0, f"{PROGRAM} is not installed; `ops/setup test` does it")
        return
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = {finding for each in pool.map(lambda source: findings_of(tree, source), sources)
                 for finding in each}
    yield from sorted(found)
