"""`kill -9` of `ingest` and of `run` on the embedded log, at random moments: what comes of it is what an
undisturbed run gives, once."""
import json
import random
import signal
import time

import harness
from harness import LOG, CommandTest, event

EVENTS = 24_000
SUBSCRIBERS = 97
INGEST_KILLS = 8
ENGINE_KILLS = 16
SEED = 1


def work():
    for number in range(1, EVENTS + 1):
        who = {"subscriber": str(79_160_000_000 + number % SUBSCRIBERS)}
        if number % 50 == 0:
            yield event(number, "bonus_granted", channel="operator", bytes=50_000, reason="gift", **who)
        elif number % 11 == 0:
            yield event(number, "login_attempted", channel="web", outcome="wrong", **who)
        elif number % 301 == 0:
            yield event(number, "option_connected", channel="sms", option="absent", **who)
        else:
            yield event(number, bytes_up=number % 1_000 + 1, session=f"s{number % 7}", **who)


class Kills(CommandTest):
    def stored(self, table):
        return self.sql(f"SELECT {table}")[0][0] or 0

    def kill_ingest(self, name, within):
        """At a random moment; False: it was done before."""
        program = self.start_program("ingest", "--log", LOG, name)
        time.sleep(self.moments.uniform(0, within))  # the moment of the kill is what is random here
        program.kill()
        return program.process.returncode == -signal.SIGKILL

    def kill_engine(self, low, high):
        """Once it has committed a random number of records from `low` to `high`."""
        moment = self.moments.uniform(low, high)
        program = self.start_program("run", "--log", LOG, "--store", "store", "--chunk-records", "300",
                                     "--instance", "victim", "--log-level", "error")
        while self.positions() < moment:
            self.assertIsNone(program.process.poll(), "the engine ended by itself")
        program.kill()
        self.assertEqual(program.process.returncode, -signal.SIGKILL)
        return self.positions()

    def events(self):
        return self.stored('(SELECT count(*) FROM "subledger.events-0") + '
                           '(SELECT count(*) FROM "subledger.events-1")')

    def positions(self):
        return self.stored("sum(position) FROM positions")

    def outcome(self):
        """Of each topic the records by partition and in its order, without what two logs do not share. A
        reject comes as often as its event is sent."""
        found = {}
        for topic in ("charges", "access"):
            lines = [(each["source"]["partition"], json.dumps({key: value for key, value in each.items()
                                                               if key not in ("source", "recorded_at")}))
                     for each in self.tail(topic)]
            found[topic] = sorted(lines, key=lambda line: line[0])
        found["rejects"] = sorted({(each["event_id"], each["reason"]) for each in self.tail("rejects")})
        return found

    def test_killed_at_random_moments_the_outcome_is_that_of_a_calm_run(self):
        lines = harness.ndjson(work())
        self.create_topics()
        self.publish()
        begun = time.monotonic()
        self.ingest(lines)
        within = time.monotonic() - begun
        self.run_to_end()
        calm = self.outcome()
        (self.directory / "log.db").rename(self.directory / "calm.db")
        (self.directory / "store").rename(self.directory / "calm")

        self.moments = random.Random(SEED)
        name = self.write("events.ndjson", lines)
        self.create_topics()
        self.publish()
        tries = killed = 0
        while killed < INGEST_KILLS and tries < 5 * INGEST_KILLS:
            tries += 1
            killed += self.kill_ingest(name, within)
        self.ingest(lines)
        total = self.events()
        share = total * 0.9 / ENGINE_KILLS
        reached = [self.kill_engine(number * share, (number + 1) * share) for number in range(ENGINE_KILLS)]
        self.run_to_end("--instance", "victim")
        print(f"seed {SEED}: ingest killed {killed} times, the engine after {reached} of {total} records")
        self.assertEqual(killed, INGEST_KILLS)
        self.assertLess(reached[0], total / 2)
        found = self.outcome()
        for topic, lines in calm.items():
            self.assertGreater(len(lines), 40)
            # Of thousands of lines unittest's own comparison shows more than anybody reads.
            self.assertEqual(len(found[topic]), len(lines), topic)
            self.assertTrue(found[topic] == lines, topic)
        self.run_program("verify", "--log", LOG, "--store", "store")


if __name__ == "__main__":
    harness.main()
