"""`subledger rejects list`, `show`, `redrive`: what is said of rejects, and sending them again."""
import base64
import json

import harness
from harness import LOG, CommandTest, catalog, event, records

SUBSCRIBER = "79161234567"
OTHER = "79160000001"
EARLY = [event(1, "option_connected", channel="sms", option="locator"),
         event(2, "service_used", channel="sms", service="locator", units=2),
         event(3, "option_connected", subscriber=OTHER, channel="web", option="locator"),
         event(4, "payment_received", subscriber=OTHER, channel="operator", money="0.00", reference="none"),
         event(5, "password_set", channel="sms", method="chosen", verifier="scrypt$hidden")]
LATE = catalog(options={"locator": {"connect_fee": "5.00"}},
               services={"locator": {"requires": "locator", "rates": [
                   {"rule": "each", "tiers": [{"from": 0, "price": "10.00", "unit": 1, "increment": 1}]}]}})


class Rejects(CommandTest):
    def prepare_rejects(self):
        """Options before their catalog, a payment of nothing, a password while not active, and no event."""
        self.create_topics(2)
        self.ingest(EARLY)
        self.sql('INSERT INTO "subledger.events-0" SELECT coalesce(max("offset"), -1) + 1, 0, ?, ?, NULL, '
                 'NULL FROM "subledger.events-0"', b"key\x1b[31m", b"nonsense")
        self.record_at("2015-02-01T00:00:00+00:00")
        self.run_to_end()

    def rejects(self, command, *arguments, code=0):
        return self.run_program("rejects", *command.split(), "--log", LOG, *arguments, code=code)

    def listed(self, *arguments):
        return records(self.rejects("list", *arguments).stdout)

    def redrive(self, *arguments, code=0):
        return json.loads(self.rejects("redrive", *arguments, code=code).stdout)

    def charges(self):
        return self.tail("charges")

    def test_list_as_kept(self):
        self.prepare_rejects()
        self.expect("rejects-list.json", self.rejects("list").stdout)
        self.expect("rejects-list.txt", self.rejects("list", "--output", "table").stdout)

    def test_list_shows_no_verifier_and_no_escape(self):
        self.prepare_rejects()
        for arguments in [[], ["--output", "table"]]:
            text = self.rejects("list", *arguments).stdout
            self.assertNotIn("hidden", text)
            self.assertNotIn("\x1b", text)

    def test_list_by_reason_subscriber_and_time(self):
        self.prepare_rejects()
        everything = self.listed()
        self.assertEqual(len(everything), 6)
        self.assertEqual([each["reason"] for each in self.listed("--reason", "no_catalog")],
                         ["no_catalog"] * 3)
        self.assertEqual(len(self.listed("--reason", "malformed,invalid_value")), 2)
        self.assertEqual({each["subscriber"] for each in self.listed("--subscriber", OTHER)}, {OTHER})
        middle = sorted(each["recorded_at"] for each in everything)[2]
        self.assertEqual(len(self.listed("--from", middle)) + len(self.listed("--to", middle)), 6)
        self.assertEqual(self.listed("--limit", 2), everything[-2:])
        self.assertEqual(self.listed("--subscriber", "79990000000"), [])

    def test_counts_as_kept(self):
        self.prepare_rejects()
        text = "".join(self.rejects("list", "--by", by, "--output", form).stdout
                       for by in ["reason", "day", "subscriber"] for form in ["json", "table"])
        self.expect("rejects-counts.txt", text)

    def test_wrong_words_are_2(self):
        self.prepare_rejects()
        for arguments in [["--reason", "nonsense"], ["--by", "moon"], ["--limit", "-1"], ["--from", "now"],
                          ["--from", "2015-01-02T00:00:00Z", "--to", "2015-01-02T00:00:00Z"],
                          ["--subscriber", "+79161234567"]]:
            self.rejects("list", *arguments, code=2)
        for source in ["nonsense", "1", "1:", ":1", "1:-1", "99999999999:1"]:
            self.rejects("show", source, code=2)

    def test_show_as_kept(self):
        self.prepare_rejects()
        place = {each.get("event_id"): each["source"] for each in self.listed()}
        shown = []
        for number in [harness.event_id(1), None]:
            source = f"{place[number]['partition']}:{place[number]['offset']}"
            shown.append(self.rejects("show", source).stdout)
            shown.append(self.rejects("show", source.replace(":", "-"), "--output", "table").stdout)
        self.expect("rejects-show.txt", "".join(shown))

    def test_show_has_the_original_bytes(self):
        self.prepare_rejects()
        for each in self.tail("rejects"):
            source = f"{each['source']['partition']}:{each['source']['offset']}"
            shown = json.loads(self.rejects("show", source).stdout)
            shown.pop("event", None)
            self.assertEqual(shown, each)

    def test_show_of_what_was_not_rejected_is_3(self):
        self.prepare([event(1)])
        self.assertEqual(self.tail("rejects"), [])
        for source in ["0:0", "1:0", "1:12345", "2:0"]:
            self.rejects("show", source, code=3)

    def test_redrive_charges_once_however_often(self):
        self.prepare_rejects()
        self.publish(LATE)
        self.run_to_end()
        self.assertEqual(self.charges(), [])
        first = self.redrive()
        self.assertEqual((first["chosen"], first["sent"]), (4, 4))
        self.assertEqual(first["chosen_by_reason"], {"no_catalog": 3, "access_denied": 1})
        self.run_to_end()
        charged = self.charges()
        self.assertEqual(sorted(each["amount"] for each in charged), ["20.00", "5.00"])
        for _ in range(3):
            self.redrive()
            self.run_to_end()
        self.assertEqual(self.charges(), charged)

    def test_redrive_sends_the_original_record_with_one_header_more(self):
        self.prepare_rejects()
        original = self.tail("events", "--raw")
        self.redrive()
        self.run_to_end()
        self.redrive()
        sent = self.tail("events", "--raw")[len(original):]
        self.assertEqual(len(sent), 8)
        known = {(each["key_base64"], each["payload_base64"]): each for each in original}
        for each in sent:
            source = known[each["key_base64"], each["payload_base64"]]
            header = {"name": "subledger-redriven", "value_base64": base64.b64encode(
                f"{source['partition']}-{source['offset']}".encode()).decode()}
            self.assertEqual(each["headers"], [*source["headers"], header])
            self.assertEqual(each["partition"], source["partition"])

    def test_what_is_rejected_again_does_not_multiply(self):
        self.prepare_rejects()
        for _ in range(3):
            self.assertEqual(self.redrive()["sent"], 4)
            self.run_to_end()
        self.assertEqual(len(self.tail("rejects")), 6 + 3 * 4)

    def test_wrong_partition_goes_to_the_right_one(self):
        self.create_topics(2)
        self.publish()
        self.ingest([event(1)])
        rows = [self.sql(f'SELECT key, value FROM "subledger.events-{each}" WHERE "offset" = 1')
                for each in range(2)]
        home = 0 if rows[0] else 1
        self.sql(f'DELETE FROM "subledger.events-{home}" WHERE "offset" = 1')
        self.sql(f'INSERT INTO "subledger.events-{1 - home}" VALUES(1, 1700000000000, ?, ?, NULL, NULL)',
                 *rows[home][0])
        self.run_to_end()
        self.assertEqual([each["reason"] for each in self.tail("rejects")], ["wrong_partition"])
        self.redrive()
        self.run_to_end()
        self.assertEqual([each["source"]["partition"] for each in self.charges()], [home])

    def test_redrive_by_reason_and_subscriber(self):
        self.prepare_rejects()
        self.assertEqual(self.redrive("--dry-run", "--reason", "invalid_value")["chosen_by_reason"],
                         {"invalid_value": 1})
        self.assertEqual(self.redrive("--dry-run", "--subscriber", OTHER)["chosen"], 1)
        self.assertEqual(self.redrive("--dry-run", "--reason", "no_catalog", "--subscriber",
                                      SUBSCRIBER)["chosen"], 2)
        self.rejects("redrive", "--reason", "nonsense", code=2)

    def test_dry_run_sends_nothing_and_says_what(self):
        self.prepare_rejects()
        before = self.tail("events")
        self.expect("rejects-redrive.txt", self.rejects("redrive", "--dry-run").stdout +
                    self.rejects("redrive", "--dry-run", "--output", "table").stdout)
        self.assertEqual(self.tail("events"), before)

    def test_killed_half_way_and_begun_again_charges_once(self):
        """A trigger holds the process up in the third batch; what it sent before stays."""
        count, sent = 5_000, 2_000
        self.create_topics(1)
        self.ingest([event(number, "option_connected", channel="sms", option="locator",
                           subscriber=str(79_160_000_000 + number)) for number in range(count)])
        self.run_to_end()
        self.publish(LATE)
        before = count + 1
        self.sql('CREATE TRIGGER hold BEFORE INSERT ON "subledger.events-0" '
                 f'WHEN NEW."offset" >= {before + sent} BEGIN SELECT count(*) FROM (WITH RECURSIVE n(i) AS '
                 '(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000) SELECT i FROM n); END')
        program = self.start_program("rejects", "redrive", "--log", LOG)
        stored = 0
        while stored < before + sent and program.process.poll() is None:
            stored = self.sql('SELECT count(*) FROM "subledger.events-0"')[0][0]
        program.kill()
        self.sql("DROP TRIGGER hold")
        self.assertEqual(stored, before + sent)
        self.run_to_end()
        self.assertEqual(len(self.charges()), sent)
        self.redrive()
        self.run_to_end()
        charged = [each["subscriber"] for each in self.charges()]
        self.assertEqual((len(charged), len(set(charged))), (count, count))


if __name__ == "__main__":
    harness.main()
