"""clang-tidy 14 has nothing to say by .clang-tidy of this project about the sources of the product. They are
compiled as in the build directory's compile_commands.json; without it, alone.

Most of the time goes to the headers of libraries. So several sources of a folder are looked at as one text;
where they do not go together (a name that two give to things of their own), its halves."""
import concurrent.futures
import itertools
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

from tree import Finding, compilations

CONFIG = pathlib.Path(__file__).resolve().parents[2] / ".clang-tidy"
FOLDERS = ("events", "projections", "engine", "connectors", "ops")
PROGRAM = "clang-tidy-14"
TOGETHER = 8
SAID = re.compile(r"^(?P<path>[^:\n]+):(?P<line>\d+):\d+: (?:warning|error): (?P<text>.*)$", re.MULTILINE)


def flags_of(tree, compilation):
    """A compilation's flags, for a source that may stand elsewhere."""
    if compilation is None:
        return ("-std=c++20", "-I", str(tree.root))
    words = shlex.split(compilation["command"])[1:]
    return tuple(word for word, before in zip(words, [""] + words)
                 if word not in ("-o", "-c", compilation["file"]) and before != "-o")


def findings_of(tree, sources, flags, folder):
    """Of sources as one; of those that do not compile together: of either half."""
    whole = folder / f"{sources[0].as_posix().replace('/', '__')}_{len(sources)}.cc"
    texts = [tree.text(source).rstrip("\n") + "\n" for source in sources]
    whole.write_text("".join(texts), encoding="utf-8")
    origin = [(source, line) for source, text in zip(sources, texts)
              for line in range(1, text.count("\n") + 1)]
    command = [PROGRAM, f"--config-file={CONFIG}", "--quiet", str(whole), "--",
               *flags, "-Wreserved-identifier", "-Wreserved-macro-identifier"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "[clang-diagnostic-error]" in done.stdout and len(sources) > 1:
        half = len(sources) // 2
        return [finding for part in (sources[:half], sources[half:])
                for finding in findings_of(tree, part, flags, folder)]
    found = []
    for said in SAID.finditer(done.stdout):
        path, line = pathlib.PurePath(os.path.relpath(said["path"], tree.root)), int(said["line"])
        if said["path"] == str(whole):
            path, line = origin[line - 1]
        found.append(Finding(path, line, said["text"]))
    if done.returncode != 0 and not found:
        found.append(Finding(sources[0], 0, (done.stderr.strip() or "clang-tidy failed").splitlines()[-1]))
    return found


def groups(tree, sources):
    """(sources, flags): those of a folder that are compiled alike, some at a time."""
    compiled = {pathlib.Path(each["file"]): each for each in compilations(tree.build_dir)}

    def alike(source):
        return source.parent, flags_of(tree, compiled.get(tree.root / source))

    for (_, flags), members in itertools.groupby(sorted(sources, key=alike), key=alike):
        members = list(members)
        count = -(-len(members) // TOGETHER)
        for first in range(count):
            yield members[first::count], flags


def check(tree):
    sources = [path for path in tree.cpp() if path.suffix == ".cc" and path.parts[0] in FOLDERS]
    if not sources:
        return
    if shutil.which(PROGRAM) is None:
        yield Finding(sources[0], 0, f"{PROGRAM} is not installed; `ops/setup test` does it")
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            found = {finding for each in pool.map(lambda group: findings_of(tree, *group, folder),
                                                  groups(tree, sources))
                     for finding in each}
    yield from sorted(found)
