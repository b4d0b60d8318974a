"""What befalls the engine and its broker, one function a fault. Each ends with instance `a` running alone and
new charges visible; what should not be is a violation."""

import collections
import signal
import subprocess
import time

import ledger as ledgers
import points
import transactions
import wire as wires
from brokers import Stuck
from ledger import Ledger
from points import at_kill_points
from wire import wire

SESSION_TIMEOUT_MS = 3_000
TRANSACTION_TIMEOUT_MS = 5_000
STUCK_SECONDS = 150
STOP_SECONDS = 60
UNREACHABLE = 5
INSIDE_SECONDS = 20
MARGIN_MS = 50  # an event that the log takes so long after a kill was not applied by the killed process
OPTIONS = ("--lanes", "2", "--session-timeout-ms", str(SESSION_TIMEOUT_MS), "--log-level", "info")
# Few, for many transactions; but enough to keep up with the load, also where a transaction takes longer.
CHUNK_RECORDS = 50
CHUNK_RECORDS_FAR = 500  # through the proxy, or on several brokers


class Field:
    """The broker, the instances, the reader, and the tallies."""

    def __init__(self, program, scratch, brokers, reader, prefix, partitions, choice):
        self.program, self.scratch, self.brokers, self.reader = program, scratch, brokers, reader
        self.prefix, self.partitions, self.choice = prefix, partitions, choice
        self.proxied = False  # what is started reaches the broker by the proxy
        self.running = {}  # process by key
        self.started = 0
        self.violations = []
        self.faults = collections.Counter()
        self.points = collections.Counter()  # kills by named points
        self.points_left = []  # to be drawn before any comes again
        self.requests = collections.Counter()  # faults of single ones
        self.cases_left = []
        self.kills = 0
        self.times = collections.defaultdict(list)  # seconds by what was measured
        self.begun = time.monotonic()

    def say(self, text):
        print(f"{time.monotonic() - self.begun:7.1f}  {text}", flush=True)

    def violate(self, text):
        self.violations.append(text)
        self.say(f"VIOLATION: {text}")

    def at(self, key):
        """Two keys with one instance name have stores of their own: `a`, and `a.twin`."""
        log = self.brokers.proxied if self.proxied else self.brokers.log
        return Ledger(self.program, log, self.scratch / f"store-{key}", self.prefix)

    def errors_of(self, key):
        return self.scratch / f"engine-{key}.log"

    def start(self, key, kill_at=None):
        with self.errors_of(key).open("a", encoding="utf-8") as errors:
            errors.write(f"--- start {self.started}\n")
            errors.flush()
            name = key.partition(".")[0]
            variables = {"SUBLEDGER_KILL_AT": kill_at} if kill_at else {}
            far = self.proxied or self.brokers.count > 1
            self.running[key] = self.at(key).start(
                "--instance", name, *OPTIONS, "--chunk-records", CHUNK_RECORDS_FAR if far else CHUNK_RECORDS,
                errors=errors, variables=variables)
        self.started += 1

    def since_start(self, key):
        return self.errors_of(key).read_text(encoding="utf-8").rpartition("--- start")[2]

    def wait_ready(self, key):
        """It serves a partition."""
        self.wait_until(lambda: "partition ready" in self.since_start(key) or self.ended(key),
                        f"{key} serves no partition")

    def wait_until(self, reached, otherwise):
        end = time.monotonic() + STUCK_SECONDS
        while not reached():
            if time.monotonic() > end:
                raise Stuck(f"{otherwise} within {STUCK_SECONDS} s")
            time.sleep(0.05)

    def ended(self, key):
        return self.running[key].poll() is not None

    def check_alive(self, key):
        if self.ended(key):
            process = self.running[key]
            said = self.since_start(key)[-1500:]
            self.violate(f"{key} ended by itself with {process.returncode}: {said}")
            self.start(key)

    def kill(self, key):
        self.check_alive(key)
        ledgers.kill(self.running.pop(key))
        self.kills += 1
        self.faults["engine SIGKILL"] += 1
        return time.time() * 1000

    def kill_inside(self, key):
        """Kills it while the broker has a transaction of its open; at any moment, if there never is one."""
        end = time.monotonic() + INSIDE_SECONDS
        while time.monotonic() < end:
            self.running[key].send_signal(signal.SIGSTOP)
            if any(each.startswith(f"subledger-{key}-") for each in self.brokers.open_transactions()):
                self.faults["of which inside a transaction"] += 1
                break
            self.running[key].send_signal(signal.SIGCONT)
            self.pause(0.0, 0.02)
        return self.kill(key)

    def terminate(self, key):
        self.check_alive(key)
        process = self.running.pop(key)
        process.terminate()
        self.expect_end(process, key, 0)

    def expect_end(self, process, key, status):
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            ledgers.kill(process)
            self.violate(f"{key} did not end within {STOP_SECONDS} s, {status} expected")
            return
        if process.returncode != status:
            said = self.since_start(key)[-1500:]
            self.violate(f"{key} ended with {process.returncode}, {status} expected: {said}")

    def expect_death(self, key, point):
        """Whether the process killed itself at the named point."""
        process = self.running.pop(key)
        try:
            process.wait(timeout=STUCK_SECONDS)
        except subprocess.TimeoutExpired:
            ledgers.kill(process)
            self.violate(f"{key} did not come to {point} within {STUCK_SECONDS} s")
            return False
        said = self.since_start(key)
        if process.returncode != -signal.SIGKILL or f"killed at={point} " not in said:
            self.violate(f"{key} ended with {process.returncode}, SIGKILL at {point} expected: "
                         f"{said[-1500:]}")
            return False
        self.kills += 1
        return True

    def missed(self):
        """Kill points and requests that no fault met."""
        requests = dict.fromkeys(f"{api}: {kind}" for api, kind in wires.CASES)
        return ([name for name in (*points.names(), points.AGAIN) if not self.points[name]]
                + [name for name in requests if not self.requests[name]])

    def wait_newer(self, since_ms, how_many=1):
        end = time.monotonic() + STUCK_SECONDS
        while not self.reader.wait_newer(since_ms, how_many, 1):
            if time.monotonic() > end:
                raise Stuck(f"no new charge in {how_many} partitions within {STUCK_SECONDS} s")
            self.start_again()

    def start_again(self):
        """As a supervisor would. A lane that takes over a partition whose broker is away waits
        ten seconds for it, then ends with 5."""
        for key, process in list(self.running.items()):
            if self.brokers.count > 1 and process.poll() == UNREACHABLE:
                self.faults["ended with 5, a broker being away"] += 1
                self.start(key)

    def wait_progress(self):
        self.wait_newer(time.time() * 1000)

    def measure(self, what, since_ms, how_many, named=None):
        self.wait_newer(since_ms + MARGIN_MS, how_many)
        seconds = time.time() - since_ms / 1000
        self.times[what].append(seconds)
        self.say(f"{named or what}: {seconds:.2f} s")

    def pause(self, least, most):
        """The moment of a fault is what is random here."""
        time.sleep(self.choice.uniform(least, most))

    def end_all(self):
        for process in self.running.values():
            process.send_signal(signal.SIGCONT)
            ledgers.kill(process)
        self.running.clear()
        self.proxied = False


def kills(field):
    """SIGKILL of the only instance, several times: before it serves, at once after it does, under load."""
    for _ in range(5):
        killed = field.kill("a")
        field.start("a")
        if field.choice.random() < 0.6:
            field.measure("only instance killed, first new charge", killed, 1)
            field.pause(0.0, 0.8)
        else:
            field.pause(0.0, 1.5)


def lose_one(field):
    """SIGKILL of one of two inside a transaction: the other serves all partitions."""
    field.start("b")
    field.wait_ready("b")
    field.pause(0.0, 1.0)
    lost, left = field.choice.sample(("a", "b"), 2)
    killed = field.kill_inside(lost)
    field.measure("one of two killed, all partitions served", killed, field.partitions)
    field.check_alive(left)
    if lost == "a":
        field.start("a")
        field.wait_ready("a")
    else:
        field.start("b")
    field.pause(0.0, 1.0)
    field.kill("b")


def stop_beyond_session(field):
    """SIGSTOP until another instance has taken over everything and both timeouts are over, then SIGCONT: the
    zombie must not commit."""
    field.start("b")
    field.wait_ready("b")
    field.pause(0.0, 1.0)
    zombie = field.running["a"]
    stopped = time.time() * 1000
    zombie.send_signal(signal.SIGSTOP)
    field.faults["SIGSTOP beyond session and transaction"] += 1
    field.measure("one of two stopped, all partitions served", stopped, field.partitions)
    left = max(0.0, (stopped + TRANSACTION_TIMEOUT_MS) / 1000 - time.time())
    field.pause(left, left + 2.0)
    zombie.send_signal(signal.SIGCONT)
    field.pause(0.0, 1.0)
    if field.choice.random() < 0.5:
        field.kill("b")
    else:
        field.terminate("b")
    field.wait_newer(time.time() * 1000, field.partitions)
    field.check_alive("a")


def replace(field):
    """A second instance with the same name: the earlier ends with 1."""
    field.start("a.twin")
    field.faults["same name twice"] += 1
    field.expect_end(field.running.pop("a"), "a", 1)
    field.wait_progress()
    field.terminate("a.twin")
    field.start("a")


def replace_stopped(field):
    """The earlier of two with one name is stopped while the later takes over, for longer than its session or
    not, and then goes on: one of them ends with 1, the other serves."""
    zombie = field.running["a.stopped"] = field.running.pop("a")
    zombie.send_signal(signal.SIGSTOP)
    stopped = time.time() * 1000
    field.faults["SIGSTOP, same name"] += 1
    field.pause(0.0, 1.0)
    field.start("a.twin")
    field.measure("stopped one replaced by its name, first new charge", stopped, 1)
    field.pause(0.0, 1.5 * SESSION_TIMEOUT_MS / 1000)
    zombie.send_signal(signal.SIGCONT)
    pair = {"a": field.running.pop("a.stopped"), "a.twin": field.running.pop("a.twin")}
    end_pair(field, pair)
    field.start("a")


def end_pair(field, pair):
    """Exactly one ends, with 1 and a word about it; the other goes on."""
    def ended():
        return [key for key, process in pair.items() if process.poll() is not None]

    try:
        field.wait_until(ended, "none of two with one name ends")
        since = time.time() * 1000
        field.wait_until(lambda: len(ended()) == 2 or field.reader.wait_newer(since, 1, 0),
                         "the other of two with one name does not go on")
        gone = ended()
        if len(gone) == 2:
            field.violate("both of one name ended")
        for key in gone:
            said = field.since_start(key)
            if pair[key].returncode != 1 or "another process" not in said:
                field.violate(f"{key} ended with {pair[key].returncode}, 1 expected: {said[-1500:]}")
            field.say(f"{key} ended")
    finally:
        for process in pair.values():
            if process.poll() is None:
                ledgers.kill(process)
                field.kills += 1
                field.faults["engine SIGKILL"] += 1


def kill_broker(field):
    """SIGKILL of the broker, or of one of several, under load, and restart on the same data; sometimes the
    engine dies meanwhile."""
    both = field.choice.random() < 0.5
    node = field.choice.randint(1, field.brokers.count) if field.brokers.count > 1 else None
    field.pause(0.0, 1.0)
    field.brokers.call("kill", node=node)
    killed = time.time() * 1000
    field.faults["broker SIGKILL"] += 1
    field.kills += 1
    field.pause(0.0, 1.5)
    if both:
        field.kill("a")
    field.brokers.call("restart", node=node)
    if both:
        field.start("a")
    if node:
        field.measure("one broker killed and restarted, all partitions go on", killed, field.partitions)
    else:
        field.measure("broker killed and restarted, first new charge", killed, 1)
    field.check_alive("a")


def scale(field):
    """From one to three and back, with a kill in between."""
    field.faults["one to three and back"] += 1
    for key in ("b", "c"):
        field.start(key)
        field.pause(0.0, 1.5)
    field.wait_ready("b")
    field.wait_ready("c")
    key = field.choice.choice(("a", "b", "c"))
    field.kill(key)
    field.pause(0.0, 0.5)
    field.start(key)
    field.wait_newer(time.time() * 1000, field.partitions)
    for key in field.choice.sample(("b", "c"), 2):
        field.terminate(key)
        field.pause(0.0, 1.0)


# One round; kills come often, as they take least time.
ROUND = (kills, kills, kills, kills, kills, at_kill_points, at_kill_points, at_kill_points, lose_one,
         stop_beyond_session, replace, replace_stopped, kill_broker, scale, wire, wire)


def run_round(field, only, go_on):
    """All faults, or those of one name, in an order of the seed's, as long as there is time."""
    chosen = [fault for fault in ROUND if only in (None, fault.__name__)]
    for fault in field.choice.sample(chosen, len(chosen)):
        if not go_on():
            return
        field.say(fault.__name__)
        fault(field)
        field.wait_progress()
        field.check_alive("a")
