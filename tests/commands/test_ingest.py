"""`subledger ingest`: what is taken, what is bad, and that nothing is held in memory."""
import base64
import os
import signal
import subprocess

import harness
from harness import LOG, CommandTest, catalog, event, event_id, ndjson

GOOD = ndjson([event(1)])


class Ingest(CommandTest):
    def setUp(self):
        super().setUp()
        self.create_topics()

    def taken(self):
        return [each["id"] for each in self.tail("events")]

    def bad(self, text, *reasons):
        """The good first and last lines are in; each line between is bad, for its reason."""
        lines = text if isinstance(text, bytes) else text.encode()
        done = self.ingest(GOOD.encode() + lines + ndjson([event(2)]).encode(), "--bad", "bad", code=1)
        self.assertEqual(self.taken(), [event_id(1), event_id(2)])
        self.assertEqual((self.directory / "bad").read_bytes(), lines)
        named = [line for line in done.stderr.splitlines() if line.startswith("stdin:")]
        self.assertEqual(len(named), len(reasons), done.stderr)
        for number, (line, reason) in enumerate(zip(named, reasons), start=2):
            self.assertIn(f"stdin:{number}: ", line)
            self.assertIn(reason, line)

    def test_lines_that_are_no_json(self):
        self.bad("nonsense\n{\n[]\n\"text\"\n{} {}\n", *["malformed"] * 5)

    def test_not_a_number(self):
        self.bad(GOOD.replace('"bytes_up": 1', '"bytes_up": NaN'), "malformed")

    def test_numbers_outside_their_type(self):
        self.bad(GOOD.replace('"bytes_up": 1', '"bytes_up": -1') +
                 GOOD.replace('"bytes_up": 1', '"bytes_up": 1.5') +
                 GOOD.replace('"bytes_up": 1', '"bytes_up": 18446744073709551616') +
                 GOOD.replace('"bytes_up": 1', '"bytes_up": 1, "rating_group": 4294967296'),
                 "bytes_up", "bytes_up", "bytes_up", "rating_group")

    def test_duplicate_and_unknown_members(self):
        self.bad(GOOD.replace('"bytes_up": 1', '"bytes_up": 1, "bytes_up": 1') +
                 GOOD.replace('"bytes_up": 1', '"bytes_up": 1, "colour": "red"') +
                 GOOD.replace('"bytes_up": 1, ', ''), "bytes_up", "colour", "bytes_up")

    def test_deep_nesting(self):
        self.bad("[" * 100_000 + "]" * 100_000 + "\n", "malformed")

    def test_bytes_that_are_no_utf8(self):
        self.bad(GOOD.encode().replace(b"network", b"\xff\xfe"), "malformed")

    def test_an_unknown_type_is_unsupported(self):
        self.bad(GOOD.replace("traffic_used", "time_travelled"), "unsupported")

    def test_a_bad_line_is_not_shown(self):
        line = ndjson([event(3, "password_set", method="chosen", verifier="scrypt$hidden", extra=1)])
        done = self.ingest(line, code=1)
        self.assertIn("extra", done.stderr)
        self.assertNotIn("hidden", done.stderr)

    def test_byte_order_mark_crlf_empty_lines_and_a_last_line_without_newline(self):
        first = "\ufeff" + ndjson([event(1)]).replace("\n", "\r\n")
        self.ingest(first + "\r\n\n" + ndjson([event(2)]).rstrip("\n"))
        self.assertEqual(self.taken(), [event_id(1), event_id(2)])

    def test_line_numbers_count_empty_lines(self):
        done = self.ingest("\n\nnonsense\n", code=1)
        self.assertIn("stdin:3: ", done.stderr)

    def test_bad_lines_do_not_replace_what_is_read(self):
        lines = GOOD + "nonsense\n"
        for name in ["repaired", "link"]:
            self.write("repaired", lines)
            if name == "link":
                (self.directory / "link").symlink_to("repaired")
            done = self.run_program("ingest", "--log", LOG, "repaired", "--bad", name, code=2)
            self.assertIn("is read from", done.stderr)
            self.assertEqual((self.directory / "repaired").read_text(), lines)
        with open(self.directory / "repaired", encoding="utf-8") as stdin:
            done = subprocess.run(self.command("ingest", "--log", LOG, "--bad", "repaired"), stdin=stdin,
                                  cwd=self.directory, env=self.environment, capture_output=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertEqual((self.directory / "repaired").read_text(), lines)
        self.assertEqual(self.tail("events"), [])

    def test_bad_lines_do_not_replace_the_log(self):
        self.ingest([event(1)])
        (self.directory / "link.db").symlink_to("log.db")
        for name in ["log.db", "log.db-wal", "log.db-shm"]:
            self.assertIn("belongs to the log", self.ingest(GOOD, "--bad", name, code=2).stderr)
            done = self.run_program("ingest", "--log", "sqlite:link.db", "--bad", name, stdin=GOOD, code=2)
            self.assertIn("belongs to the log", done.stderr)
        self.assertEqual(len(self.tail("events")), 1)

    def test_earlier_bad_lines_stay_where_nothing_is_taken(self):
        self.write("bad", "from the last time\n")
        self.run_program("ingest", "--log", "sqlite:absent.db", "--bad", "bad", stdin=GOOD, code=5)
        self.assertEqual((self.directory / "bad").read_text(), "from the last time\n")
        self.ingest(GOOD, "--bad", "bad")
        self.assertEqual((self.directory / "bad").read_text(), "")

    def test_one_at_a_time_writes_bad_lines(self):
        first = self.start_program("ingest", "--log", LOG, "--bad", "bad")
        first.process.stdin.write(b"nonsense\n" * 1_001)
        first.wait_for("stdin:1:")
        self.assertIn("another ingest", self.ingest(GOOD, "--bad", "bad", code=2).stderr)
        self.assertEqual(first.end(), 1)
        self.assertEqual((self.directory / "bad").read_text(), "nonsense\n" * 1_001)

    def test_no_file_has_to_be_made_for_bad_lines(self):
        self.ingest("nonsense\n", "--bad", "/dev/null", code=1)

    def test_bad_lines_keep_their_carriage_return(self):
        self.ingest("nonsense\r\n", "--bad", "bad", code=1)
        self.assertEqual((self.directory / "bad").read_bytes(), b"nonsense\r\n")

    def test_a_line_of_100_mb_in_bounded_memory(self):
        with open(self.directory / "big", "wb") as file:
            file.write(GOOD.encode() + b'{"id":"')
            for _ in range(100):
                file.write(b"x" * 1_000_000)
            file.write(b'"}\n' + ndjson([event(2)]).encode())
        self.write("small", GOOD)
        _, usual = self.peak_memory("ingest", "--log", LOG, "small")
        code, peak = self.peak_memory("ingest", "--log", LOG, "--bad", "bad", "big")
        self.assertEqual(code, 1)
        self.assertLess(peak - usual, 40_000_000)
        self.assertEqual(os.path.getsize(self.directory / "bad"), 100_000_000 + len('{"id":""}\n'))
        self.assertEqual(self.taken(), [event_id(1), event_id(1), event_id(2)])

    def test_files_in_their_order_named_in_messages(self):
        self.write("a", GOOD)
        self.write("b", "nonsense\n" + ndjson([event(2)]))
        done = self.run_program("ingest", "--log", LOG, "a", "b", code=1)
        self.assertIn("b:1: ", done.stderr)
        self.assertEqual(self.taken(), [event_id(1), event_id(2)])

    def test_an_absent_file_is_seen_before_anything_is_sent(self):
        self.write("a", GOOD)
        self.run_program("ingest", "--log", LOG, "a", "none", code=1)
        self.assertEqual(self.taken(), [])

    def test_no_input_is_fine(self):
        self.assertIn("0 events", self.ingest("").stderr)

    def test_form_only_what_the_ledger_thinks_of_it_comes_later(self):
        self.ingest([event(1, subscriber="12")])
        self.run_to_end()
        self.assertEqual([each["reason"] for each in self.tail("rejects")], ["invalid_subscriber"])

    def test_partitions_and_headers(self):
        numbers = [f"7916000000{last}" for last in range(10)]
        self.ingest([event(number, subscriber=subscriber) for number, subscriber in enumerate(numbers)])
        raw = self.tail("events", "--raw")
        self.assertEqual({record["partition"] for record in raw}, {0, 1})
        self.run_to_end()
        self.assertEqual({each["reason"] for each in self.tail("rejects")}, {"no_catalog"},
                         "wrong_partition would come first")
        key = base64.b64encode(numbers[0].encode()).decode()
        first = next(record for record in raw if record["key_base64"] == key)
        headers = {each["name"]: base64.b64decode(each["value_base64"]).decode()
                   for each in first["headers"]}
        self.assertEqual(headers, {
            "ce_specversion": "1.0", "ce_id": event_id(0), "ce_type": "subledger.events.v1",
            "ce_source": "/subledger/events", "ce_time": "2015-01-10T10:00:00Z", "ce_subject": numbers[0],
            "ce_dataschema": "urn:subledger:schema:event:1", "content-type": "application/x-flatbuffers"})

    def test_a_catalog_goes_into_every_partition(self):
        published = event(5, "catalog_published", channel="operator", catalog=catalog())
        del published["subscriber"]
        self.ingest([published])
        raw = self.tail("events", "--raw")
        self.assertEqual([(each["partition"], base64.b64decode(each["key_base64"])) for each in raw],
                         [(0, b"catalog"), (1, b"catalog")])
        self.assertEqual(raw[0]["payload_base64"], raw[1]["payload_base64"])
        self.run_program("catalog", "show", "--log", LOG)

    def test_sigint_ends_with_130_and_what_was_read_is_in(self):
        program = self.start_program("ingest", "--log", LOG)
        program.process.stdin.write(GOOD.encode() + b"nonsense\n" + GOOD[:20].encode())
        program.wait_for("stdin:2: ")
        program.process.send_signal(signal.SIGINT)
        program.wait_for("1 event taken")
        self.assertEqual(program.end(), 130)
        self.assertEqual(self.taken(), [event_id(1)])

    def test_the_same_events_again_change_nothing(self):
        self.publish()
        self.ingest([event(1)])
        self.ingest([event(1)])
        self.run_to_end()
        self.assertEqual(len(self.tail("charges")), 1)


if __name__ == "__main__":
    harness.main()
