"""What tests of the program share: running it in a directory of its own, events, waiting for output."""
import contextlib
import datetime
import hashlib
import json
import os
import pathlib
import select
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

HERE = pathlib.Path(__file__).resolve().parent
SOURCE_DIR = HERE.parents[1]
LOG = "sqlite:log.db"
PATIENCE_SECONDS = 120
build_dir = SOURCE_DIR / "build" / "dev"


def event_id(number):
    return str(uuid.UUID(int=number))


def event(number, kind="traffic_used", subscriber="79161234567", **fields):
    """An event of which only what matters to a test has to be said."""
    common = {"id": event_id(number), "type": kind, "subscriber": subscriber,
              "occurred_at": "2015-01-10T10:00:00Z", "channel": "network"}
    if kind == "traffic_used":
        common |= {"bytes_up": 1, "bytes_down": 1}
    return common | fields


def ndjson(events):
    return "".join(json.dumps(each) + "\n" for each in events)


def records(text):
    return [json.loads(line) for line in text.splitlines()]


def catalog(version="2014-11", **fields):
    """A document of one tariff at 1.00 a byte."""
    rule = {"rule": "all", "tiers": [{"from": 0, "price": "1.00", "unit": 1, "increment": 1}]}
    return {"version": version, "effective_from": "2014-11-01T00:00:00Z", "currency": "RUB",
            "time_zone": "Europe/Moscow", "default_tariff": "classic",
            "tariffs": {"classic": {"traffic": [rule]}}} | fields


def published(number, document):
    """The event of a catalog, whose time does not depend on when the test runs."""
    return {"id": event_id(number), "type": "catalog_published", "occurred_at": "2014-11-01T00:00:00Z",
            "channel": "operator", "catalog": document}


class Program:
    """A program that runs beside the test; its output is read as it comes."""

    def __init__(self, command, directory, environment):
        self.process = subprocess.Popen(command, cwd=directory, env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        self.pending = {self.process.stdout: b"", self.process.stderr: b""}

    def line(self, stream=None):
        """The next line of stdout, or of the stream; "" at its end."""
        stream = stream or self.process.stdout
        deadline = time.monotonic() + PATIENCE_SECONDS
        while b"\n" not in self.pending[stream]:
            if not select.select([stream], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError("no line came in time")
            part = os.read(stream.fileno(), 65536)
            if not part:
                return ""
            self.pending[stream] += part
        line, _, self.pending[stream] = self.pending[stream].partition(b"\n")
        return line.decode()

    def wait_for(self, text):
        """Reads stderr up to a line with the text."""
        seen = []
        while line := self.line(self.process.stderr):
            seen.append(line)
            if text in line:
                return line
        raise AssertionError(f"'{text}' never came: {seen}")

    def end(self, number=None):
        """Sends the signal, if there is one, waits, and gives the exit code."""
        if number is not None:
            self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


def forget_checksums(database):
    """Records without one are not checked by it."""
    for (table,) in database.execute("SELECT name FROM sqlite_schema WHERE name LIKE '%.%-%'").fetchall():
        database.execute(f'UPDATE "{table}" SET checksum = NULL')


class CommandTest(unittest.TestCase):
    """Each test has an empty directory, in which the program runs."""

    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith("SUBLEDGER_")}

    def command(self, *arguments):
        return [str(pathlib.Path(build_dir).resolve() / "subledger"), *map(str, arguments)]

    def run_program(self, *arguments, code=0, stdin="", **variables):
        """Runs it to its end and expects the exit code."""
        stdin = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(self.command(*arguments), cwd=self.directory, input=stdin, capture_output=True,
                              env=self.environment | variables, timeout=PATIENCE_SECONDS, check=False)
        done.stdout = done.stdout.decode()
        done.stderr = done.stderr.decode()
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout[:2000]}\n{done.stderr[:2000]}")
        self.assertNotIn("terminate called", done.stderr)
        return done

    def run_unread(self, *arguments):
        """The exit code where whoever was to read stdout has gone."""
        reader, writer = os.pipe()
        os.close(reader)
        with open(writer, "wb") as stdout:
            done = subprocess.run(self.command(*arguments), cwd=self.directory, env=self.environment,
                                  stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                                  timeout=PATIENCE_SECONDS, check=False)
        self.assertNotIn(b"cannot be written", done.stderr)
        return done.returncode

    def start_program(self, *arguments):
        program = Program(self.command(*arguments), self.directory, self.environment)
        self.addCleanup(program.kill)
        return program

    def peak_memory(self, *arguments, stdin=None):
        """Exit code, and the peak of resident memory in bytes."""
        child = subprocess.Popen(self.command(*arguments), cwd=self.directory, env=self.environment,
                                 stdin=stdin or subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        return child.returncode, usage.ru_maxrss * 1024

    def write(self, name, content):
        text = content if isinstance(content, str) else json.dumps(content)
        (self.directory / name).write_text(text, encoding="utf-8")
        return name

    def create_topics(self, partitions=2):
        self.run_program("topics", "create", "--log", LOG, "--partitions", partitions)

    def publish(self, document=None, code=0):
        name = self.write("catalog.json", document or catalog())
        return self.run_program("catalog", "publish", "--log", LOG, name, code=code)

    def ingest(self, events, *arguments, code=0):
        text = events if isinstance(events, (str, bytes)) else ndjson(events)
        return self.run_program("ingest", "--log", LOG, *arguments, stdin=text, code=code)

    def run_to_end(self, *arguments, code=0):
        return self.run_program("run", "--log", LOG, "--store", "store", "--until-end", *arguments, code=code)

    def sql(self, statement, *values):
        """The answer of a statement on the log's database. What it changes counts as written so."""
        with contextlib.closing(sqlite3.connect(self.directory / "log.db")) as rows:
            answer = rows.execute(statement, values).fetchall()
            if statement.startswith("UPDATE"):
                forget_checksums(rows)
            rows.commit()
        return answer

    def record_at(self, time, step_ms=60_000, partitions=2):
        """Gives the events of each partition recorded times that do not depend on when the test runs."""
        begin_ms = int(datetime.datetime.fromisoformat(time).timestamp() * 1000)
        for partition in range(partitions):
            self.sql(f'UPDATE "subledger.events-{partition}" SET timestamp_ms = ? + "offset" * ?',
                     begin_ms, step_ms)

    def expect(self, name, text):
        """Compares with the real output that is kept in expected/; EXPECTED=write keeps it anew."""
        path = HERE / "expected" / name
        if os.environ.get("EXPECTED") == "write":
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text.encode())
        self.maxDiff = None
        self.assertEqual(text, path.read_bytes().decode(), f"differs from expected/{name}")

    def fingerprint(self, name):
        """A hash over names and contents of all files below a directory."""
        hashed = hashlib.sha256()
        for path in sorted((self.directory / name).rglob("*")):
            hashed.update(str(path).encode() + (path.read_bytes() if path.is_file() else b""))
        return hashed.hexdigest()

    def tamper_store(self, how, prefix, partition=0):
        tool = pathlib.Path(build_dir).resolve() / "tests" / "store_tamper"
        subprocess.run([tool, "store", str(partition), how, prefix], cwd=self.directory, check=True)

    def tail(self, topic, *arguments):
        return records(self.run_program("tail", "--log", LOG, topic, *arguments).stdout)

    def prepare(self, events, partitions=2):
        """A log with a catalog and the events, applied."""
        self.create_topics(partitions)
        self.publish()
        self.ingest(events)
        self.run_to_end()

    if sys.version_info < (3, 11):
        def enterContext(self, context):
            stack = contextlib.ExitStack()
            self.addCleanup(stack.close)
            return stack.enter_context(context)


def main():
    """python3 test_x.py BUILD_DIR: runs the tests of one file."""
    global build_dir
    if len(sys.argv) < 2:
        sys.exit(main.__doc__)
    # The tests see this module as `harness`, whoever started it.
    sys.modules["harness"].build_dir = build_dir = pathlib.Path(sys.argv.pop(1))
    unittest.main(verbosity=2)
