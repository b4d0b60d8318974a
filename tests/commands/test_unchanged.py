"""Nothing that only asks changes a store or a log, with the engine at rest or running."""
import hashlib
import shutil

import harness
from harness import LOG, CommandTest, catalog, event, published
from test_diff import priced

SUBSCRIBER, STRANGER = "79161234567", "79990000000"
EARLY, LATE = "2015-01-01T00:00:00Z", "2015-02-01T00:00:00Z"


class Unchanged(CommandTest):
    def prepare_all(self):
        self.create_topics()
        self.ingest([published(900, catalog()),
                     *(event(number, bytes_up=number) for number in range(1, 20)),
                     event(20, "login_attempted", channel="web", outcome="wrong"),
                     event(21, "option_connected", channel="sms", option="absent"),
                     event(22, subscriber="79160000003", zone="nowhere")])
        self.run_to_end()
        self.run_program("replay", "--log", LOG, "--into", "other")
        self.write("next.json", priced("9.00"))
        charge = self.tail("charges")[0]
        reject = self.tail("rejects")[0]["source"]
        self.charge, self.place = charge["charge_id"], f"{reject['partition']}:{reject['offset']}"

    def questions(self):
        """Words and exit code of each command that asks."""
        store, log, both = ["--store", "store"], ["--log", LOG], ["--log", LOG, "--store", "store"]
        good = [["account", SUBSCRIBER, *store],
                ["account", SUBSCRIBER, "--as-of", "2030-01-01T00:00:00Z", *log],
                ["charges", SUBSCRIBER, *store], ["access", SUBSCRIBER, *store], ["digest", *store],
                ["statement", SUBSCRIBER, "--month", "2026-11", *store],
                ["subscribers", *store], ["subscribers", "--locked", *store], ["stats", *store],
                ["stats", "--by", "reason", *store], ["explain", self.charge, *log],
                ["explain", self.charge, *store], ["diff", *store, "--store", "other"],
                ["verify", *both], ["catalog", "show", *log], ["tail", "charges", *log],
                ["rejects", "list", *log], ["rejects", "list", "--by", "day", *log],
                ["rejects", "show", self.place, *log], ["rejects", "redrive", "--dry-run", *log],
                ["replay", *log, "--into", "again"], ["config", "show", *both],
                *(["export", "--what", what, "--format", "csv", "--to", f"{what}.csv", *both]
                  for what in ("charges", "access", "accounts", "rejects"))]
        return [*((words, 0) for words in good), (["whatif", *log, "--catalog", "next.json"], 4),
                (["account", STRANGER, *store], 3), (["charges", STRANGER, *store], 3),
                (["access", STRANGER, *store], 3), (["statement", STRANGER, "--month", "2026-11", *store], 3),
                (["account", SUBSCRIBER, "--as-of", "1:999999", *log], 3),
                (["explain", "00000000-0000-4000-8000-000000000000", *log], 3),
                (["rejects", "show", "0:999999", *log], 3),
                (["replay", *log, "--to", "0:999999", "--into", "no"], 3),
                (["charges", SUBSCRIBER, "--from", LATE, "--to", EARLY, *store], 2),
                (["whatif", *log, "--catalog", "next.json", "--from", LATE, "--to", EARLY], 2),
                (["export", "--what", "charges", "--format", "csv", "--to", "no.csv", "--from", LATE,
                  "--until", EARLY, *log], 2),
                (["statement", SUBSCRIBER, "--month", "2026-13", *store], 2)]

    def ask_all(self):
        for words, code in self.questions():
            with self.subTest(" ".join(map(str, words))):
                self.run_program(*words, code=code)
        for path in self.directory.glob("*.csv*"):
            path.unlink()
        shutil.rmtree(self.directory / "again")

    def stored(self):
        log = hashlib.sha256((self.directory / "log.db").read_bytes()).hexdigest()
        return self.fingerprint("store"), self.fingerprint("other"), log

    def test_by_no_question(self):
        self.prepare_all()
        before = self.stored()
        self.ask_all()
        self.assertEqual(self.stored(), before)

    def test_by_no_question_beside_a_running_engine(self):
        self.prepare_all()
        engine = self.start_program("run", "--log", LOG, "--store", "store")
        for _ in range(2):
            engine.wait_for("partition ready")
        before = self.fingerprint("store"), self.run_program("tail", "events", "--raw", "--log", LOG).stdout
        self.ask_all()
        after = self.fingerprint("store"), self.run_program("tail", "events", "--raw", "--log", LOG).stdout
        self.assertEqual(after, before)

    def test_a_store_of_another_log_is_5(self):
        self.prepare_all()
        (self.directory / "log.db").rename(self.directory / "first.db")
        self.create_topics()
        before = self.fingerprint("store")
        both = ["--log", LOG, "--store", "store"]
        for words in (["verify"], ["explain", self.charge], ["run", "--until-end"]):
            self.run_program(*words, *both, code=5)
        self.assertEqual(self.fingerprint("store"), before)


if __name__ == "__main__":
    harness.main()
