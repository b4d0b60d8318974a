"""The servers that contestants need: a broker by ops/kafka, and PostgreSQL in a directory of its own."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from tools import ROOT, BenchError, call, postgres_programs

BROKER_HEAP = "1g"
GIBIBYTE = 1 << 30


@contextlib.contextmanager
def broker(directory):
    """A new, empty broker; gives its address."""
    kafka = ROOT / "ops" / "kafka"
    address = call(kafka, "start", directory, "--heap", BROKER_HEAP).strip()
    try:
        yield address
    finally:
        call(kafka, "stop", directory)
        shutil.rmtree(directory, ignore_errors=True)


def postgres_settings(memory_bytes):
    """An eighth of the memory for pages, no checkpoints within the run, and commits that do not wait for the
    disk: neither does the broker."""
    shared = min(max(memory_bytes // 8, 128 << 20), 4 * GIBIBYTE) >> 20
    return {"listen_addresses": "", "shared_buffers": f"{shared}MB", "synchronous_commit": "off",
            "max_wal_size": "16GB", "checkpoint_timeout": "30min", "wal_buffers": "64MB", "work_mem": "64MB",
            "jit": "off", "max_connections": "20"}


def as_server_user():
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


@contextlib.contextmanager
def postgres(memory_bytes):
    """A new, empty server; gives the words by which libpq finds it. It lies where temporary files do: its
    user may not be let into the scratch directory, and the path of a socket must be short."""
    programs = postgres_programs()
    if programs is None:
        raise BenchError("there is no PostgreSQL server; 'ops/setup bench' installs it")
    directory = pathlib.Path(tempfile.mkdtemp(prefix="subledger-postgres-"))
    prefix = as_server_user()
    if prefix:
        shutil.chown(directory, "postgres", "postgres")
    data = directory / "data"
    call(*prefix, programs / "initdb", "--pgdata", data, "--auth=trust", "--username=bench", "--no-sync",
         "--encoding=UTF8", "--locale=C", cwd=directory)
    with (data / "postgresql.conf").open("a", encoding="utf-8") as out:
        out.write(f"unix_socket_directories = '{directory}'\n")
        out.writelines(f"{name} = '{value}'\n" for name, value in postgres_settings(memory_bytes).items())
    control = [*prefix, programs / "pg_ctl", "--pgdata", data]
    # Its output goes to a file: a server that inherits a pipe would keep it open.
    subprocess.run([*control, "--log", directory / "log", "--wait", "start"], check=True, cwd=directory,
                   stdout=subprocess.DEVNULL)
    try:
        yield f"host={directory} user=bench dbname=postgres"
    finally:
        call(*control, "--mode=fast", "--wait", "stop", cwd=directory)
        shutil.rmtree(directory, ignore_errors=True)
