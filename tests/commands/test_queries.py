"""`subledger account`, `charges`, `access`, `digest`: JSON to the letter, and tables."""
import json

import harness
from harness import LOG, CommandTest, event, event_id, records

SUBSCRIBER = "79161234567"
STORY = [event(1, "assistant_activated", channel="ussd"),
         event(2, "password_set", channel="sms", method="issued", verifier="scrypt$hidden"),
         event(3, "login_attempted", channel="web", outcome="wrong", occurred_at="2015-01-11T10:00:00Z"),
         event(4, "bonus_granted", channel="operator", money="1.50", reason="welcome"),
         event(5, bytes_up=2, bytes_down=1, occurred_at="2015-01-12T10:00:00Z"),
         event(6, "bonus_granted", channel="operator", bytes=1000, reason="welcome"),
         event(7, "payment_received", channel="operator", money="10.00", reference="cash")]


class Queries(CommandTest):
    def ask(self, command, *arguments, code=0):
        return self.run_program(*command.split(), "--store", "store", *arguments, code=code).stdout

    def test_account_as_interfaces_has_it(self):
        self.prepare(STORY)
        last = [each for each in self.tail("events") if each.get("subscriber") == SUBSCRIBER][-1]
        as_of = {"partition": last["source"]["partition"], "offset": last["source"]["offset"],
                 "recorded_at": last["recorded_at"]}
        expected = {"subscriber": SUBSCRIBER,
                    "access": {"active": True, "locked": False, "failures": 1, "password_id": event_id(2),
                               "password_set_at": "2015-01-10T10:00:00Z"},
                    "tariff": "classic", "options": [], "balance": "-8.50", "bonus_money": "0.00",
                    "bonus_bytes": 1000, "currency": "RUB", "sequence": 5, "as_of": as_of}
        self.assertEqual(self.ask(f"account {SUBSCRIBER}"),
                         json.dumps(expected, separators=(",", ":")) + "\n")

    def test_account_without_password_and_catalog(self):
        self.create_topics()
        self.ingest([event(1, "assistant_activated", channel="ussd")])
        self.run_to_end()
        account = json.loads(self.ask(f"account {SUBSCRIBER}"))
        self.assertEqual(account["access"], {"active": True, "locked": False, "failures": 0})
        self.assertNotIn("tariff", account)
        self.assertNotIn("currency", account)

    def test_account_table_shows_no_verifier(self):
        self.prepare(STORY)
        table = self.ask(f"account {SUBSCRIBER}", "--output", "table")
        self.assertIn("-8.50 RUB", table)
        self.assertNotIn("hidden", table)

    def test_a_subscriber_without_an_accepted_event_is_3(self):
        self.prepare([event(1, "option_connected", option="nonsense"), event(2, subscriber="79160000001")])
        for command in ["account", "charges", "access"]:
            self.assertEqual(self.ask(f"{command} {SUBSCRIBER}", code=3), "")
            self.assertEqual(self.ask(f"{command} 79990000000", code=3), "")

    def test_a_refused_login_is_an_accepted_event(self):
        self.prepare([event(1, "login_attempted", channel="web", outcome="wrong")])
        self.assertEqual(json.loads(self.ask(f"account {SUBSCRIBER}"))["sequence"], 0)
        self.assertEqual(self.ask(f"charges {SUBSCRIBER}"), "")
        self.assertEqual(len(records(self.ask(f"access {SUBSCRIBER}"))), 1)

    def test_charges_and_access_are_those_of_the_topics(self):
        others = [event(100 + number, subscriber=f"7916000{number:04}") for number in range(50)]
        self.prepare([*others, *STORY])
        for topic in ["charges", "access"]:
            wanted = [each for each in self.tail(topic) if each["subscriber"] == SUBSCRIBER]
            self.assertEqual(records(self.ask(f"{topic} {SUBSCRIBER}")), wanted)
            self.assertGreater(len(wanted), 1)

    def test_charges_come_by_sequence(self):
        numbers = list(range(1, 20))
        self.prepare([event(number, occurred_at=f"2015-01-{30 - number}T10:00:00Z") for number in numbers])
        shown = records(self.ask(f"charges {SUBSCRIBER}"))
        self.assertEqual([each["sequence"] for each in shown], numbers)

    def test_ranges_of_event_time_and_the_latest(self):
        self.prepare(STORY)

        def sequences(*arguments):
            return [each["sequence"] for each in records(self.ask(f"charges {SUBSCRIBER}", *arguments))]
        self.assertEqual(sequences("--limit", 2), [4, 5])
        self.assertEqual(sequences("--limit", 0), [])
        self.assertEqual(sequences("--from", "2015-01-12T10:00:00Z"), [3])
        self.assertEqual(sequences("--to", "2015-01-12T10:00:00Z"), [1, 2, 4, 5])
        self.assertEqual(sequences("--to", "2015-01-12T13:00:00+03:00", "--limit", "1"), [5])

    def test_ranges_that_hold_nothing_are_2(self):
        self.prepare(STORY)
        for command in ["charges", "access"]:
            for to in ["2015-01-12T10:00:00Z", "2015-01-11T10:00:00Z"]:
                self.ask(f"{command} {SUBSCRIBER}", "--from", "2015-01-12T10:00:00Z", "--to", to, code=2)
            for arguments in [["--from", "yesterday"], ["--limit", "-1"], ["--limit", "few"]]:
                self.ask(f"{command} {SUBSCRIBER}", *arguments, code=2)

    def test_charges_table_has_money_to_the_right(self):
        self.prepare(STORY)
        lines = self.ask(f"charges {SUBSCRIBER}", "--output", "table").splitlines()
        end = lines[0].index("amount") + len("amount")
        self.assertEqual([line[:end].split()[-1] for line in lines[1:]],
                         ["0.00", "-1.50", "3.00", "0.00", "-10.00"])

    def test_digest_counts_and_names_the_last_applied_record(self):
        self.prepare([*STORY, STORY[0], event(1, bytes_up=77)], partitions=1)
        digests = records(self.ask("digest"))
        self.assertEqual(list(digests[0]),
                         ["partition", "offset", "records", "accepted", "duplicates", "rejected", "digest"])
        self.assertRegex(digests[0].pop("digest"), "^[0-9a-f]{32}$")
        self.assertEqual(digests, [{"partition": 0, "offset": 9, "records": 10, "accepted": 8,
                                    "duplicates": 1, "rejected": 1}])

    def test_equal_logs_have_equal_digests(self):
        self.prepare(STORY)
        first = self.ask("digest")
        self.run_program("run", "--log", LOG, "--store", "other", "--until-end", "--group", "other",
                         "--chunk-records", "1", "--lanes", "1")
        self.assertEqual(self.run_program("digest", "--store", "other").stdout, first)

    def test_digest_of_partitions_to_which_nothing_has_come(self):
        self.create_topics()
        self.run_to_end()
        digests = records(self.ask("digest"))
        self.assertEqual([(each["partition"], each["records"], "offset" in each) for each in digests],
                         [(0, 0, False), (1, 0, False)])


if __name__ == "__main__":
    harness.main()
