"""`subledger tail`: what is shown, from where, in which order, and for whom."""
import base64
import os
import pty
import subprocess
from datetime import datetime

import harness
from harness import LOG, CommandTest, event, event_id


def full(time):
    """With six digits of a fraction, which Python's reader wants."""
    whole, _, fraction = time.removesuffix("Z").partition(".")
    return f"{whole}.{fraction:0<6}+00:00"


class Tail(CommandTest):
    def test_an_event_has_its_source_and_no_verifier(self):
        self.create_topics(1)
        self.ingest([event(1, "password_set", channel="sms", method="issued", verifier="scrypt$hidden")])
        text = self.run_program("tail", "--log", LOG, "events").stdout
        shown = self.tail("events")[0]
        self.assertEqual(list(shown), ["id", "type", "subscriber", "occurred_at", "channel", "method",
                                       "source", "recorded_at"])
        self.assertEqual(shown["source"], {"partition": 0, "offset": 0})
        self.assertNotIn("hidden", text)
        raw = self.tail("events", "--raw")[0]
        self.assertIn(b"hidden", base64.b64decode(raw["payload_base64"]))
        self.assertEqual(list(raw), ["partition", "offset", "timestamp", "key_base64", "payload_base64",
                                     "headers"])

    def test_what_cannot_be_decoded_is_shown_with_its_bytes(self):
        self.create_topics(1)
        rows = harness.sqlite3.connect(self.directory / "log.db")
        for offset, key, value in [(0, b"key", b"nonsense"), (1, None, None)]:
            rows.execute('INSERT INTO "subledger.events-0" VALUES(?, 1700000000000, ?, ?, NULL, NULL)',
                         (offset, key, value))
        rows.commit()
        rows.close()
        place = {"recorded_at": "2023-11-14T22:13:20Z"}
        self.assertEqual(self.tail("events"), [
            {"source": {"partition": 0, "offset": 0}, **place, "key_base64": "a2V5",
             "payload_base64": "bm9uc2Vuc2U="},
            {"source": {"partition": 0, "offset": 1}, **place}])
        table = self.run_program("tail", "--log", LOG, "events", "--output", "table").stdout
        self.assertIn("cannot be decoded", table)

    def places(self):
        return [(each["recorded_at"], each["source"]["partition"], each["source"]["offset"])
                for each in self.tail("events")]

    def test_merged_by_recorded_time_then_partition(self):
        self.create_topics(4)
        for batch in range(4):
            self.ingest([event(batch * 50 + number, subscriber=f"7916000{number:04}")
                         for number in range(50)])
        places = self.places()
        # A fraction is written without its trailing zeros, so times do not sort as texts.
        in_order = sorted(places, key=lambda place: (datetime.fromisoformat(full(place[0])), place[1:]))
        self.assertEqual(places, in_order)
        self.assertEqual(len(places), 200)

    def test_a_long_partition_beside_short_ones_is_all_there_in_order(self):
        self.create_topics(3)
        self.ingest([event(number) for number in range(12_000)])
        self.ingest([event(20_000 + number, subscriber=f"7916000{number:04}") for number in range(12_000)])
        places = self.places()
        # A fraction is written without its trailing zeros, so times do not sort as texts.
        in_order = sorted(places, key=lambda place: (datetime.fromisoformat(full(place[0])), place[1:]))
        self.assertEqual(places, in_order)
        self.assertEqual(len(places), 24_000)

    def test_from_limit_and_partition(self):
        self.create_topics(1)
        self.ingest([event(1), event(2)])
        self.ingest([event(3)])

        def shown(*arguments):
            return [each["id"] for each in self.tail("events", *arguments)]
        everything = [event_id(number) for number in (1, 2, 3)]
        last = self.tail("events")[-1]["recorded_at"]
        self.assertEqual(shown(), everything)
        self.assertEqual(shown("--from", "beginning"), everything)
        self.assertEqual(shown("--from", "end"), [])
        self.assertEqual(shown("--from", "1"), everything[1:])
        self.assertEqual(shown("--from", "100"), [])
        self.assertEqual(shown("--from", last)[-1:], everything[2:])
        self.assertEqual(shown("--from", "2099-01-01T00:00:00Z"), [])
        self.assertEqual(shown("--limit", "2"), everything[:2])
        self.assertEqual(shown("--limit", "0"), [])
        self.assertEqual(shown("--partition", "0"), everything)
        self.run_program("tail", "--log", LOG, "events", "--partition", "1", code=3)

    def test_the_prefix_of_topics_that_are_not_there_is_in_the_advice(self):
        self.create_topics()
        done = self.run_program("tail", "events", "--log", LOG, "--topic-prefix", "other.", code=5)
        self.assertIn("--partitions N --topic-prefix other.", done.stderr)

    def test_follow_with_a_limit_ends(self):
        self.create_topics(2)
        follower = self.start_program("tail", "--log", LOG, "events", "--follow", "--limit", "3")
        self.ingest([event(number) for number in range(5)])
        self.assertEqual(follower.end(), 0)

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        self.prepare([event(number) for number in range(5_000)])
        for arguments in [["events"], ["charges", "--output", "table"], ["events", "--follow"]]:
            child = subprocess.Popen(self.command("tail", "--log", LOG, *arguments), cwd=self.directory,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            child.stdout.readline()
            child.stdout.close()
            self.assertEqual(child.stderr.read(), b"")
            child.stderr.close()
            self.assertEqual(child.wait(), 0)

    def test_tables_on_a_terminal_json_elsewhere(self):
        self.prepare([event(1, subscriber="79161234567")])
        self.assertEqual(len(self.tail("charges")), 1)
        ours, theirs = pty.openpty()
        subprocess.run(self.command("tail", "--log", LOG, "charges"), cwd=self.directory, stdout=theirs,
                       check=True)
        os.close(theirs)
        shown = os.read(ours, 65536).decode().splitlines()
        os.close(ours)
        self.assertEqual(shown[0].split()[:3], ["source", "subscriber", "seq"])
        self.assertEqual(len(shown), 2)
        self.assertIn("79161234567", shown[1])

    def test_every_topic_has_a_table(self):
        self.prepare([event(1, "assistant_activated"), event(2, "option_connected", option="none"), event(3)])
        for topic, rows in [("events", 5), ("charges", 2), ("access", 1), ("rejects", 1)]:
            table = self.run_program("tail", "--log", LOG, topic, "--output", "table").stdout.splitlines()
            self.assertEqual(len(table), rows + 1, topic)


if __name__ == "__main__":
    harness.main()
