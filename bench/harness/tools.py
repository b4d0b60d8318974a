"""Calling programs, and what the machine and the versions are."""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


class BenchError(Exception):
    """What went wrong, for a person."""


def say(text):
    print(text, file=sys.stderr, flush=True)


def call(*words, cwd=None, env=None):
    """The program's standard output; BenchError with its errors where it fails."""
    words = [str(word) for word in words]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=cwd, env=env)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()
        raise BenchError(f"{' '.join(words)}: exit code {done.returncode}\n{said}")
    return done.stdout


def options(**values):
    """topic_prefix="a." as the words --topic-prefix a."""
    return [word for name, value in values.items() for word in ("--" + name.replace("_", "-"), value)]


def report_of(*words):
    """The one line of JSON that a measuring program prints."""
    return json.loads(call(*words).splitlines()[-1])


def memory_bytes():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def processor():
    found = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"),
                      re.MULTILINE)
    return found[1] if found else os.uname().machine


def first_line(*words):
    """On whichever output it is."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "not there"
    return (done.stdout or done.stderr).splitlines()[0]


def kafka_version():
    pom = (ROOT / "ops" / "kafka-pom.xml").read_text(encoding="utf-8")
    return re.search(r"<kafka.version>(.*)</kafka.version>", pom)[1]


def versions(build):
    """Of what takes part; RocksDB's line says which build of it."""
    lines = call(build / "subledger", "--version").splitlines()
    own = dict(line.split(" ", 1) for line in lines)
    commit = first_line("git", "-C", str(ROOT), "describe", "--always", "--dirty")
    return own | {"commit": commit, "Apache Kafka": kafka_version(), "java": first_line("java", "-version"),
                  "PostgreSQL": postgres_version()}


def postgres_programs():
    """The newest server's directory of programs; None: there is none."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return found[-1] if found else None


def postgres_version():
    programs = postgres_programs()
    return first_line(str(programs / "postgres"), "--version").split()[2] if programs else "not there"


def machine():
    return {"processor": processor(), "cores": os.cpu_count(), "memory_gib": round(memory_bytes() / 2**30, 1),
            "kernel": os.uname().release}


def today():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
