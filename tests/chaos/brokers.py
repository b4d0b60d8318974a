"""Kafka, in processes of its own: one broker, or three that hold the same records; and the proxy before
them."""

import itertools
import subprocess

import transactions
from proxy import Proxy

HEAP = {1: "320m", 3: "256m"}  # of each, by their number
SESSION_MS = 3_000  # so soon does a killed broker come back


class Stuck(Exception):
    """It does not go on, so there is no use in more faults."""


class Brokers:
    """Started anew in a directory; the addresses of the brokers, and those of the proxy, as logs."""

    def __init__(self, program, directory, count):
        self.program, self.directory, self.count = program, directory, count
        self.proxy = Proxy(count)
        proxied = itertools.chain.from_iterable(("--proxied", port) for port in self.proxy.ports)
        self.call("start", "--heap", HEAP[count], "--brokers", count, "--session", SESSION_MS, *proxied)
        self.log = "kafka://" + ",".join(self.addresses("bootstrap"))
        self.proxied = "kafka://" + ",".join(f"127.0.0.1:{port}" for port in self.proxy.ports)
        self.proxy.forward([int(address.rpartition(":")[2]) for address in self.addresses("proxied")])

    def addresses(self, name):
        return (self.directory / name).read_text(encoding="utf-8").strip().split(",")

    def open_transactions(self):
        """Their ids, each known to the broker that coordinates it."""
        found = []
        for address in self.addresses("bootstrap"):
            host, _, port = address.partition(":")
            found += transactions.open_ids(host, int(port))
        return found

    def call(self, command, *options, node=None):
        """One broker by its number, from 1, or all."""
        directory = self.directory if node is None else self.directory / f"node-{node}"
        done = subprocess.run([str(word) for word in (self.program, command, directory, *options)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise Stuck(f"ops/kafka {command}: {done.stderr}")

    def end(self):
        self.call("kill")
        self.proxy.end()
