"""Readers of committed records: one that runs during the faults, and what the log holds afterwards."""

import datetime
import hashlib
import json
import subprocess
import threading
import time


def place(line):
    """Partition, offset and time, in milliseconds, of a line of `tail --raw`. An output's time is that at
    which the log took its event."""
    record = json.loads(line)
    stamp = datetime.datetime.fromisoformat(record["timestamp"])
    return record["partition"], record["offset"], stamp.timestamp() * 1000


def digest(line):
    return hashlib.blake2b(line.strip().encode(), digest_size=12).digest()


def stream(ledger, *words):
    """The lines of a command that has to end well."""
    with subprocess.Popen(ledger.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        yield from process.stdout
        said = process.stderr.read()
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}: exit {process.returncode}: {said}")


class Reader(threading.Thread):
    """Follows the charges while faults happen. What it was once given must never change: after an outage it
    reads some of it again, and compares."""

    def __init__(self, ledger, partitions):
        super().__init__(daemon=True)
        self.ledger = ledger
        self.seen = [[] for _ in range(partitions)]  # (offset, digest) in the order of arrival
        self.stamps = [0] * partitions  # of each partition's last record
        self.violations = []
        self.restarts = 0
        self.longest_pause = 0.0
        self.watched_since = None  # None: pauses do not count
        self.changed = threading.Condition()
        self.ended = False
        self.process = None

    def run(self):
        while not self.ended:
            behind = min((seen[-1][0] + 1 if seen else 0) for seen in self.seen)
            command = self.ledger.command("tail", "charges", "--raw", "--follow", "--from", behind)
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                            text=True)
            again = [{offset: known for offset, known in seen if offset >= behind} for seen in self.seen]
            for line in self.process.stdout:
                self.take(line, again)
            self.process.wait()
            if not self.ended:
                self.restarts += 1
                time.sleep(0.2)

    def take(self, line, again):
        partition, offset, stamp = place(line)
        known = again[partition].get(offset)
        with self.changed:
            seen = self.seen[partition]
            if known is not None:
                if known != digest(line):
                    self.violations.append(f"charges {partition}:{offset} changed after it was read")
                return
            if seen and offset <= seen[-1][0]:
                self.violations.append(f"charges {partition}:{offset} came after {seen[-1][0]}")
            seen.append((offset, digest(line)))
            self.stamps[partition] = stamp
            self.note_progress()
            self.changed.notify_all()

    def note_progress(self):
        now = time.monotonic()
        if self.watched_since is not None:
            self.longest_pause = max(self.longest_pause, now - self.watched_since)
            self.watched_since = now

    def aborted(self):
        """How often records of transactions that were not committed lie between the charges: the end of each
        committed one takes an offset, so more than one is missing there."""
        return sum(after[0] - before[0] > 2 for seen in self.seen for before, after in zip(seen, seen[1:]))

    def watch(self, on):
        with self.changed:
            self.note_progress()
            self.watched_since = time.monotonic() if on else None

    def wait_newer(self, since_ms, how_many, seconds):
        """Whether charges of events that the log took after `since_ms` became visible in so many partitions:
        they are the work of whoever ran by then."""
        with self.changed:
            return self.changed.wait_for(
                lambda: sum(stamp > since_ms for stamp in self.stamps) >= how_many, timeout=seconds)

    def wait_count(self, count, seconds):
        with self.changed:
            return self.changed.wait_for(lambda: sum(map(len, self.seen)) >= count, timeout=seconds)

    def end(self):
        self.ended = True
        if self.process:
            self.process.terminate()
        self.join(timeout=30)
