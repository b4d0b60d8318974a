"""A ledger on a real log, driven through the program's commands, as an operator would."""

import json
import os
import pathlib
import signal
import subprocess

TOPICS = ("charges", "access", "rejects")
# What the log's clock gives, and what is free text or the input's own.
NOT_COMPARED = ("recorded_at", "detail", "key_base64", "payload_base64", "headers")


class Failure(Exception):
    """What is not as it should be, for a person."""


class Ledger:
    """One set of topics on a log, one store, and one group (None: the default). A newcomer to a group waits
    until the sessions of members that have just ended are over, so tests have groups of their own."""

    def __init__(self, program, log, store, prefix, group=None):
        self.program = str(program)
        self.log = log
        self.store = pathlib.Path(store)
        self.prefix = prefix
        self.group = group

    def command(self, *words):
        group = ["--group", self.group] if self.group and words[0] in ("run", "verify") else []
        return [self.program, *map(str, words), "--log", self.log, "--topic-prefix", self.prefix, *group]

    def call(self, *words, feed=None, status=0):
        done = subprocess.run(self.command(*words), input=feed, capture_output=True, text=True, check=False,
                              timeout=600)
        if done.returncode != status:
            raise Failure(f"{' '.join(map(str, words))}: exit {done.returncode}, expected {status}\n"
                          + done.stderr)
        return done.stdout

    def create(self, partitions):
        self.call("topics", "create", "--partitions", partitions)

    def publish(self, *catalogs):
        for catalog in catalogs:
            self.call("catalog", "publish", catalog)

    def ingest(self, path):
        self.call("ingest", path)

    def run(self, *options):
        self.call("run", "--store", self.store, "--until-end", *options)

    def start(self, *options, errors=subprocess.DEVNULL, variables=None):
        """The engine in a process of its own, with these variables of the environment besides the caller's;
        the caller ends it."""
        return subprocess.Popen(self.command("run", "--store", self.store, *options),
                                stdout=subprocess.DEVNULL, stderr=errors,
                                env=os.environ | (variables or {}))

    def tail(self, topic):
        lines = self.call("tail", topic, "--output", "json").splitlines()
        return [json.loads(line) for line in lines]

    def digests(self):
        done = subprocess.run([self.program, "digest", "--store", self.store, "--output", "json"],
                              capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


def without(records, *names):
    return [{name: value for name, value in record.items() if name not in names} for record in records]


def require_equal(expected, actual, what):
    for number, pair in enumerate(zip(expected, actual), 1):
        if pair[0] != pair[1]:
            raise Failure(f"{what}: record {number}\n  expected {pair[0]}\n  actual   {pair[1]}")
    if len(expected) != len(actual):
        raise Failure(f"{what}: {len(expected)} records expected, {len(actual)} there")
