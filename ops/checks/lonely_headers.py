"""Every header compiles alone, with the project's warnings. Include folders come from the build directory's
compile_commands.json if there is one; without it, headers that need generated code are left out and named."""
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from tree import Finding

FLAGS = ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow",
         "-Werror"]
FOLDER_FLAGS = ("-I", "-isystem")


def include_folders(build_dir):
    """The -I and -isystem flags of all compilations of the build directory, each once."""
    database = build_dir / "compile_commands.json" if build_dir else None
    if database is None or not database.exists():
        return []
    commands = json.loads(database.read_text(encoding="utf-8"))
    flags = []
    for command in commands:
        words = command["command"].split()
        for index, word in enumerate(words):
            if word in FOLDER_FLAGS:
                flags.append((word, words[index + 1]))
            elif word.startswith("-I"):
                flags.append(("-I", word[2:]))
    return [part for pair in dict.fromkeys(flags) for part in pair]


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
    folders = include_folders(tree.build_dir)
    with tempfile.TemporaryDirectory() as temporary:
        scratch = tree.build_dir / "checks" if tree.build_dir else pathlib.Path(temporary)
        scratch.mkdir(parents=True, exist_ok=True)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            headers = tree.headers()
            errors = list(pool.map(lambda header: compile_alone(tree, header, folders, scratch), headers))
    for header, error in zip(headers, errors):
        if error and "_generated.h: No such file" in error and not folders:
            print(f"{header}: left out, it needs generated code; give --build-dir", file=sys.stderr)
        elif error:
            yield Finding(header, 0, f"does not compile alone: {error}")
