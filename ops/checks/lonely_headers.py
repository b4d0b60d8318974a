"""Every header compiles alone, with the project's warnings. Include folders come from the build directory's
compile_commands.json if there is one; without it, headers that need generated code are left out and named.
A header that a source of that build includes before anything else was compiled alone there."""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from tree import Finding, compilations, includes

FLAGS = ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow",
         "-Werror"]
FOLDER_FLAGS = ("-I", "-isystem")


def include_folders(compiled):
    """The -I and -isystem flags of all compilations, each once."""
    flags = []
    for compilation in compiled:
        words = compilation["command"].split()
        for index, word in enumerate(words):
            if word in FOLDER_FLAGS:
                flags.append((word, words[index + 1]))
            elif word.startswith("-I"):
                flags.append(("-I", word[2:]))
    return [part for pair in dict.fromkeys(flags) for part in pair]


def first_in_a_source(tree, compiled):
    """The headers that a compiled source includes before anything else."""
    sources = {pathlib.Path(compilation["file"]) for compilation in compiled}
    for path in tree.cpp():
        first = next(includes(tree.text(path)), None) if tree.root / path in sources else None
        if first and first[2]:
            yield pathlib.Path(first[1])


def compile_alone(tree, header, folders, scratch):
    """The compiler's first error, or None. A compiler cache, if there is one, makes the next run quick."""
    stub = scratch / (str(header).replace("/", "__") + ".cc")
    text = f'#include "{header}"\n'
    if not stub.exists() or stub.read_text(encoding="utf-8") != text:
        stub.write_text(text, encoding="utf-8")
    cache = [shutil.which("ccache")] if shutil.which("ccache") else []
    command = [*cache, "g++", *FLAGS, "-I", str(tree.root), *folders, "-c", str(stub), "-o", str(stub) + ".o"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return None
    errors = [line for line in done.stderr.splitlines() if "error" in line] or done.stderr.splitlines()
    return errors[0] if errors else f"{command[0]} ended with {done.returncode}"


def check(tree):
    compiled = compilations(tree.build_dir)
    folders = include_folders(compiled)
    alone = set(first_in_a_source(tree, compiled))
    with tempfile.TemporaryDirectory() as temporary:
        scratch = tree.build_dir / "checks" if tree.build_dir else pathlib.Path(temporary)
        scratch.mkdir(parents=True, exist_ok=True)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            headers = [header for header in tree.headers() if header not in alone]
            errors = list(pool.map(lambda header: compile_alone(tree, header, folders, scratch), headers))
    for header, error in zip(headers, errors):
        if error and "_generated.h: No such file" in error and not folders:
            print(f"{header}: left out, it needs generated code; give --build-dir", file=sys.stderr)
        elif error:
            yield Finding(header, 0, f"does not compile alone: {error}")
