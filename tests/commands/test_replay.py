"""`subledger replay`: the live state beside the live store, and other states that are marked as such."""
import os
import pathlib
import signal
import subprocess
import unittest

import harness
from harness import LOG, CommandTest, catalog, event, records

FIRST, SECOND = "79161234567", "79160000001"


def dearer(version="2014-11"):
    rule = {"rule": "all", "tiers": [{"from": 0, "price": "2.00", "unit": 1, "increment": 1}]}
    return catalog(version, tariffs={"classic": {"traffic": [rule]}})


def contents(directory):
    return {path: path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()}


class Replay(CommandTest):
    def replay(self, *arguments, into="again", code=0):
        return self.run_program("replay", "--log", LOG, "--into", into, *arguments, code=code)

    def digest(self, store="store"):
        return self.run_program("digest", "--store", store).stdout

    def prepare_work(self):
        self.prepare([event(number, subscriber=subscriber, bytes_up=number)
                      for number in range(1, 40) for subscriber in (FIRST, SECOND)] +
                     [event(1), event(3, bytes_up=999), event(90, "option_connected", option="none")])

    def test_it_prints_the_digests_that_the_live_store_has(self):
        self.prepare_work()
        before = contents(self.directory / "store")
        charges = self.tail("charges")
        self.assertEqual(self.replay().stdout, self.digest())
        self.assertEqual(self.digest("again"), self.digest())
        self.assertEqual(contents(self.directory / "store"), before)
        self.assertEqual(self.tail("charges"), charges)

    def test_gone_on_with_it_reads_only_what_is_new(self):
        self.prepare_work()
        self.replay()
        self.assertIn("0 records replayed", self.replay().stderr)
        self.ingest([event(91)])
        self.assertIn("1 record replayed", self.replay().stderr)
        self.run_to_end()
        self.assertEqual(self.digest("again"), self.digest())

    def test_killed_at_any_moment_it_goes_on(self):
        self.prepare_work()
        for number in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            killed = self.start_program("replay", "--log", LOG, "--into", "again")
            self.assertIn(killed.end(number), (0, 130, -number))
        self.assertEqual(self.replay().stdout, self.digest())

    def test_to_offsets_as_digest_prints_them(self):
        self.create_topics(1)
        self.publish()
        self.ingest([event(number) for number in range(1, 6)])
        self.run_to_end()
        middle = self.digest()
        self.ingest([event(number) for number in range(6, 9)])
        self.run_to_end()
        done = self.replay("--to", "0:5")
        self.assertEqual(done.stdout, middle)
        self.assertIn("6 records replayed", done.stderr)
        self.assertEqual(self.replay(into="whole").stdout, self.digest())
        self.assertIn("beyond the end", self.replay("--to", "0:2", code=5).stderr)
        self.assertEqual(self.replay("--to", "0:8").stdout, self.digest())

    def test_to_a_recorded_time(self):
        self.prepare_work()
        last = self.tail("events")[-1]["recorded_at"]
        self.assertEqual(self.replay("--to", last).stdout, self.digest())
        none = records(self.replay("--to", "2015-01-01T00:00:00Z", into="none").stdout)
        self.assertEqual([each["records"] for each in none], [0, 0])

    def test_an_unknown_place_is_3_and_nonsense_2(self):
        self.prepare_work()
        for place in ("2:0", "0:1000000"):
            self.replay("--to", place, code=3)
        for place in ("0", "0:", ":1", "0:x", "0:1,0:2", "yesterday", "0:9223372036854775807"):
            self.replay("--to", place, code=2)
        self.replay("--subscriber", "+7916", code=2)
        self.assertFalse((self.directory / "again").exists())

    def test_it_runs_beside_the_engine(self):
        self.create_topics()
        self.publish()
        engine = self.start_program("run", "--log", LOG, "--store", "store")
        for _ in range(2):
            engine.wait_for("partition ready")
        self.ingest([event(number) for number in range(20)])
        replayed = self.replay().stdout
        self.assertIn("an engine works in", self.replay(into="store", code=5).stderr)
        self.assertEqual(engine.end(signal.SIGTERM), 0)
        self.assertEqual(self.digest(), replayed)

    def test_a_store_of_an_engine_or_of_another_log_is_5(self):
        self.prepare_work()
        self.assertIn("an engine works in", self.replay(into="store", code=5).stderr)
        (self.directory / "store" / "instance").unlink()
        self.assertIn("an engine's own", self.replay(into="store", code=5).stderr)
        self.replay()
        (self.directory / "log.db").rename(self.directory / "first.db")
        self.create_topics()
        self.assertIn("belongs to another log", self.replay(code=5).stderr)

    def test_the_engine_may_go_on_from_a_plain_replay_and_only_then(self):
        self.prepare_work()
        before = self.digest()
        self.replay()
        self.run_program("run", "--log", LOG, "--store", "again", "--until-end")
        self.assertEqual(self.digest("again"), before)
        self.write("dear.json", dearer())
        for into, words in {"one": ["--subscriber", FIRST], "dear": ["--catalog", "dear.json"]}.items():
            self.replay(*words, into=into)
            done = self.run_program("run", "--log", LOG, "--store", into, "--until-end", code=5)
            self.assertIn("cannot go on from", done.stderr)
            self.assertIn("not the one asked for", self.replay(into=into, code=5).stderr)
            self.replay(*words, into=into)

    def test_of_one_subscriber(self):
        self.prepare_work()
        self.replay("--subscriber", FIRST, into="one")
        for command in ("account", "charges"):
            self.assertEqual(self.run_program(command, FIRST, "--store", "one").stdout,
                             self.run_program(command, FIRST, "--store", "store").stdout)
            self.run_program(command, SECOND, "--store", "one", code=3 if self.same_partition() else 5)

    def same_partition(self):
        stores = {FIRST: set(), SECOND: set()}
        for each in self.tail("charges"):
            stores[each["subscriber"]].add(each["source"]["partition"])
        return stores[FIRST] == stores[SECOND]

    def test_with_another_catalog(self):
        self.prepare_work()
        self.write("dear.json", dearer())
        self.replay("--catalog", "dear.json", into="dear")
        live = [float(each["amount"]) for each in self.tail("charges") if each["subscriber"] == FIRST]
        dear = [float(each["amount"])
                for each in records(self.run_program("charges", FIRST, "--store", "dear").stdout)]
        self.assertEqual(dear, [2 * amount for amount in live])

    def test_a_catalog_that_cannot_be_used_is_named(self):
        self.prepare_work()
        self.write("wrong.json", catalog(currency="rubles"))
        self.assertIn("/currency", self.replay("--catalog", "wrong.json", code=2).stderr)
        self.write("euro.json", catalog("new", currency="EUR"))
        self.assertIn("one currency", self.replay("--catalog", "euro.json", code=1).stderr)

    def test_the_log_needs_no_right_to_write(self):
        self.prepare_work()
        self.start_program("run", "--log", LOG, "--store", "store").wait_for("partition ready")
        user = None if os.geteuid() else 65534
        if user and not os.access(pathlib.Path(harness.build_dir).resolve() / "subledger", os.X_OK):
            raise unittest.SkipTest("nobody else may run the program")
        self.directory.chmod(0o755)
        (self.directory / "free").mkdir()
        (self.directory / "free").chmod(0o777)
        before = contents(self.directory)[self.directory / "log.db"]
        done = subprocess.run(self.command("replay", "--log", LOG, "--into", "free/again"),
                                      cwd=self.directory, user=user, capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(contents(self.directory)[self.directory / "log.db"], before)


if __name__ == "__main__":
    harness.main()
