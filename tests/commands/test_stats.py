"""`subledger stats`: what was added up is what the topics hold."""
import collections
import decimal
import json

import harness
from harness import LOG, CommandTest, event, published, records
from test_explain import BOOK, STORY


class Stats(CommandTest):
    def prepare_story(self):
        self.create_topics(2)
        self.ingest([published(900, BOOK)])
        self.ingest([*STORY, event(100, subscriber="79160000003", zone="roaming", bytes_up=50)])
        self.record_at("2015-02-01T23:50:00+00:00")
        self.run_to_end()

    def stats(self, *arguments, code=0):
        return self.run_program("stats", "--store", "store", *arguments, code=code).stdout

    def test_as_kept(self):
        self.prepare_story()
        ways = [[], *(["--by", each] for each in ["day", "kind", "tariff", "rule", "reason"])]
        text = "".join(self.stats(*by, "--output", form) for by in ways for form in ["json", "table"])
        self.expect("stats.txt", text)

    def check(self, by, group, among):
        wanted = collections.defaultdict(lambda: [0, *[decimal.Decimal(0)] * 3])
        for each in self.tail("charges"):
            if not among(each):
                continue
            sums = wanted[group(each)]
            sums[0] += 1
            for i, field in enumerate(["amount", "from_bonus", "from_account"]):
                sums[1 + i] += decimal.Decimal(each[field])
        found = {group(each): [each["count"], *(decimal.Decimal(each[field])
                                                for field in ["amount", "from_bonus", "from_account"])]
                 for each in records(self.stats("--by", by))}
        self.assertEqual(found, dict(wanted))
        self.assertGreater(len(found), 1)

    def check_all(self):
        self.check("kind", lambda each: each["kind"], lambda each: True)
        self.check("tariff", lambda each: each["tariff"], lambda each: "tariff" in each)
        names = ["kind", "tariff", "service", "rule"]
        self.check("rule", lambda each: tuple(map(each.get, names)), lambda each: "rule" in each)
        self.check("day", lambda each: each["day"] if "day" in each else each["recorded_at"][:10],
                   lambda each: each["kind"] not in ("bonus", "payment"))
        reasons = collections.Counter(each["reason"] for each in self.tail("rejects"))
        found = {each["reason"]: each["count"] for each in records(self.stats("--by", "reason"))}
        self.assertEqual(found, reasons)

    def test_they_are_what_the_topics_hold_also_after_runs_and_a_rebuilding(self):
        self.prepare_story()
        self.check_all()
        self.ingest([event(200, zone="roaming"), event(201, bytes_up=0, bytes_down=0)])
        self.run_to_end()
        self.check_all()
        before = self.stats("--by", "rule")
        self.run_program("replay", "--log", LOG, "--into", "again")
        self.assertEqual(self.run_program("stats", "--store", "again", "--by", "rule").stdout, before)

    def test_locked_subscribers_are_those_who_are(self):
        self.prepare_story()
        self.assertEqual(json.loads(self.stats())["locked"], 1)
        self.ingest([event(300, "password_set", channel="sms", method="chosen", verifier="scrypt$hidden")])
        self.run_to_end()
        self.assertEqual(json.loads(self.stats())["locked"], 0)
        self.assertEqual(self.run_program("subscribers", "--locked", "--store", "store").stdout, "")

    def test_a_store_of_an_earlier_version_is_filled_beside_the_work(self):
        self.prepare_story()
        ways = [[], *(["--by", each] for each in ["kind", "rule", "reason", "day"])]
        before = [self.stats(*by) for by in ways]
        for partition in range(2):
            for prefix in ["sc", "Sc"] if partition == 0 else ["sc", "Sc", "sr", "Sr"]:
                self.tamper_store("clear", prefix, partition)
        lacking = self.run_program("stats", "--store", "store")
        self.assertEqual(json.loads(lacking.stdout)["incomplete"],
                         [{"partition": 0, "rollup": "charges"}, {"partition": 1, "rollup": "charges"},
                          {"partition": 1, "rollup": "rejects"}])
        self.assertIn("partition 1: charges are not added up yet", lacking.stderr)
        self.assertEqual(json.loads(lacking.stdout)["logins_granted"],
                         json.loads(before[0])["logins_granted"])
        log = self.run_to_end().stderr
        for partition, name in [(0, "charges"), (1, "charges"), (1, "rejects")]:
            self.assertIn(f"roll-up filled partition={partition} rollup={name}", log)
        self.assertEqual([self.stats(*by) for by in ways], before)
        self.assertNotIn("roll-up", self.run_to_end().stderr)
        self.run_program("verify", "--log", LOG, "--store", "store")

    def test_a_replay_fills_its_store_too(self):
        self.prepare_story()
        before = self.stats("--by", "rule")
        self.run_program("replay", "--log", LOG, "--into", "again")
        (self.directory / "store").rename(self.directory / "kept")
        (self.directory / "again").rename(self.directory / "store")
        for prefix in ["sc", "Sc"]:
            self.tamper_store("clear", prefix)
        self.run_program("replay", "--log", LOG, "--into", "store")
        self.assertEqual(self.stats("--by", "rule"), before)

    def test_wrong_words_and_an_unchanged_store(self):
        self.prepare_story()
        before = self.fingerprint("store")
        self.stats("--by", "moon", code=2)
        self.stats()
        self.run_program("stats", "--store", "nowhere", code=5)
        self.assertEqual(self.fingerprint("store"), before)


if __name__ == "__main__":
    harness.main()
