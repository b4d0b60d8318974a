"""`subledger verify`: nothing where nothing was done, and each kind of tampering."""
import contextlib
import shutil
import signal
import sqlite3

import harness
from harness import LOG, CommandTest, catalog, event, forget_checksums, records


def work():
    events = [event(1, "assistant_activated", channel="ussd"),
              event(2, "password_set", channel="sms", method="issued", verifier="hash"),
              event(3, "login_attempted", channel="web", outcome="wrong"),
              event(4, "payment_received", channel="operator", money="5.00", reference="cash")]
    events += [event(number, bytes_up=number) for number in range(10, 20)]
    rejected = [event(number, "option_connected", option="none") for number in range(20, 24)]
    return [*events, *rejected, events[0], event(10, bytes_up=77)]


class Verify(CommandTest):
    def prepare_work(self):
        self.prepare(work(), partitions=1)

    def verify(self, *arguments, code=0, store="store"):
        return self.run_program("verify", "--log", LOG, "--store", store, *arguments, code=code)

    def sql(self, *statements):
        with contextlib.closing(sqlite3.connect(self.directory / "log.db")) as database, database:
            for statement in statements:
                changed = database.execute(statement.replace("@", '"subledger.').replace("#", '-0"')).rowcount
                self.assertNotEqual(changed, 0, statement)
            forget_checksums(database)

    def check_found(self, where, text=""):
        """Findings, all of them there, and one of them says the text."""
        done = self.verify(code=4)
        found = [each for each in records(done.stdout) if "finding" in each]
        self.assertEqual({each["where"] for each in found}, {where})
        self.assertTrue(any(text in each["finding"] for each in found), found)
        return found

    def test_figures_of_what_is_sound(self):
        self.prepare_work()
        lines = records(self.verify().stdout)
        figures = lines[0]
        digest = records(self.run_program("digest", "--store", "store").stdout)[0]
        self.assertEqual(figures["digest"], digest["digest"])
        self.assertEqual((figures["store_offset"], figures["committed_offset"]), (20, 20))
        self.assertEqual((figures["events"], figures["answered"], figures["catalogs"], figures["duplicates"],
                          figures["rejected"]), (21, 14, 1, 1, 5))
        self.assertEqual((figures["charges"], figures["access"], figures["rejects"]), (12, 3, 5))
        self.assertEqual((figures["trial_balance"], figures["findings"]), ("0.00", 0))
        self.assertEqual(lines[1:], [{"totals": {"findings": 0}}])
        self.assertIn("verified", self.verify("--output", "table").stderr)

    def test_it_changes_nothing_and_leaves_nothing(self):
        self.prepare_work()
        (self.directory / "scratch").mkdir()

        def contents():
            return {path: path.read_bytes() for path in self.directory.rglob("*")
                    if path.is_file() and not path.name.startswith("log.db-")}
        before = contents()
        self.verify("--scratch", "scratch")
        self.assertEqual(contents(), before)
        self.verify("--scratch", "absent", code=1)

    def test_an_altered_record(self):
        for topic in ("charges", "access", "rejects"):
            self.setUp()
            self.prepare_work()
            self.sql(f"UPDATE @{topic}# SET value = CAST(substr(value, 1, length(value) - 1) || x'7f' "
                     "AS BLOB) WHERE offset = 1")
            found = self.check_found(topic, "value")
            self.assertEqual([each["offset"] for each in found], [1])

    def test_altered_headers_and_time(self):
        self.prepare_work()
        self.sql("UPDATE @charges# SET timestamp_ms = timestamp_ms + 1 WHERE offset = 2",
                 "UPDATE @charges# SET headers = (SELECT headers FROM @charges# WHERE offset = 4) "
                 "WHERE offset = 3")
        self.check_found("charges", "timestamp")

    def test_a_removed_record(self):
        for topic, last in (("charges", 11), ("access", 2), ("rejects", 4)):
            for offset in (0, 1, last):
                self.setUp()
                self.prepare_work()
                self.sql(f"DELETE FROM @{topic}# WHERE offset = {offset}")
                self.check_found(topic, "missing")
                if offset < last:
                    self.sql(f"UPDATE @{topic}# SET offset = -offset WHERE offset > {offset}",
                             f"UPDATE @{topic}# SET offset = -offset - 1 WHERE offset < 0")
                    self.check_found(topic, "missing")

    def test_a_doubled_record(self):
        for topic in ("charges", "access", "rejects"):
            self.setUp()
            self.prepare_work()
            self.sql(f"INSERT INTO @{topic}# SELECT (SELECT max(offset) + 1 FROM @{topic}#), timestamp_ms, "
                     f"key, value, headers, NULL FROM @{topic}# WHERE offset = 1")
            self.check_found(topic, "again")

    def test_records_in_another_order(self):
        self.prepare_work()
        self.sql("UPDATE @charges# SET offset = -1 WHERE offset = 3",
                 "UPDATE @charges# SET offset = 3 WHERE offset = 4",
                 "UPDATE @charges# SET offset = 4 WHERE offset = -1")
        self.check_found("charges", "out of its order")

    def test_a_dropped_reject(self):
        self.prepare_work()
        self.sql("DELETE FROM @rejects#")
        self.assertEqual(len(self.check_found("rejects", "missing")), 5)

    def test_a_row_of_the_store(self):
        for how in ("change", "remove", "add"):
            for prefix in ("a", "c", "e", "m"):
                self.setUp()
                self.prepare_work()
                self.tamper_store(how, prefix)
                self.check_found("store")

    def test_an_input_that_was_skipped(self):
        self.prepare_work()
        self.ingest([event(50), event(51), event(52)])
        self.sql("UPDATE positions SET position = position + 3")
        done = self.verify(code=4)
        text = [each["finding"] for each in records(done.stdout) if "finding" in each]
        self.assertEqual(sum("missing from its place" in each for each in text), 3)
        self.assertTrue(any("noted beside" in each for each in text))

    def test_a_position_that_was_moved_or_lost(self):
        self.prepare_work()
        self.sql("UPDATE positions SET position = position + 7")
        self.check_found("position", "the log ends before")
        self.sql("UPDATE positions SET position = position - 7, metadata = 'x'")
        self.check_found("position", "noted")
        self.sql("DELETE FROM positions")
        self.assertNotIn("committed_offset", records(self.verify().stdout)[0])

    def test_an_event_that_was_altered(self):
        self.prepare_work()
        self.sql("UPDATE @events# SET value = CAST(substr(value, 1, length(value) - 1) || x'7f' AS BLOB) "
                 "WHERE offset = 6")
        self.verify(code=4)
        self.sql("DELETE FROM @events# WHERE offset = 3")
        self.assertIn("missing or damaged", self.verify(code=5).stderr)

    def test_only_the_first_findings_are_shown(self):
        self.prepare([event(number) for number in range(1, 60)], partitions=1)
        self.sql("DELETE FROM @charges#")
        done = self.verify(code=4)
        self.assertEqual(sum("finding" in each for each in records(done.stdout)), 20)
        self.assertEqual(records(done.stdout)[-1], {"totals": {"findings": 59}})
        self.assertIn("59 findings, the first 20 shown", done.stderr)
        self.assertIn("is missing", self.verify("--output", "table", code=4).stdout)

    def test_beside_the_engine(self):
        self.create_topics()
        self.publish()
        engine = self.start_program("run", "--log", LOG, "--store", "store")
        for _ in range(2):
            engine.wait_for("partition ready")
        follower = self.start_program("tail", "--log", LOG, "charges", "--follow")
        for number in range(1, 4):
            self.ingest([event(number)])
            follower.line()
            self.assertEqual(records(self.verify().stdout)[-1], {"totals": {"findings": 0}})
        self.assertEqual(engine.end(signal.SIGTERM), 0)
        self.assertEqual(sum(each.get("charges", 0) for each in records(self.verify().stdout)), 3)

    def test_stores_that_cannot_be_verified(self):
        self.prepare_work()
        self.verify(store="none", code=5)
        self.write("other.json", catalog("new"))
        self.run_program("replay", "--log", LOG, "--into", "new", "--catalog", "other.json")
        self.assertIn("is a replay", self.verify(store="new", code=2).stderr)
        self.run_program("replay", "--log", LOG, "--into", "plain")
        self.verify(store="plain")
        (self.directory / "log.db").rename(self.directory / "first.db")
        self.create_topics(1)
        self.assertIn("another log", self.verify(code=5).stderr)

    def test_without_the_store_of_a_partition_its_outputs_are_verified(self):
        self.prepare(work())
        for store in list(self.directory.glob("store/partition-*")):
            kept = self.directory / "kept"
            shutil.move(store, kept)
            self.assertIn("its outputs are verified all the same", self.verify().stderr)
            shutil.move(kept, store)


if __name__ == "__main__":
    harness.main()
