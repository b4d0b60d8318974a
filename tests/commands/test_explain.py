"""`subledger explain` and `account --as-of`: every record explained, and what disagrees is found."""
import json
import re
import struct

import harness
import test_vectors
from harness import LOG, CommandTest, catalog, event, event_id, published, records

SUBSCRIBER = "79161234567"
OTHER = "79160000001"
RULES = [{"rule": "roaming", "when": {"zone": "roaming"}, "scope": "session", "tiers": [
             {"from": 0, "price": "2.00", "unit": 7, "increment": 1}]},
         {"rule": "night", "when": {"hours": [0, 8]}, "scope": "day", "max_charge": "1.50", "tiers": [
             {"from": 0, "price": "0.001", "unit": 3, "increment": 2},
             {"from": 10, "price": "0.50", "unit": 3, "increment": 4}], "connect_fee": "0.25",
          "rounding": {"mode": "half_even", "decimals": 4}},
         {"rule": "group", "when": {"rating_group": 5, "hours": [8, 24]}, "tiers": [
             {"from": 0, "price": "0.10", "unit": 1, "increment": 1}]}]
BOOK = catalog(tariffs={"classic": {"traffic": RULES, "switch_fee": "3.00", "free_after_days": 30,
                                    "options": {"locator": {"connect_fee": "0.50"}}},
                        "super": {"traffic": RULES, "switch_fee": "7.00", "free_after_days": 30}},
               options={"locator": {"connect_fee": "5.00", "disconnect_fee": "1.00"},
                        "blocker": {"excludes": ["locator"]}},
               services={"find": {"requires": "locator", "rates": [
                   {"rule": "each", "tiers": [{"from": 0, "price": "10.00", "unit": 1, "increment": 1}]}]}})
NIGHT = "2015-01-10T21:30:00Z"
STORY = [event(1, "assistant_activated", channel="ussd"),
         event(2, "password_set", channel="sms", method="issued", verifier="scrypt$hidden"),
         event(3, "bonus_granted", channel="operator", money="0.30", expires_at="2015-03-01T00:00:00Z",
               reason="welcome"),
         event(4, "bonus_granted", channel="operator", money="5.00", reason="sorry"),
         event(5, "bonus_granted", channel="operator", bytes=4, reason="four bytes"),
         event(6, bytes_up=3, bytes_down=8, occurred_at=NIGHT),
         event(7, bytes_up=9, bytes_down=0, occurred_at=NIGHT, session="s1", final=True),
         event(8, bytes_up=5, bytes_down=0, zone="roaming", session="s2"),
         event(9, "option_connected", channel="web", option="locator"),
         event(10, "service_used", channel="sms", service="find", units=2),
         event(11, "tariff_switched", channel="sms", tariff="super", occurred_at="2015-01-11T10:00:00Z"),
         event(12, "tariff_switched", channel="sms", tariff="classic", occurred_at="2015-01-21T13:00:00Z"),
         event(13, "payment_received", channel="operator", money="20.00", reference="cash"),
         *(event(14 + number, "login_attempted", channel="web", outcome="wrong") for number in range(3)),
         event(17, "login_attempted", channel="web", outcome="correct"),
         event(18, "option_disconnected", channel="web", option="locator"),
         event(19, "option_connected", channel="sms", option="blocker"),
         event(20, rating_group=6),
         event(21, bytes_up=0, bytes_down=0),
         event(22, "option_disconnected", channel="sms", option="locator"),
         event(23, "option_connected", channel="sms", option="nonsense")]


class Explain(CommandTest):
    def prepare_story(self, events=None, partitions=2):
        self.create_topics(partitions)
        self.ingest([published(900, BOOK)])
        self.ingest(STORY if events is None else events)
        self.record_at("2015-02-01T00:00:00+00:00", partitions=partitions)
        self.run_to_end()

    def explain(self, *arguments, code=0):
        return self.run_program("explain", *arguments, "--log", LOG, code=code).stdout

    def event(self, number, *arguments, code=0):
        return self.explain("--event", event_id(number), "--subscriber", SUBSCRIBER, *arguments, code=code)

    def charge_id(self, number):
        return next(each["charge_id"] for each in self.tail("charges")
                    if each["event_id"] == event_id(number))

    def reverse(self, number, charge_number):
        self.ingest([event(number, "charge_reversed", channel="operator", reason="by mistake",
                           charge_id=self.charge_id(charge_number))])
        self.record_at("2015-02-01T00:00:00+00:00")
        self.run_to_end()

    def test_as_kept(self):
        self.prepare_story()
        self.reverse(30, 6)
        for number, name in [(7, "traffic"), (10, "service"), (9, "option"), (11, "switch-free"),
                             (12, "switch"), (30, "reversal"), (17, "login"), (19, "excluded"),
                             (20, "no-rate"), (21, "invalid-value"), (13, "payment")]:
            self.expect(f"explain-{name}.txt", self.event(number, "--output", "table"))
        self.expect("explain-traffic.json", self.event(7))

    def test_the_amount_is_worked_out_from_tiers_cap_and_bonuses(self):
        """11 bytes of which 4 are a bonus, then 9 more: the day's 16 reach the second tier and the cap."""
        self.prepare_story()
        first, second = json.loads(self.event(6)), json.loads(self.event(7))
        self.assertEqual([each["taken"] for each in first["bonus_bytes_drawn"]], ["4"])
        self.assertEqual(first["f_of_a_plus_p"]["unrounded"], "379/1500")
        self.assertEqual((second["accumulator"]["a_before"], second["accumulator"]["p_now"]), (7, 9))
        above = second["f_of_a_plus_p"]
        self.assertEqual([(each["portion"], each["increments"], each["billed"]) for each in above["tiers"]],
                         [(10, 5, 10), (6, 2, 8)])
        self.assertEqual((above["sum"], above["capped"], above["rounded"]), ("119/75", True, "1.50"))
        self.assertEqual(second["price"]["amount"], "1.2473")
        self.assertEqual([(each["reason"], each["taken"]) for each in second["bonus_money_drawn"]],
                         [("welcome", "0.0473"), ("sorry", "1.20")])

    def test_every_record_of_the_vectors_agrees(self):
        for folder in sorted(each for each in test_vectors.VECTORS.iterdir() if each.is_dir()):
            with self.subTest(folder.name):
                (self.directory / "log.db").unlink(missing_ok=True)
                for name in ["log.db-wal", "log.db-shm"]:
                    (self.directory / name).unlink(missing_ok=True)
                self.create_topics(1)
                for document in sorted(folder.glob("catalog*.json")):
                    self.run_program("catalog", "publish", "--log", LOG, document)
                self.run_program("ingest", "--log", LOG, folder / "events.ndjson")
                self.run_program("run", "--log", LOG, "--store", f"store-{folder.name}", "--until-end")
                self.check_all()

    def check_all(self):
        charges = self.tail("charges")
        for each in charges:
            found = json.loads(self.explain(each["charge_id"], "--subscriber", each["subscriber"]))
            self.assertEqual((found["outcome"], found["record"]["amount"]), ("accepted", each["amount"]))
            self.assertTrue(found["worked_out_agrees_with_the_rules"])
            self.assertTrue(found["agrees_with_the_emitted_record"])
        charged = {each["event_id"] for each in charges}
        for each in self.tail("access"):
            if each["event_id"] in charged:
                continue
            found = json.loads(self.explain("--event", each["event_id"], "--subscriber", each["subscriber"]))
            self.assertTrue(found["agrees_with_the_emitted_record"])
        for each in self.tail("rejects"):
            subscriber = each.get("subscriber", "")
            known = re.fullmatch("[1-9][0-9]{6,14}", subscriber) and "event_id" in each
            if not known or each["event_id"] in charged:
                continue
            found = json.loads(self.explain("--event", each["event_id"], "--subscriber", subscriber))
            if found["outcome"] == "rejected":
                self.assertIn("would_have_needed", found["rejection"])

    def test_a_record_that_does_not_agree_is_4(self):
        self.prepare_story()
        charge = next(each for each in self.tail("charges") if each["event_id"] == event_id(10))
        self.assertEqual(charge["amount"], "20.00")
        partition, offset = charge["source"]["partition"], charge["sequence"] - 1
        table = f'"subledger.charges-{partition}"'
        value = self.sql(f'SELECT value FROM {table} WHERE "offset" = ?', offset)[0][0]
        forged = value.replace(struct.pack("<q", 20_000_000), struct.pack("<q", 19_000_000))
        self.assertNotEqual(forged, value)
        self.sql(f'UPDATE {table} SET value = ? WHERE "offset" = ?', forged, offset)
        found = json.loads(self.explain(charge["charge_id"], code=4))
        self.assertTrue(found["worked_out_agrees_with_the_rules"])
        self.assertFalse(found["agrees_with_the_emitted_record"])
        self.assertEqual((found["emitted"]["amount"], found["record"]["amount"]), ("19.00", "20.00"))

    def test_a_charge_is_found_with_and_without_its_subscriber(self):
        self.prepare_story()
        charge_id = self.charge_id(8)
        alone = self.explain(charge_id)
        self.assertEqual(alone, self.explain(charge_id, "--subscriber", SUBSCRIBER))
        self.assertEqual(alone, self.event(8))
        self.explain(charge_id, "--subscriber", OTHER, code=3)

    def test_an_event_under_another_key_is_found_among_the_rejects(self):
        self.create_topics(1)
        self.ingest([event(1)])
        self.sql('UPDATE "subledger.events-0" SET key = ?', OTHER.encode())
        self.run_to_end()
        found = json.loads(self.event(1))
        self.assertEqual((found["outcome"], found["rejection"]["reason"], found["rejection"]["step"]),
                         ("rejected", "key_mismatch", 5))

    def test_an_event_that_was_rejected_before_it_was_accepted(self):
        self.create_topics(2)
        self.ingest([event(1, "option_connected", channel="sms", option="locator")])
        self.run_to_end()
        self.publish(BOOK)
        self.run_program("rejects", "redrive", "--log", LOG)
        self.run_to_end()
        found = json.loads(self.event(1))
        self.assertEqual(found["outcome"], "accepted")
        self.assertEqual([each["reason"] for each in found["rejected_before"]], ["no_catalog"])

    def test_a_store_alone_explains_less_and_says_so(self):
        self.prepare_story()

        def stored(*arguments, code=0):
            return self.run_program("explain", *arguments, "--store", "store", code=code).stdout
        for each in self.tail("charges"):
            found = json.loads(stored(each["charge_id"]))
            self.assertEqual(found["record"], each)
            self.assertIn("--log", found["explained_from"])
            if each["kind"] in ("traffic", "service", "option_connect", "option_disconnect"):
                self.assertTrue(found["worked_out_agrees_with_the_rules"])
            self.assertEqual(json.loads(stored(each["charge_id"], "--subscriber", SUBSCRIBER)), found)
        self.expect("explain-stored.txt", stored(self.charge_id(7), "--output", "table"))
        login = json.loads(stored("--event", event_id(17), "--subscriber", SUBSCRIBER))
        self.assertEqual(login["record"]["reason"], "locked")
        stored(event_id(77), code=3)
        stored("--event", event_id(20), "--subscriber", SUBSCRIBER, code=3)
        self.run_program("explain", event_id(1), code=2)

    def test_no_verifier_is_shown(self):
        self.prepare_story()
        for form in ["json", "table"]:
            self.assertNotIn("hidden", self.event(2, "--output", form))

    def test_wrong_words(self):
        self.prepare_story()
        self.explain(event_id(77), code=3)
        self.event(77, code=3)
        self.explain(code=2)
        self.explain("nonsense", code=2)
        self.explain("--event", event_id(1), code=2)
        self.explain(event_id(1), "--event", event_id(1), "--subscriber", SUBSCRIBER, code=2)
        self.run_program("explain", event_id(1), code=2)

    def test_a_store_of_another_log_is_5(self):
        self.prepare_story()
        self.run_program("topics", "create", "--log", "sqlite:other.db", "--partitions", "2")
        for arguments in [["explain", event_id(1)],
                          ["account", SUBSCRIBER, "--as-of", "2015-02-01T00:00:00Z"]]:
            self.run_program(*arguments, "--log", "sqlite:other.db", "--store", "store", code=5)

    def test_nothing_changes_the_store_or_the_log(self):
        self.prepare_story()
        before = self.fingerprint("store"), self.tail("events"), self.tail("charges")
        self.event(7, "--store", "store")
        self.account_as_of("2015-02-01T00:05:00Z", "--store", "store")
        self.assertEqual((self.fingerprint("store"), self.tail("events"), self.tail("charges")), before)

    def account_as_of(self, place, *arguments, code=0, subscriber=SUBSCRIBER):
        return self.run_program("account", subscriber, "--as-of", place, "--log", LOG, *arguments,
                                code=code).stdout

    def test_an_account_as_of_a_place_is_what_the_store_said_there(self):
        self.create_topics(1)
        self.ingest([published(900, BOOK)])
        said = {}
        for each in STORY:
            self.ingest([each])
            self.run_to_end()
            account = self.run_program("account", SUBSCRIBER, "--store", "store").stdout
            said[json.loads(account)["as_of"]["offset"]] = account
        self.assertEqual(len(said), len(STORY))
        for offset, account in said.items():
            self.assertEqual(self.account_as_of(f"0:{offset}"), account)
        last = {json.loads(account)["as_of"]["recorded_at"]: account for account in said.values()}
        for time, account in last.items():
            self.assertEqual(self.account_as_of(time), account)

    def test_as_of_as_kept(self):
        self.prepare_story()
        self.expect("account-as-of.txt", self.account_as_of("2015-02-01T00:08:00Z", "--output", "table") +
                    self.account_as_of("2015-02-01T00:08:00Z"))

    def test_as_of_places_that_are_not_there(self):
        self.prepare_story()
        home = self.tail("charges")[0]["source"]["partition"]
        self.account_as_of("2015-01-31T00:00:00Z", code=3)
        self.account_as_of(f"{home}:0", code=3)
        self.account_as_of(f"{home}:1000", code=3)
        self.account_as_of(f"{1 - home}:0", code=2)
        self.account_as_of("yesterday", code=2)
        self.account_as_of("2015-02-01T00:05:00Z", subscriber="79990000000", code=3)


if __name__ == "__main__":
    harness.main()
